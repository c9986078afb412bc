"""Pairings of a round: all visitors and all hosts matched at once, stable, by lot where equal, for anybody to check."""
