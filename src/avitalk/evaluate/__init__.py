"""Metrics as pure functions of arrays; suites and tables are made of them."""
