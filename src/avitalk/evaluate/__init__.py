"""Measuring anything with animate(speech) -> Motion: metrics, suites, tables."""
