"""Training of the talker: face tracks and phone times -> lips."""
