"""Matches of a whole round at once: asked for by the support office, made in a job, kept with their certificate."""
