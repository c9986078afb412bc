"""Who may take part, which days count, how far it is, and the most that is paid; the worked examples by name."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.rounds.queries import ceilings, get_round, reckon
from cluster_api.rounds.rules import (
    PARTICIPATING,
    PROGRAMME,
    amount_of,
    ceiling_of,
    great_circle_km,
    is_over,
    stay_days,
)
from cluster_api.rounds.schemas import StayPlan
from cluster_api.rounds.states import ExchangeMode
from cluster_api.vocabularies.rules import is_working_day

PILOT, SECOND = get_round("pilot"), get_round("second")
MONDAY = date(2021, 6, 7)


def planned(**other: Any) -> StayPlan:
    """Answer a week in Portugal of somebody from France, with differences."""
    base: dict[str, Any] = {
        "mode": "physical", "visitor": {"country": "FR"}, "host": {"country": "PT"}, "begins_on": "2021-06-14",
        "ends_on": "2021-06-18", "distance_km": 900,
    }  # fmt: skip
    return StayPlan(**{**base, **other})


def lasting(country: str, working_days: int) -> dict[str, str]:
    """Answer first and last day of a stay of so many working days in a country."""
    first, last, count = MONDAY, MONDAY - timedelta(days=1), 0
    while count < working_days:
        last += timedelta(days=1)
        count += is_working_day(last, country)
    return {"begins_on": first.isoformat(), "ends_on": last.isoformat()}


@pytest.mark.parametrize(
    ("host", "working_days", "km", "mode", "euros", "refused_by"),
    [
        ("PT", 5, 900, "physical", 780, []),
        ("PT", 3, 900, "physical", 390, []),
        ("FR", 3, 600, "physical", 450, []),
        ("DK", 20, 150, "physical", 550, []),
        ("DE", 3, 150, "physical", 415, []),
        ("AT", 5, 200, "physical", 900, []),
        ("AT", 4, 200, "physical", 450, []),
        ("AL", 2, 500, "physical", None, ["fewest_working_days"]),
        ("SE", 5, 500, "virtual", 0, []),
        ("NO", 5, 500, "physical", None, ["host_country", "ceiling"]),
    ],
    ids=[f"example {number}" for number in range(1, 11)],
)
def test_worked_examples_of_the_programme(
    host: str, working_days: int, km: int, mode: str, euros: int | None, refused_by: list[str]
) -> None:
    visitor = {"country": "ES" if host == "FR" else "FR"}
    plan = planned(mode=mode, visitor=visitor, host={"country": host}, distance_km=km, **lasting(host, working_days))
    found = reckon(PILOT, plan)
    assert found.working_days == working_days
    assert (found.most_cents, found.refused_by) == (None if euros is None else euros * 100, refused_by)
    assert found.is_possible is (refused_by == [])


def test_short_and_near_is_halved_once_and_says_both() -> None:
    found = reckon(PILOT, planned(host={"country": "DE"}, distance_km=150, **lasting("DE", 3)))
    assert found.halved_because == ["3 working days are fewer than 5.", "150 km are less than 200 km."]
    assert (found.ceiling, found.ceiling_cents, found.most_cents) == ("2020-DE", 83_000, 41_500)


@pytest.mark.parametrize(("days", "km", "is_halved"), [(5, 200, False), (4, 200, True), (5, 199.999, True)])
def test_limits_are_strict(days: int, km: float, is_halved: bool) -> None:
    found = amount_of(PILOT, 90_000, days, km, ExchangeMode.PHYSICAL)
    assert (found.most_cents, bool(found.halved_because)) == (45_000 if is_halved else 90_000, is_halved)


@given(st.integers(0, 40), st.floats(0, 20_000), st.integers(0, 60_000).map(lambda half: 2 * half))
def test_programme_invariant_12_the_most_is_the_ceiling_or_its_half(days: int, km: float, ceiling: int) -> None:
    found = amount_of(PILOT, ceiling, days, km, ExchangeMode.PHYSICAL)
    expected = 0 if days < 3 else ceiling if days >= 5 and km >= 200 else ceiling // 2
    assert found.most_cents == expected


@given(st.integers(0, 40), st.integers(0, 120_000))
def test_programme_invariant_13_virtual_is_paid_nothing(days: int, ceiling: int) -> None:
    assert amount_of(PILOT, ceiling, days, None, ExchangeMode.VIRTUAL).most_cents == 0


@pytest.mark.parametrize(
    ("done_until", "days", "euros"), [(None, 5, 780), ("2021-06-17", 4, 390), ("2021-06-15", 2, 0)]
)
def test_programme_invariant_18_only_days_that_were_done_are_paid(
    done_until: str | None, days: int, euros: int
) -> None:
    found = reckon(PILOT, planned(done_until=done_until))
    assert (found.working_days, found.most_cents, found.is_possible) == (days, euros * 100, True)


@pytest.mark.parametrize(
    ("km", "told"), [(199.999_99, "199.999"), (199.5, "199.5"), (0.0, "0"), (150, "150"), (12.345_6, "12.345")]
)
def test_kilometres_are_never_rounded_up_to_the_limit(km: float, told: str) -> None:
    found = amount_of(PILOT, 90_000, 5, km, ExchangeMode.PHYSICAL)
    assert found.halved_because == (f"{told} km are less than 200 km.",)


def test_holidays_of_the_host_and_weekends_do_not_count_unless_overridden() -> None:
    # The tenth of June is the national day of Portugal.
    plan = planned(begins_on="2021-06-10", ends_on="2021-06-14")
    assert [one.is_working for one in stay_days(plan)] == [False, True, False, False, True]
    told = {"overrides": [{"day": "2021-06-12", "is_working": True, "reason": "Trade fair."}]}
    changed = stay_days(planned(begins_on="2021-06-10", ends_on="2021-06-14", **told))
    assert [(one.is_working, one.reason) for one in changed if one.day.day == 12] == [(True, "Trade fair.")]
    assert stay_days(plan)[0].reason.startswith("Public holiday of the host: ")
    assert stay_days(planned(begins_on="2021-06-10", host={"country": "FR"}))[0].is_working is True


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"visitor": {"country": "PT"}}, "different_countries"),
        ({"visitor": {"country": "CH"}}, "visitor_country"),
        ({"host": {"country": "CH"}}, "host_country"),
        ({"ends_on": "2021-07-15"}, "most_months"),
        ({"begins_on": "2022-05-26", "ends_on": "2022-06-01"}, "inside_round"),
        ({"begins_on": "2020-01-31", "ends_on": "2020-02-07"}, "inside_round"),
        ({"ends_on": "2021-06-15"}, "fewest_working_days"),
    ],
)
def test_programme_invariants_1_and_6_each_rule_refuses_by_name(changes: dict[str, Any], rule: str) -> None:
    found = reckon(PILOT, planned(**changes))
    assert rule in found.refused_by
    assert found.most_cents is None


def test_month_is_a_calendar_month() -> None:
    assert reckon(PILOT, planned(ends_on="2021-07-14")).refused_by == []


def test_stay_may_begin_and_end_with_its_round() -> None:
    first = PILOT.begins.value
    assert reckon(PILOT, planned(begins_on=str(first), ends_on=str(first + timedelta(days=6)))).refused_by == []
    last = PILOT.ends.value
    assert reckon(PILOT, planned(begins_on=str(last - timedelta(days=6)), ends_on=str(last))).refused_by == []


def test_outermost_region_comes_before_its_country() -> None:
    day = date(2021, 6, 14)
    assert [ceiling_of(ceilings(), "ES", region, day) for region in ("ES70", "ES30", None)] == [
        next(one for one in ceilings() if one.code == code) for code in ("2020-OMR", "2020-ES", "2020-ES")
    ]
    assert ceiling_of(ceilings(), "ES", None, date(2024, 2, 1)) is None
    assert ceiling_of(ceilings(), "ES", None, date(2024, 1, 31)) is not None
    assert ceiling_of(ceilings(), "ES", None, date(2020, 2, 2)) is None


@pytest.mark.parametrize(
    ("here", "there", "km"),
    [
        ((48.8566, 2.3522), (52.52, 13.405), 877.5),  # Paris to Berlin
        ((41.15, -8.61), (38.7223, -9.1393), 273.8),  # Porto to Lisbon
        ((0, 0), (0, 180), 20_015.1),
        ((50, 8), (50, 8), 0),
    ],
)
def test_great_circle(here: tuple[float, float], there: tuple[float, float], km: float) -> None:
    assert great_circle_km(here, there) == pytest.approx(km, abs=0.5)
    assert great_circle_km(there, here) == pytest.approx(great_circle_km(here, there))


def test_stay_says_what_was_compared_and_where_the_rule_is_from() -> None:
    told = reckon(PILOT, planned()).rules
    assert [(one.code, one.sentence) for one in told] == [
        ("visitor_country", "FR takes part in the programme: member."),
        ("host_country", "PT takes part in the programme: member."),
        ("different_countries", "The visitor is in FR, the host in PT."),
        ("fewest_working_days", "5 working days; at least 3."),
        ("most_months", "Ends on 2021-06-18; at the latest on 2021-07-14."),
        ("inside_round", "2021-06-14 to 2021-06-18; the round runs from 2020-02-03 to 2022-05-31."),
        ("ceiling", "The table of lump sums has row 2020-PT for PT on 2021-06-14."),
    ]
    terms = PILOT.terms
    assert [one.source for one in told[2:]] == [
        PROGRAMME, terms.fewest_working_days.source, terms.most_months.source, PILOT.begins.source,
        "https://clamtex.eu/faq-page",
    ]  # fmt: skip
    assert {one.source for one in told[:2]} == {PARTICIPATING}
    outside = reckon(PILOT, planned(host={"country": "NO"})).rules
    assert (outside[1].sentence, outside[-1].sentence, outside[-1].source) == (
        "NO takes part in the programme: no.", "The table of lump sums has no row for NO on 2021-06-14.", PROGRAMME,
    )  # fmt: skip
    conditional = reckon(SECOND, planned(host={"country": "GB"}, begins_on="2022-06-06", ends_on="2022-06-10"))
    assert conditional.rules[1].sentence == "GB takes part in the programme: conditional."


def test_days_say_why_they_count() -> None:
    reasons = [one.reason for one in stay_days(planned(begins_on="2021-06-10", ends_on="2021-06-12"))]
    assert reasons[1:] == ["Working day.", "Weekend."]


@pytest.mark.parametrize("mode", ExchangeMode)
def test_amount_is_in_whole_cents(mode: ExchangeMode) -> None:
    found = amount_of(PILOT, 39_001, 3, 10, mode)
    assert found.most_cents == (19_500 if mode is ExchangeMode.PHYSICAL else 0)
    assert isinstance(found.most_cents, int)


@pytest.mark.parametrize(
    ("day", "found"), [(date(2022, 5, 30), False), (date(2022, 5, 31), False), (date(2022, 6, 1), True)]
)
def test_round_is_over_after_its_last_day(day: date, found: bool) -> None:
    assert is_over(date(2022, 5, 31), day) is found


@pytest.mark.parametrize(("working_days", "usual", "force_majeure"), [(0, 0, 0), (1, 0, 45_000), (3, 45_000, 45_000)])
def test_days_before_force_majeure_are_paid_from_the_first_on(
    working_days: int, usual: int, force_majeure: int
) -> None:
    assert amount_of(PILOT, 90_000, working_days, 500, ExchangeMode.PHYSICAL).most_cents == usual
    found = amount_of(PILOT, 90_000, working_days, 500, ExchangeMode.PHYSICAL, is_force_majeure=True)
    assert found.most_cents == force_majeure
