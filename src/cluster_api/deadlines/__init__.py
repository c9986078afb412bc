"""What is due in a case: the periods of its state, and the day that a deferral names."""
