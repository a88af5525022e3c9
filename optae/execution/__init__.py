"""Execution of cells, by worker processes on this machine or by a cluster."""
