"""The case of a label: application, eligibility, contract, and where it stands."""
