"""Stage 1 measured: what it hears and what it writes; makes `docs/results/instruct.md`."""
