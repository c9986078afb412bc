"""Files for banks and from banks: orders as pain.001, statements as camt.053 and camt.054, settled where certain."""
