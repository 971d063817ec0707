"""Which metric improves when the output gets worse: real faces, made worse in known ways."""
