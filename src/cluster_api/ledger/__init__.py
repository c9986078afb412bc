"""The books of partnerships: budgets for exchanges as entries between accounts, and what is kept of their sums."""
