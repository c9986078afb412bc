"""Stays: what happens to an agreed exchange: reported, shown by evidence, validated, broken off."""
