"""The method of the scheme as dated data: rule sets now, indicators and prices as they come."""
