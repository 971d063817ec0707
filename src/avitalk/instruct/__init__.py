"""Stage 1: a voice -> words about what the face should do, which people can read and edit."""
