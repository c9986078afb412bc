"""The performance suite: the service, its physical limit and what others would use instead, measured in one run."""
