"""The demonstration register: of the published size, invented around the real holders, to try the service with."""
