"""Who assesses a case: proposed, accepted, agreed by the cluster; and when they visit."""
