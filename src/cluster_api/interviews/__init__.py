"""The interview of a bronze case: its benchmark, the criteria as the expert found them, and a recommendation."""
