"""Training of stage 1: the language model on text, then what listens to a voice for it."""
