"""Rounds of ClusterXchange: who may take part, how long a stay is, and the most that is paid for it."""
