"""Bulk import and export: typed rows meet what is on record, in jobs that can be rehearsed, stopped and repeated."""
