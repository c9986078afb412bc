"""Invoices as files for the accounts: UBL 2.1 in the model of EN 16931."""
