"""Whether an applicant may hold a label at all: the checklist, its waivers, and the automatic checks."""
