"""Performances: what a text asks for, an expression of it, and how it is acted."""
