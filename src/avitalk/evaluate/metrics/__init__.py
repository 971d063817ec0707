"""Metrics as pure functions of arrays: numbers, their units, directions and sources."""
