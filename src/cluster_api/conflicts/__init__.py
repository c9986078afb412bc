"""Declared interests, ties between clusters, and the conflicts that follow from all that is known."""
