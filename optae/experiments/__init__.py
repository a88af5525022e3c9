"""Descriptions of runs in words, and the rules for when two runs are the same."""
