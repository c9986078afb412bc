"""Exchange grants: a stay planned, signed by four parties, agreed, done, reported and validated."""
