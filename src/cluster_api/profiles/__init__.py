"""The life of a cluster's profile on the platform: submitted, reviewed against criteria, published, archived."""
