"""Countries, regions, activities, portfolios and the published facts: data files and their loader."""
