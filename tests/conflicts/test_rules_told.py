"""Conflicts whole: every step with its words, whose record it is, where it comes from and how certain it is."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from cluster_api.conflicts.rules import (
    AssessorFacts,
    ColleagueFact,
    Conflict,
    MembershipFact,
    PairFact,
    PinFact,
    Step,
    TieFact,
    conflicts,
    pair_breaches,
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
from tests.conflicts.test_rules import CLEAN, CLUSTER, FREE, LONG_AGO, ON, case, employed, interest

CERTAIN, POSSIBLE, UNKNOWN = ConflictCertainty.CERTAIN, ConflictCertainty.POSSIBLE, ConflictCertainty.UNKNOWN
OWNER = Step(FactKind.OWNER, "o", "This organisation runs the cluster.")
NAME = Step(FactKind.NAME, "c", "The cluster bears this name.")
HERE = Step(FactKind.INTEREST, "i", "The assessor sits or sat on a board of it.", LONG_AGO)


def test_what_is_not_declared_is_told_in_words() -> None:
    says = {
        "employer": "For whom the assessor works on this day is not declared.",
        "interests": "The assessor has not declared lately that all interests are on record.",
    }
    assert conflicts(AssessorFacts("a"), CLUSTER, ON) == [
        Conflict(
            ConflictKind.UNDECLARED, (Step(FactKind.NOTHING, f"a/{what}", told),), Source.RECORDS, UNKNOWN,
        )
        for what, told in says.items()
    ]  # fmt: skip


@pytest.mark.parametrize(("where", "last", "certainty"), [("o", OWNER, CERTAIN), (None, NAME, POSSIBLE)])
def test_invariant_18_employment_is_told_by_identifier_or_by_name(
    where: str | None, last: Step, certainty: ConflictCertainty
) -> None:
    own = employed(LONG_AGO, organisation_id=where, keys=frozenset() if where else CLUSTER.keys)
    step = Step(FactKind.EMPLOYMENT, "e1", "The assessor is or was employed there.", LONG_AGO)
    assert conflicts(replace(CLEAN, employments=(own,)), CLUSTER, ON) == [
        Conflict(ConflictKind.EMPLOYMENT, (step, last), Source.ASSESSOR, certainty)
    ]


def test_membership_is_told_from_the_records() -> None:
    step = Step(FactKind.MEMBERSHIP, "o", "The assessor has access to this service for it.", LONG_AGO)
    assert conflicts(replace(CLEAN, memberships=(MembershipFact("o", LONG_AGO, None),)), CLUSTER, ON) == [
        Conflict(ConflictKind.MEMBERSHIP, (step, OWNER), Source.RECORDS, CERTAIN)
    ]


@pytest.mark.parametrize(
    ("where", "path", "certainty"),
    [
        ({"cluster_id": "c"}, (HERE,), CERTAIN),
        ({"organisation_id": "o"}, (HERE, OWNER), CERTAIN),
        ({"key": "tidal cluster"}, (HERE, NAME), POSSIBLE),
    ],
)
def test_interest_is_told_by_what_it_names(
    where: dict[str, Any], path: tuple[Step, ...], certainty: ConflictCertainty
) -> None:
    facts = replace(CLEAN, interests=(interest(InterestKind.BOARD, **where),))
    assert conflicts(facts, CLUSTER, ON) == [Conflict(ConflictKind.BOARD, path, Source.ASSESSOR, certainty)]


@pytest.mark.parametrize("kind", TieKind)
def test_tie_is_told_with_what_is_shared(kind: TieKind) -> None:
    tie = TieFact("t", date(2019, 1, 1), date(2020, 1, 1), kind=kind, cluster_id="d", keys=frozenset({"delta"}))
    board = interest(InterestKind.BOARD, key="delta", source=Source.SECRETARIAT)
    shared = Step(
        FactKind.TIE, "t", f"That cluster and this one share this {kind.value}.", date(2019, 1, 1), date(2020, 1, 1)
    )
    path = (HERE, Step(FactKind.NAME, "d", "The cluster bears this name."), shared)
    assert conflicts(replace(CLEAN, interests=(board,)), replace(CLUSTER, ties=(tie,)), ON) == [
        Conflict(ConflictKind(kind.value), path, Source.SECRETARIAT, POSSIBLE)
    ]


def test_advice_to_a_partner_reaches_nobody_and_what_follows_it_is_still_seen() -> None:
    tie = TieFact("t", LONG_AGO, None, kind=next(iter(TieKind)), cluster_id="d")
    for kind in InterestKind:
        found = conflicts(
            replace(CLEAN, interests=(interest(kind, cluster_id="d"),)), replace(CLUSTER, ties=(tie,)), ON
        )
        speaks_for = kind in {InterestKind.EMPLOYMENT, InterestKind.BOARD, InterestKind.MEMBERSHIP}
        assert bool(found) is speaks_for, kind


OWN = employed(LONG_AGO, organisation_id="f")
OTHERS = replace(employed(LONG_AGO, organisation_id="f", assessor_id="b"), id="e2")


@pytest.mark.parametrize(
    ("where", "last", "certainty"), [({"cluster_id": "c"}, (), CERTAIN), ({"key": "tidal cluster"}, (NAME,), POSSIBLE)]
)
def test_invariant_18_client_of_the_employer_is_told_as_the_work_of_somebody_else(
    where: dict[str, Any], last: tuple[Step, ...], certainty: ConflictCertainty
) -> None:
    paid = interest(InterestKind.COACHING, source=Source.SECRETARIAT, **where)
    path = (
        Step(FactKind.EMPLOYMENT, "e1", "The assessor is employed there.", LONG_AGO),
        Step(FactKind.COLLEAGUE, "e2", "Another assessor was employed there too.", LONG_AGO, None, is_of_other=True),
        Step(
            FactKind.INTEREST,
            "i",
            "Another assessor with the same employer did this.",
            LONG_AGO,
            None,
            is_of_other=True,
        ),
        *last,
    )
    facts = replace(CLEAN, employments=(OWN,), colleagues=(ColleagueFact(OTHERS, paid),))
    assert conflicts(facts, CLUSTER, ON) == [
        Conflict(ConflictKind.EMPLOYERS_CLIENT, path, Source.SECRETARIAT, certainty)
    ]


def test_invariant_18_every_colleague_is_looked_at() -> None:
    coached = interest(InterestKind.COACHING, cluster_id="c")
    early = replace(OTHERS, ended_on=LONG_AGO - timedelta(days=1))
    passed_over = (
        ColleagueFact(OTHERS, interest(InterestKind.BOARD, cluster_id="c")),
        ColleagueFact(OTHERS, interest(InterestKind.COACHING, cluster_id="x")),
        ColleagueFact(early, coached),
    )
    facts = replace(CLEAN, employments=(OWN,), colleagues=(*passed_over, ColleagueFact(OTHERS, coached)))
    assert [one.kind for one in conflicts(facts, CLUSTER, ON)] == [ConflictKind.EMPLOYERS_CLIENT]


def test_earlier_assessment_is_told_with_its_days() -> None:
    facts = replace(CLUSTER, cases=(case(1, date(2019, 1, 1), "a"),))
    says = "The assessor alone scored in the last assessment of this cluster."
    step = Step(FactKind.ENGAGEMENT, "a1", says, date(2019, 1, 1), date(2019, 1, 1))
    assert conflicts(CLEAN, facts, ON) == [Conflict(ConflictKind.EARLIER_ASSESSMENT, (step,), Source.RECORDS)]


def test_pin_is_told_as_the_word_of_the_secretariat() -> None:
    pin = PinFact("p", LONG_AGO, None, effect=PinEffect.CONFLICT, reason="The cluster objected.")
    step = Step(FactKind.PIN, "p", "The cluster objected.", LONG_AGO)
    assert conflicts(replace(CLEAN, pins=(pin,)), CLUSTER, ON) == [
        Conflict(ConflictKind.PINNED, (step,), Source.SECRETARIAT)
    ]


def test_only_a_clearing_pin_that_holds_on_the_day_clears() -> None:
    facts = replace(CLEAN, interests=(interest(InterestKind.BOARD, cluster_id="c"),))
    (found,) = conflicts(facts, CLUSTER, ON)
    past = PinFact("p", LONG_AGO, ON - timedelta(days=1), PinEffect.CLEAR, "Once.", found.key)
    other = PinFact("q", LONG_AGO, None, PinEffect.CONFLICT, "Objected.", found.key)
    assert conflicts(replace(facts, pins=(past,)), CLUSTER, ON) == [found]
    assert [one.cleared for one in conflicts(replace(facts, pins=(other,)), CLUSTER, ON)] == [None, None]


def test_invariant_18_pair_is_judged_by_employers_of_the_day() -> None:
    past = replace(employed(LONG_AGO, date(2020, 1, 1), organisation_id="f"), id="e9")
    one, other = PairFact("ES", (FREE, past)), PairFact("ES", (employed(organisation_id="f"),))
    assert pair_breaches(one, other, "DE", ON) == []
    assert pair_breaches(one, other, "DE", date(2020, 1, 1)) == [PairRule.EMPLOYERS_DIFFER]
