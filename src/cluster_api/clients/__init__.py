"""Machine clients of organisations and the keys by which they prove themselves."""
