"""Anybody's avatar: a glTF or VRM file in, what its morph targets mean and a `Head` out."""
