"""Matches of a visitor and a host: proposed by one side, accepted or declined by the other."""
