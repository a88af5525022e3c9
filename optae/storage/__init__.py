"""Runs on disk, and many runs as a frame."""
