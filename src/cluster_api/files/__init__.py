"""Files of others and our own: dirty files become typed rows or faults, and records leave as files."""
