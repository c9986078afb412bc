"""What a filled form is worth: points, gates, minimums, a trace that explains each step, and what is missing."""
