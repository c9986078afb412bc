"""Participants of ClusterXchange: registered by their organisations, validated by a partnership, listed for others."""
