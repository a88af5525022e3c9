"""Tables, and how they are written in several formats."""
