"""Files that prove what a sheet says: kept by their digest, in quarantine until they are checked."""
