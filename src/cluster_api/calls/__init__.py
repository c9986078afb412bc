"""Calls for proposals: applied to by consortia, evaluated without conflict, awarded by the board."""
