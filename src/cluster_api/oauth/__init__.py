"""The token endpoint and its neighbours: OAuth 2.0 client credentials for machine clients (RFC 6749, RFC 9700)."""
