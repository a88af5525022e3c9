"""What is to be run, in words, and what makes two runs the same."""
