"""How invented partnerships are made: whole numbers that add up, partners once, in turn, registered before."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cluster_api.foundation.chance import Chance, noon
from cluster_api.foundation.identifiers import uuid7_of
from cluster_api.partnerships.states import ActivityKind as K
from cluster_api.partnerships.states import AttendeeKind as W
from cluster_api.projects.rules import COURSE, NAMES, projects
from cluster_api.projects.schemas import Candidate, Project, ProjectPlan

PLAN = ProjectPlan(
    call="COS-1", acronym="DEMO", begins_on=date(2018, 1, 1), months=24, projects=3, partners=8, countries=3,
    managers=7, smes=11, grant_cents=20_000_000,
)  # fmt: skip
AS_OF = date(2020, 12, 31)


def candidate(number: int, country: str, registered: date = date(2017, 12, 31), *, synthetic: bool = True) -> Candidate:
    """Answer an organisation of the register."""
    return Candidate(str(uuid7_of(1_500_000_000_000 + number, number)), country, synthetic, noon(registered))


CLUSTERS = [
    candidate(number, country) for number, country in enumerate(["FR"] * 4 + ["DE"] * 4 + ["PT"] * 3 + ["IT"] * 2)
]


def made(as_of: date = AS_OF, **changed: Any) -> list[Project]:
    """Answer the partnerships of the plan."""
    return projects([replace(PLAN, **changed)], CLUSTERS, as_of)


def test_partnerships_of_a_call_add_up_to_its_plan() -> None:
    found = made()
    assert [(one.acronym, one.call, one.serial) for one in found] == [
        ("DEMO-01", "COS-1", 1), ("DEMO-02", "COS-1", 2), ("DEMO-03", "COS-1", 3),
    ]  # fmt: skip
    assert [len(one.partners) for one in found] == [3, 3, 2]
    assert {(one.begins_on, one.ends_on, one.grant_cents) for one in found} == {
        (date(2018, 1, 1), date(2019, 12, 31), 20_000_000)
    }
    assert {one.created_at for one in found} == {datetime(2018, 1, 1, 12, tzinfo=UTC)}
    assert len({one.id for one in found}) == 3


def test_partners_are_taken_in_turn_from_the_countries_that_have_most() -> None:
    partners = [partner for one in made() for partner in one.partners]
    assert [one.country for one in partners] == ["DE", "FR", "PT"] * 2 + ["DE", "FR"]
    assert [one.id for one in partners if one.country == "FR"] == [one.id for one in CLUSTERS if one.country == "FR"][
        :3
    ]


def test_nobody_is_partner_twice_over_the_calls() -> None:
    plans = [PLAN, replace(PLAN, call="COS-2", acronym="NEXT", projects=1, partners=4, countries=3)]
    found = projects(plans, CLUSTERS, AS_OF)
    assert max(Counter(partner.id for one in found for partner in one.partners).values()) == 1
    assert [one.call for one in found] == ["COS-1"] * 3 + ["COS-2"]


def test_only_invented_organisations_registered_before_the_first_day_are_partners() -> None:
    late = [candidate(100 + number, "SE", date(2018, 1, 1)) for number in range(9)]
    real = [candidate(200 + number, "NO", synthetic=False) for number in range(9)]
    found = projects([PLAN], [*late, *real, *CLUSTERS], AS_OF)
    assert {partner.country for one in found for partner in one.partners} == {"DE", "FR", "PT"}


@pytest.mark.parametrize("changed", [{"partners": 12}, {"countries": 5}])
def test_plan_without_enough_organisations_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Too few organisations for COS-1"):
        made(**changed)


def test_every_project_does_the_whole_course_in_its_order_and_in_its_time() -> None:
    for one in made():
        assert [done.kind for done in one.done] == list(COURSE)
        assert [done.title for done in one.done] == [NAMES[kind] for kind in COURSE]
        days = [done.day for done in one.done]
        # 729 days in nine parts of 81.
        assert days == [date(2018, 1, 1) + timedelta(days=81 * place) for place in range(1, 9)]
        assert all(
            done.recorded_at == datetime(done.day.year, done.day.month, done.day.day, 20, tzinfo=UTC)
            for done in one.done
        )
        assert len({done.id for done in one.done}) == len(COURSE)


def test_nothing_is_done_after_the_day_of_the_demonstration() -> None:
    for one in made(as_of=date(2018, 4, 5)):
        # 94 days hold nine parts of ten whole days.
        assert [done.day for done in one.done] == [
            date(2018, 1, 1) + timedelta(days=10 * place) for place in range(1, 9)
        ]
        assert one.ends_on == date(2019, 12, 31)


def test_who_took_part_is_counted_once_and_adds_up() -> None:
    found = made()
    first = found[0].done
    managers = [f"DEMO_01:M{number}" for number in (1, 2, 3)]
    assert [dict(done.attendees) for done in first if done.kind is K.TRAINING] == [{W.MANAGER: managers}] * 2
    partners = [one.id.replace("-", "").upper() for one in found[0].partners]
    assert [dict(done.attendees) for done in first if done.kind is K.BENCHMARKING] == [{W.ORGANISATION: partners}]
    assert [dict(done.attendees) for done in first if done.kind is K.EVENT] == [
        {W.SME: ["DEMO_01:E1", "DEMO_01:E3"]}, {W.SME: ["DEMO_01:E2", "DEMO_01:E4"]},
    ]  # fmt: skip
    assert all(not done.attendees for done in first if done.kind in {K.STUDY_VISIT, K.MATCHMAKING, K.JOINT_STRATEGY})
    reached = [key for one in found for done in one.done for key in done.attendees.get(W.SME, ())]
    trained = {key for one in found for done in one.done for key in done.attendees.get(W.MANAGER, ())}
    assert (len(reached), len(set(reached)), len(trained)) == (11, 11, 7)


def test_ids_are_drawn_from_the_name_of_the_project_so_that_every_demonstration_has_the_same() -> None:
    expected = [Chance("projects", f"DEMO-0{serial}").identifier(noon(PLAN.begins_on)) for serial in (1, 2, 3)]
    assert [one.id for one in made()] == expected
