"""Labels and measured voice -> facts -> instructions in words, for training stage 1."""
