"""The demonstration programme: invented partnerships that add up to the published figures."""
