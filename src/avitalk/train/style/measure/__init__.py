"""Stage 2 measured: what the face does of what the words say; makes `docs/results/style.md`."""
