"""Decisions of the board about reported cases: opened, voted on, concluded, told, computed again."""
