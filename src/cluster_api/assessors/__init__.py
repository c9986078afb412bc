"""Who may assess what: qualifications, standing, candidates, and the load of each assessor."""
