"""The yearly report of the scheme to the European Commission: drafted, released under a digest, never changed."""
