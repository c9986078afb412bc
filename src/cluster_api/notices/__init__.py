"""Notices before labels expire: which are due, and which were made. Sending them is done elsewhere."""
