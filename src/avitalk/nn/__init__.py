"""What networks share: checkpoints in safetensors, running long signals in chunks."""
