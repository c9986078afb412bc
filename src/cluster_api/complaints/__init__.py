"""Complaints about labels, organisations, assessors and the process; answered outside the case."""
