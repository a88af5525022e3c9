"""Choosing: the race between methods, whose rounds are cells, and its outcome in words."""
