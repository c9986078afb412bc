"""Trainees and observers who sit in at the interview of a benchmark."""
