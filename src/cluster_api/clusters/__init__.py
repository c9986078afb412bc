"""The registry of cluster organisations: records, profiles, members, succession."""
