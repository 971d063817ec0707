"""What faces do: emotions -> action units -> ARKit shapes, and the words people use for them."""
