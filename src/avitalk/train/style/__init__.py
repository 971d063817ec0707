"""How stage 2 is made: the motion prior, its style encoder, words aligned with it; and measured."""
