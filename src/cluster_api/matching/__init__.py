"""Matching of visitors and hosts: how well a pair fits, why, and who fits best."""
