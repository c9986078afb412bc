"""What a deferred decision asks for, and that it was done."""
