"""Published talking faces, built again: one folder each, sharing only `nn`, `face` and `speech`."""
