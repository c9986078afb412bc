"""Where the plans are read from the data file of this area; the file says what each rests on."""

from datetime import date
from functools import cache

from cluster_api.foundation.datafiles import data_rows
from cluster_api.projects.schemas import ProjectPlan

PACKAGE = "cluster_api.projects"


@cache
def project_plans() -> tuple[ProjectPlan, ...]:
    """Answer what the partnerships of each call add up to."""
    numbers = ("months", "projects", "partners", "countries", "managers", "smes", "grant_cents")
    return tuple(
        ProjectPlan(
            call=row["call"],
            acronym=row["acronym"],
            begins_on=date.fromisoformat(row["begins_on"]),
            **{name: int(row[name]) for name in numbers},
        )
        for row in data_rows(PACKAGE, "projects")
    )
