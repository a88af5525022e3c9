"""Tuning: the trials of a method's options, all by one protocol, and what was chosen among them."""
