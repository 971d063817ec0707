"""The addresses of the studio: requests in, answers out; what takes time is done elsewhere."""
