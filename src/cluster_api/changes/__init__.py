"""Readers of the journal: the audit trail."""
