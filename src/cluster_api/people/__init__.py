"""People: who one is, what is recorded about somebody, and how what is personal is erased."""
