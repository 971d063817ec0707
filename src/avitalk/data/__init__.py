"""Corpora -> one clip format: readers, phone alignment, face tracks."""
