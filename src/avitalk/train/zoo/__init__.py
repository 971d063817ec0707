"""How the methods of the zoo are trained here: one recipe each, on the talker's own split."""
