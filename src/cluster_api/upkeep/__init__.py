"""What must be done from time to time though nobody asks: keys rotated, days of the journal sealed, data forgotten."""
