"""The composition root: where everything meets, and where clock and environment are read."""
