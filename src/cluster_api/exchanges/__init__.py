"""Exchanges that count: each once, for the partnership of its visitor, in figures that tell of nobody."""
