"""Aggregate figures as open data: what they count, and the forms in which they are given."""
