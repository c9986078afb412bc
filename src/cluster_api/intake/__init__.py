"""Rows taken in: what each row of a batch means for the record, and the record changed accordingly."""
