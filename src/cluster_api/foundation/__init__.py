"""What every area stands on and what knows no word of the domain."""
