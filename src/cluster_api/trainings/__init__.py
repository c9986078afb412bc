"""Trainings on a version of a methodology, and who passed them."""
