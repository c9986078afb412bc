"""Organisations that take part, and who belongs to them."""
