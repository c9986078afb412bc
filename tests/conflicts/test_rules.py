"""Conflicts as values: each kind with its period and its path, pins, and that they are monotone and explained."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.conflicts.rules import (
    AssessorFacts,
    CaseFact,
    ClusterFacts,
    ColleagueFact,
    Conflict,
    InterestFact,
    MembershipFact,
    PairFact,
    PinFact,
    TieFact,
    conflicts,
    counting_since,
    open_conflicts,
    pair_breaches,
    pair_rules_on,
)
from cluster_api.conflicts.states import (
    ConflictCertainty,
    ConflictKind,
    FactKind,
    InterestKind,
    PairRule,
    PinEffect,
    Source,
    TieKind,
)
from cluster_api.pool.rules import EmploymentFact
from cluster_api.pool.states import EmploymentKind

ON = date(2021, 3, 1)
LONG_AGO = date(2010, 1, 1)
FREE = EmploymentFact("e0", None, None, assessor_id="a", kind=EmploymentKind.SELF_EMPLOYED)
CLEAN = AssessorFacts("a", employments=(FREE,), declared_on=ON)
CLUSTER = ClusterFacts("c", owner_id="o", keys=frozenset({"tidal cluster"}))


def employed(began_on: date | None = None, ended_on: date | None = None, **facts: Any) -> EmploymentFact:
    return EmploymentFact("e1", began_on, ended_on, **{"assessor_id": "a", "kind": EmploymentKind.EMPLOYED, **facts})


def interest(kind: InterestKind, ended_on: date | None = None, **facts: Any) -> InterestFact:
    return InterestFact("i", LONG_AGO, ended_on, kind=kind, **facts)


def told(found: list[Conflict]) -> list[tuple[str, list[str], str]]:
    return [(one.kind.value, [step.fact_id for step in one.path], one.certainty.value) for one in found]


def test_who_declared_that_there_is_nothing_has_no_conflict() -> None:
    assert conflicts(CLEAN, CLUSTER, ON) == []


def test_what_is_unknown_counts_until_declared() -> None:
    found = conflicts(AssessorFacts("a"), CLUSTER, ON)
    assert told(found) == [("undeclared", ["a/employer"], "unknown"), ("undeclared", ["a/interests"], "unknown")]
    erased = employed()
    assert told(conflicts(replace(CLEAN, employments=(erased,)), CLUSTER, ON)) == [
        ("undeclared", ["a/employer"], "unknown")
    ]


@pytest.mark.parametrize(
    ("declared_on", "is_believed"),
    [(ON, True), (date(2020, 3, 1), True), (date(2020, 2, 29), False), (ON + timedelta(days=1), False)],
)
def test_a_declaration_is_believed_for_twelve_months(declared_on: date, *, is_believed: bool) -> None:
    found = conflicts(replace(CLEAN, declared_on=declared_on), CLUSTER, ON)
    assert [one.kind for one in found] == ([] if is_believed else [ConflictKind.UNDECLARED])


@pytest.mark.parametrize(
    ("ended_on", "counts"), [(None, True), (date(2018, 3, 1), True), (date(2018, 2, 28), False), (LONG_AGO, False)]
)
def test_nobody_assesses_the_own_employer_of_the_last_36_months_18(ended_on: date | None, *, counts: bool) -> None:
    past = employed(LONG_AGO, ended_on, organisation_id="o")
    found = conflicts(replace(CLEAN, employments=(FREE, past)), CLUSTER, ON)
    assert told(found) == ([("employment", ["e1", "o"], "certain")] if counts else [])
    if counts:
        assert (found[0].path[0].began_on, found[0].path[0].ended_on) == (LONG_AGO, ended_on)


def test_what_begins_after_the_day_does_not_count_on_it() -> None:
    coming = employed(ON + timedelta(days=1), organisation_id="o")
    assert conflicts(replace(CLEAN, employments=(FREE, coming)), CLUSTER, ON) == []


def test_an_employer_of_the_same_name_is_a_possible_conflict() -> None:
    named = employed(keys=frozenset({"tidal cluster"}))
    found = conflicts(replace(CLEAN, employments=(named,)), CLUSTER, ON)
    assert told(found) == [("employment", ["e1", "c"], "possible")]


@pytest.mark.parametrize("kind", InterestKind)
@pytest.mark.parametrize("where", [{"cluster_id": "c"}, {"organisation_id": "o"}, {"key": "tidal cluster"}])
def test_every_kind_of_interest_counts_for_36_months_18(kind: InterestKind, where: dict[str, str]) -> None:
    for ended_on, counts in ((None, True), (date(2018, 3, 1), True), (date(2018, 2, 28), False)):
        one = interest(kind, ended_on, source=Source.SECRETARIAT, **where)
        found = conflicts(replace(CLEAN, interests=(one,)), CLUSTER, ON)
        assert [(one.kind.value, one.source) for one in found] == [(kind.value, Source.SECRETARIAT)] * counts


def test_an_interest_elsewhere_is_none_here() -> None:
    others = (interest(InterestKind.BOARD, cluster_id="x"), interest(InterestKind.BOARD, organisation_id="x"))
    assert conflicts(replace(CLEAN, interests=(*others, interest(InterestKind.BOARD, key="x"))), CLUSTER, ON) == []
    nobodys = ClusterFacts("c")
    assert conflicts(replace(CLEAN, interests=(interest(InterestKind.BOARD, key="x"),)), nobodys, ON) == []


def test_a_member_of_the_organisation_that_runs_the_cluster_18() -> None:
    facts = replace(CLEAN, memberships=(MembershipFact("o", LONG_AGO, None), MembershipFact("x", LONG_AGO, None)))
    assert told(conflicts(facts, CLUSTER, ON)) == [("membership", ["o", "o"], "certain")]


@pytest.mark.parametrize("kind", TieKind)
def test_partners_and_exchanges_reach_who_speaks_for_them(kind: TieKind) -> None:
    tie = TieFact("t", date(2019, 1, 1), date(2020, 1, 1), kind=kind, cluster_id="d", owner_id="p")
    cluster = replace(CLUSTER, ties=(tie,))
    board, advice = (interest(one, cluster_id="d") for one in (InterestKind.BOARD, InterestKind.PAID_ADVICE))
    facts = replace(CLEAN, employments=(employed(organisation_id="p"),), interests=(board, advice))
    expected = [(kind.value, ["e1", "p", "t"], "certain"), (kind.value, ["i", "t"], "certain")]
    assert told(conflicts(facts, cluster, ON)) == expected
    over = replace(CLUSTER, ties=(replace(tie, ended_on=date(2019, 2, 1)),))
    assert conflicts(facts, over, date(2022, 2, 2)) == conflicts(facts, CLUSTER, date(2022, 2, 2))


@pytest.mark.parametrize("kind", InterestKind)
def test_paid_work_of_a_colleague_makes_a_client_of_the_employer_18(kind: InterestKind) -> None:
    own, other = employed(LONG_AGO, organisation_id="f"), employed(LONG_AGO, organisation_id="f", assessor_id="b")
    colleague = ColleagueFact(replace(other, id="e2"), interest(kind, cluster_id="c"))
    facts = replace(CLEAN, employments=(own,), colleagues=(colleague,))
    is_paid = kind in {InterestKind.PAID_ADVICE, InterestKind.COACHING}
    expected = [("employers_client", ["e1", "e2", "i"], "certain")] if is_paid else []
    assert told(conflicts(facts, CLUSTER, ON)) == expected
    before = replace(colleague, employment=replace(colleague.employment, ended_on=LONG_AGO - timedelta(days=1)))
    assert conflicts(replace(facts, colleagues=(before,)), CLUSTER, ON) == []
    left = replace(own, ended_on=ON - timedelta(days=1))
    assert conflicts(replace(facts, employments=(FREE, left)), CLUSTER, ON) == []


def case(number: int, began_on: date, *who: str) -> CaseFact:
    return CaseFact(f"case{number}", began_on, began_on, scoring={one: f"{one}{number}" for one in who})


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ([case(1, date(2019, 1, 1), "a")], ["a1"]),
        ([case(1, date(2019, 1, 1), "a"), case(2, date(2020, 1, 1), "b")], []),
        ([case(1, date(2019, 1, 1), "b"), case(2, date(2020, 1, 1), "a")], ["a2"]),
        ([case(1, date(2019, 1, 1), "a", "b")], []),
        ([case(1, ON, "a")], []),
    ],
)
def test_not_twice_in_a_row_alone(cases: list[CaseFact], expected: list[str]) -> None:
    facts = replace(CLUSTER, cases=tuple(cases))
    found = conflicts(CLEAN, facts, ON)
    assert [step.fact_id for one in found for step in one.path] == expected
    assert conflicts(CLEAN, replace(facts, is_alone=False), ON) == []


def test_a_pin_is_a_conflict_with_its_reason_while_it_holds() -> None:
    pin = PinFact("p", date(2021, 1, 1), ON, effect=PinEffect.CONFLICT, reason="The cluster objected.")
    facts = replace(CLEAN, pins=(pin,))
    found = conflicts(facts, CLUSTER, ON)
    assert [(one.kind, one.source, one.path[0].says) for one in found] == [
        (ConflictKind.PINNED, Source.SECRETARIAT, "The cluster objected.")
    ]
    assert conflicts(facts, CLUSTER, ON + timedelta(days=1)) == []


def test_a_clearing_pin_clears_one_conflict_and_no_other() -> None:
    facts = replace(CLEAN, interests=(interest(InterestKind.BOARD, cluster_id="c"),))
    key = conflicts(facts, CLUSTER, ON)[0].key
    pin = PinFact("p", LONG_AGO, None, effect=PinEffect.CLEAR, reason="Another board of that name.", conflict_key=key)
    more = replace(interest(InterestKind.BOARD, cluster_id="c"), id="j")
    found = conflicts(replace(facts, interests=(*facts.interests, more), pins=(pin,)), CLUSTER, ON)
    assert [(one.path[0].fact_id, one.cleared, one.cleared_by) for one in found] == [
        ("i", "Another board of that name.", "p"),
        ("j", None, None),
    ]
    assert [one.path[0].fact_id for one in open_conflicts(found)] == ["j"]


def test_periods_before_the_first_rules_are_the_first() -> None:
    assert counting_since(date(1990, 1, 1))["board"] == date(1987, 1, 1)


def pair(country: str, **facts: Any) -> PairFact:
    return PairFact(country, (employed(**facts),))


BOTH = [PairRule.EMPLOYERS_DIFFER, PairRule.ONE_FOREIGNER]


@pytest.mark.parametrize(
    ("first", "second", "breaches"),
    [
        (pair("DE", organisation_id="f"), pair("ES", organisation_id="g"), []),
        (pair("ES", organisation_id="f"), pair("FR", organisation_id="f"), BOTH[:1]),
        (pair("DE", organisation_id="f"), pair("DE", organisation_id="g"), BOTH[1:]),
        (pair("DE", keys=frozenset({"x"})), pair("DE", keys=frozenset({"x"}), organisation_id="f"), BOTH),
        (pair("ES"), pair("ES", organisation_id="g"), BOTH[:1]),
        (PairFact("ES", (FREE,)), PairFact("ES", (FREE,)), []),
        (PairFact("ES", ()), PairFact("ES", (FREE,)), BOTH[:1]),
    ],
)
def test_both_have_different_employers_and_one_is_foreign_18(
    first: PairFact, second: PairFact, breaches: list[PairRule]
) -> None:
    assert pair_breaches(first, second, "DE", ON) == pair_breaches(second, first, "DE", ON) == breaches


def test_rules_about_pairs_are_those_of_the_day() -> None:
    rows = [
        {"applies_from": "2022-01-01", "rule": "one_foreigner", "in_force": "no"},
        {"applies_from": "2010-01-01", "rule": "one_foreigner", "in_force": "yes"},
        {"applies_from": "2010-01-01", "rule": "employers_differ", "in_force": "yes"},
    ]
    both = {PairRule.ONE_FOREIGNER, PairRule.EMPLOYERS_DIFFER}
    found = [pair_rules_on(rows, date(year, 12, 31)) for year in (2009, 2010, 2021, 2022)]
    assert found == [set(), both, both, {PairRule.EMPLOYERS_DIFFER}]


days = st.none() | st.dates(date(2015, 1, 1), date(2023, 1, 1))
ids = st.integers(0, 9).map(str)
places = st.sampled_from([None, "o", "p", "q"])
keys = st.frozensets(st.sampled_from(["tidal cluster", "other"]), max_size=1)
clusters = st.sampled_from([None, "c", "d"])


def spans(prefix: str) -> Any:
    ordered = st.tuples(days, days).map(lambda two: sorted(two, key=lambda day: day or ON) if all(two) else two)
    return st.tuples(ids.map(lambda one: prefix + one), ordered)


interests = st.builds(
    lambda span, kind, cluster, organisation, key: InterestFact(
        span[0], span[1][0], span[1][1], kind=kind, cluster_id=cluster, organisation_id=organisation, key=key
    ),
    spans("i"),
    st.sampled_from(InterestKind),
    clusters,
    places,
    st.sampled_from([None, "tidal cluster"]),
)


def employments(prefix: str, who: str) -> Any:
    return st.builds(
        lambda span, kind, organisation, known: EmploymentFact(
            span[0], span[1][0], span[1][1], assessor_id=who, kind=kind, organisation_id=organisation, keys=known
        ),
        spans(prefix),
        st.sampled_from(EmploymentKind),
        places,
        keys,
    )


assessors = st.builds(
    AssessorFacts,
    st.just("a"),
    employments=st.lists(employments("e", "a"), max_size=3).map(tuple),
    memberships=st.lists(st.builds(MembershipFact, st.sampled_from("opq"), days, st.none()), max_size=2).map(tuple),
    interests=st.lists(interests, max_size=3).map(tuple),
    colleagues=st.lists(st.builds(ColleagueFact, employments("f", "b"), interests), max_size=2).map(tuple),
    declared_on=days,
)
tied = st.builds(
    lambda span, kind: TieFact(span[0], span[1][0], span[1][1], kind=kind, cluster_id="d", owner_id="p"),
    spans("t"),
    st.sampled_from(TieKind),
)
subjects = st.builds(
    ClusterFacts,
    st.just("c"),
    owner_id=st.sampled_from([None, "o"]),
    keys=keys,
    ties=st.lists(tied, max_size=2).map(tuple),
    cases=st.lists(st.dates(LONG_AGO, ON).map(lambda day: case(1, day, "a")), max_size=1).map(tuple),
)


@given(assessors, subjects, interests, st.dates(date(2016, 1, 1), date(2023, 1, 1)))
def test_one_more_interest_never_takes_a_conflict_away(
    assessor: AssessorFacts, cluster: ClusterFacts, more: InterestFact, on: date
) -> None:
    before = conflicts(assessor, cluster, on)
    cleared = tuple(
        PinFact(f"p{place}", None, None, effect=PinEffect.CLEAR, reason="Seen.", conflict_key=one.key)
        for place, one in enumerate(before[:1])
    )
    for pins in ((), cleared):
        known = replace(assessor, pins=pins)
        after = conflicts(replace(known, interests=(*known.interests, more)), cluster, on)
        assert {one.key for one in open_conflicts(conflicts(known, cluster, on))} <= {
            one.key for one in open_conflicts(after)
        }


@given(assessors, subjects, st.dates(date(2016, 1, 1), date(2023, 1, 1)))
def test_every_step_of_every_path_is_a_fact_that_was_given(
    assessor: AssessorFacts, cluster: ClusterFacts, on: date
) -> None:
    known = {(FactKind.EMPLOYMENT, one.id, one.began_on, one.ended_on) for one in assessor.employments}
    known |= {(FactKind.MEMBERSHIP, one.id, one.began_on, one.ended_on) for one in assessor.memberships}
    known |= {(FactKind.INTEREST, one.id, one.began_on, one.ended_on) for one in assessor.interests}
    known |= {(FactKind.TIE, one.id, one.began_on, one.ended_on) for one in cluster.ties}
    known |= {(FactKind.ENGAGEMENT, "a1", one.began_on, one.ended_on) for one in cluster.cases}
    for one in assessor.colleagues:
        known.add((FactKind.COLLEAGUE, one.employment.id, one.employment.began_on, one.employment.ended_on))
        known.add((FactKind.INTEREST, one.interest.id, one.interest.began_on, one.interest.ended_on))
    sides = [(cluster.cluster_id, cluster.owner_id), *((tie.cluster_id, tie.owner_id) for tie in cluster.ties)]
    known |= {(FactKind.NAME, side[0], None, None) for side in sides}
    known |= {(FactKind.OWNER, side[1] or "", None, None) for side in sides}
    known |= {(FactKind.NOTHING, f"a/{what}", None, None) for what in ("employer", "interests")}
    for conflict in conflicts(assessor, cluster, on):
        assert conflict.path
        assert {(step.fact, step.fact_id, step.began_on, step.ended_on) for step in conflict.path} <= known
        assert (conflict.certainty is ConflictCertainty.UNKNOWN) == (conflict.kind is ConflictKind.UNDECLARED)
