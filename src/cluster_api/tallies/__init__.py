"""Kept figures: counts about labels as sums over few rows, however many labels there are."""
