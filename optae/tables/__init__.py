"""A table, and how it is written."""
