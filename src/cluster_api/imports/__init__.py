"""Bulk import and export: dirty files become rows, rows become records or faults, and records leave as files."""
