"""Appeals against refusals: received, decided by a panel disjoint from the first, counted in public."""
