"""The demonstration programme: invented partnerships that add up to what was published, loaded with the register."""

from itertools import combinations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.calls.models import CallApplication
from cluster_api.conflicts.models import ClusterTie
from cluster_api.demonstration.actions import lend_credentials, seed
from cluster_api.demonstration.rules import AS_OF
from cluster_api.demonstration.schemas import Register
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.models import Organisation
from cluster_api.identity.states import Role
from cluster_api.partnerships.models import Partnership
from cluster_api.partnerships.rules import attendee_key
from cluster_api.partnerships.states import AttendeeKind
from cluster_api.projects.queries import project_plans
from cluster_api.projects.rules import projects
from cluster_api.projects.schemas import Candidate, Project


@pytest.fixture(scope="module")
def candidates(register: Register) -> list[Candidate]:
    """Give the organisations of the register."""
    return [Candidate(one.id, one.country, one.is_synthetic, one.created_at) for one in register.clusters]


@pytest.fixture(scope="module")
def made(candidates: list[Candidate]) -> list[Project]:
    """Give the projects of the register."""
    return projects(project_plans(), candidates, AS_OF)


def ignore(_done: int, _total: int) -> None:
    """Hear of progress and do nothing."""


def test_partners_are_invented_registered_before_and_in_one_project(
    made: list[Project], candidates: list[Candidate]
) -> None:
    assert len(made) == 24
    known = {one.id for one in candidates if one.is_synthetic}
    for project in made:
        assert {partner.id for partner in project.partners} <= known
        assert all(partner.created_at < project.created_at for partner in project.partners)
        assert len({partner.country for partner in project.partners}) >= 3
    for one, other in combinations(made, 2):
        assert not {partner.id for partner in one.partners} & {partner.id for partner in other.partners}


def test_what_was_done_lies_within_project_and_register_under_keys_as_they_are_kept(made: list[Project]) -> None:
    for project in made:
        assert all(project.begins_on < done.day <= min(project.ends_on, AS_OF) for done in project.done)
        for done in project.done:
            keys = [key for group in done.attendees.values() for key in group]
            assert keys == [attendee_key(key) for key in keys]
    reached = [key for project in made for done in project.done for key in done.attendees.get(AttendeeKind.SME, ())]
    assert len(reached) == len(set(reached)) == 5990 + 4980 + 520


def test_projects_are_the_same_each_time(made: list[Project], candidates: list[Candidate]) -> None:
    assert projects(project_plans(), candidates[::-1], AS_OF) == made


def test_plan_without_enough_organisations_is_refused(candidates: list[Candidate]) -> None:
    with pytest.raises(ValueError, match="Too few organisations for COS-CLUSTER-2014-3-04"):
        projects(project_plans(), candidates[:40], AS_OF)


def test_programme_invariant_28_records_of_the_demonstration_add_up_to_what_was_published(
    client: TestClient, database: Database, clock: FixedClock
) -> None:
    seed(database, 1, ignore, clock=clock)
    told = client.get("/v1/statistics/programme", params={"at": AS_OF.isoformat()}).json()
    beside = {one["code"]: (one["value"], one["recorded"]) for one in told["published"]}
    assert beside == {
        "pilot-partnerships-2020-02-03": (13, 13),
        "pilot-partner-organisations-2020-02-03": (69, 69),
        "pilot-countries-2020-02-03": (21, 21),
        "cluster-organisations-supported-by-the-first-11-projects-2020": (57, 57),
        "cluster-managers-supported-by-the-first-11-projects-2020": (83, 83),
        # "Almost 11,000".
        "smes-reached-by-the-first-11-projects-2020": (11_000, 10_970),
        # Of these nothing is in the demonstration, which ends with 2020.
        "2022-generation-partnerships-2022-02": (15, 0),
        "2022-generation-grants-2022-02": (7_000_000, 0),
    }
    assert {one["call"]: one["partnerships"] for one in told["calls"]} == {
        "COS-CLUSTER-2014-3-04": 6, "COS-CLUSTER-2015-3-02": 5, "COS-CLUSTER-2018-03-02": 13,
    }  # fmt: skip
    reached = {
        call["call"]: tuple(
            one["value"] for one in call["outcomes"] if one["kpi"] in {"MANAGERS_TRAINED", "SMES_REACHED"}
        )
        for call in told["calls"]
    }
    assert sum(reached[call][0] for call in list(reached)[:2]) == 83
    assert sum(reached[call][1] for call in list(reached)[:2]) == 10_970
    assert reached["COS-CLUSTER-2018-03-02"][1] == 520
    assert told["grants_cents"] <= 360_000_000
    listed = client.get("/v1/partnerships", params={"limit": 100}).json()["items"]
    assert {one["is_synthetic"] for one in listed} == {True}
    assert len({one["application_number"] for one in listed}) == 24


def test_partners_are_tied_and_the_office_is_the_one_that_is_lent(database: Database, clock: FixedClock) -> None:
    seed(database, 1, ignore, clock=clock)
    lent = {one.name: one for one in lend_credentials(database, clock=clock)}
    with database.session() as session:
        assert offices(session) == {lent[Role.PARTNERSHIP.value].organisation_id}
        named = sa.select(sa.func.count()).where(Organisation.name == "Demonstration partnership")
        assert session.scalar(named) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(ClusterTie)) == sum(
            size * (size - 1) // 2 for size in [6] + [5] * 5 + [6] + [5] * 4 + [6] * 4 + [5] * 9
        )
        assert session.scalar(sa.select(sa.func.count()).select_from(CallApplication)) == 0


def offices(session: Session) -> set[str]:
    """Answer which organisations run partnerships."""
    return set(session.scalars(sa.select(Partnership.organisation_id)))
