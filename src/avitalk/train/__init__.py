"""How the shipped models are trained; not needed to use them."""
