"""One line for everything that happened, in the same transaction as the change."""
