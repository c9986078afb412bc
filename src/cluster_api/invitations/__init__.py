"""How accounts come to people and people to organisations: by a one-time code that expires."""
