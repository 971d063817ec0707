"""Suites: a corpus and systems in, a Result out, which is saved as JSON and shown as Markdown."""
