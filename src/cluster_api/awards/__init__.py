"""Labels awarded, renewed, suspended, reinstated and withdrawn: what was decided, put on record."""
