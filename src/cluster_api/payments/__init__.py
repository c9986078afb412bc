"""Payments of exchanges: ordered once, in a file for the bank, and settled by what the bank says."""
