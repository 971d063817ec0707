"""Training of the speech encoder: recordings with phone times -> phone posteriors."""
