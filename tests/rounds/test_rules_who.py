"""Who may take part in which role: the table of each round, approval, residence, and the definition of an SME."""

from typing import Any

import pytest

from cluster_api.rounds.queries import get_round, taking_part, thresholds
from cluster_api.rounds.rules import (
    PARTICIPATING,
    PARTICIPATION,
    SME_DEFINITION,
    admission_of,
    is_eligible,
    participant_rules,
    size_class,
)
from cluster_api.rounds.schemas import ParticipantFacts, RoundRuleRead
from cluster_api.rounds.states import Admission, Belonging, Finding, ParticipantKind

PILOT, SECOND = get_round("pilot"), get_round("second")


def asked(**other: Any) -> ParticipantFacts:
    """Answer an SME of France that may visit in the pilot, with differences."""
    base: dict[str, Any] = {
        "role": "visitor", "kind": "sme", "country": "FR", "on": "2021-06-07", "belonging": "profiled_cluster",
        "headcount": 12, "turnover_cents": 100_000_000, "balance_sheet_cents": 80_000_000, "is_national": True,
    }  # fmt: skip
    return ParticipantFacts(**{**base, **other})


def outcome(facts: ParticipantFacts, rule: str, round_: Any = PILOT) -> Finding | None:
    """Answer what came of a rule."""
    found = participant_rules(round_, facts, thresholds(), taking_part(round_.participation))
    return next((one.outcome for one in found if one.code == rule), None)


@pytest.mark.parametrize("round_", [PILOT, SECOND])
@pytest.mark.parametrize("kind", ParticipantKind)
@pytest.mark.parametrize("role", ["visitor", "host"])
@pytest.mark.parametrize("belonging", Belonging)
def test_programme_invariant_2_who_may_do_what_is_the_table(
    round_: Any, kind: Any, role: str, belonging: Belonging
) -> None:
    members = {"scaleup_support", "sme"}
    guests = (
        {"training_provider", "large_company", "public_authority"} if round_ is SECOND and role == "host" else set()
    )
    of_cluster = belonging is Belonging.PROFILED_CLUSTER
    free = kind.value in {"cluster_organisation", "business_network"}
    expected = free or (of_cluster and kind.value in members | guests)
    if kind.value == "sme" and not of_cluster:
        expected = role == "host"  # on approval
    day = round_.begins.value.isoformat()
    found = outcome(asked(role=role, kind=kind, belonging=belonging, on=day), "admitted", round_)
    assert found is (Finding.PASSED if expected else Finding.FAILED)


@pytest.mark.parametrize(
    ("approved", "expected"), [(True, Finding.PASSED), (False, Finding.FAILED), (None, Finding.UNKNOWN)]
)
def test_programme_invariant_3_who_is_no_member_hosts_on_approval_only(
    approved: bool | None, expected: Finding
) -> None:
    assert outcome(asked(role="host", belonging="none", is_approved=approved), "approved") is expected
    assert outcome(asked(role="host", is_approved=approved), "approved") is None
    row = admission_of(PILOT, ParticipantKind.SME, Belonging.NONE)
    assert row is not None
    assert (row.visitor, row.host) == (Admission.NO, Admission.ON_APPROVAL)


@pytest.mark.parametrize(
    ("national", "days", "business", "expected"),
    [
        (True, None, None, Finding.PASSED),
        (True, 0, False, Finding.PASSED),
        (False, 183, True, Finding.PASSED),
        (False, 182, True, Finding.FAILED),
        (False, 183, False, Finding.FAILED),
        (False, 182, None, Finding.FAILED),
        (False, None, False, Finding.FAILED),
        (False, None, True, Finding.UNKNOWN),
        (False, 183, None, Finding.UNKNOWN),
        (False, None, None, Finding.UNKNOWN),
        (None, 183, True, Finding.PASSED),
        (None, 100, False, Finding.UNKNOWN),
        (None, None, None, Finding.UNKNOWN),
    ],
)
def test_programme_invariant_4_representative_of_another_nationality(
    national: bool | None, days: int | None, business: bool | None, expected: Finding
) -> None:
    facts = asked(is_national=national, residence_days=days, has_business=business)
    assert outcome(facts, "representative") is expected
    assert outcome(asked(role="host", is_national=national), "representative") is None


M = 100_000_000  # a million euros in cents


@pytest.mark.parametrize(
    ("staff", "turnover", "balance", "expected"),
    [
        (9, 2 * M, 2 * M, (True, "micro")),
        (9, 2 * M + 1, 2 * M, (True, "micro")),
        (9, 2 * M + 1, 2 * M + 1, (True, "small")),
        (10, M, M, (True, "small")),
        (49, 10 * M, 11 * M, (True, "small")),
        (50, M, M, (True, "medium")),
        (249, 50 * M, 44 * M, (True, "medium")),
        (249, 51 * M, 43 * M, (True, "medium")),
        (249, 50 * M + 1, 43 * M + 1, (False, None)),
        (250, M, M, (False, None)),
        (250, None, None, (False, None)),
        (None, 51 * M, 44 * M, (False, None)),
        (None, M, M, (None, None)),
        (12, None, None, (None, None)),
        (12, M, None, (True, "small")),
        (9, 3 * M, None, (True, None)),
        (9, 51 * M, None, (None, None)),
    ],
)
def test_programme_invariant_5_small_and_medium_by_the_definition(
    staff: int | None, turnover: int | None, balance: int | None, expected: tuple[bool | None, str | None]
) -> None:
    facts = asked(headcount=staff, turnover_cents=turnover, balance_sheet_cents=balance)
    assert size_class(facts, thresholds()) == expected
    outcomes = {True: Finding.PASSED, False: Finding.FAILED, None: Finding.UNKNOWN}
    assert outcome(facts, "sme") is outcomes[expected[0]]


def test_definition_is_asked_of_enterprises_only() -> None:
    assert outcome(asked(kind="scaleup_support", headcount=9_000), "sme") is None


@pytest.mark.parametrize(
    ("changes", "rule", "expected"),
    [
        ({"country": "CH"}, "country", Finding.FAILED),
        ({"country": "UK"}, "country", Finding.PASSED),
        ({"on": "2022-06-01"}, "inside_round", Finding.FAILED),
        ({"on": "2022-05-31"}, "inside_round", Finding.PASSED),
        ({"on": "2020-02-02"}, "inside_round", Finding.FAILED),
        ({"on": "2020-02-03"}, "inside_round", Finding.PASSED),
        ({"belonging": None}, "admitted", Finding.UNKNOWN),
        ({"belonging": None, "kind": "scaleup_support"}, "admitted", Finding.UNKNOWN),
        ({"belonging": None, "kind": "cluster_organisation"}, "admitted", Finding.PASSED),
        ({"belonging": None, "kind": "large_company"}, "admitted", Finding.FAILED),
    ],
)
def test_rules_of_participants(changes: dict[str, Any], rule: str, expected: Finding) -> None:
    assert outcome(asked(**changes), rule) is expected


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [("", True), ("p", True), ("pu", None), ("pf", False), ("fu", False), ("u", None)],
)
def test_one_failure_refuses_and_the_unknown_stays_open(outcomes: str, expected: bool | None) -> None:
    words = {"p": Finding.PASSED, "f": Finding.FAILED, "u": Finding.UNKNOWN}
    rules = [RoundRuleRead(code="x", outcome=words[one], sentence="", source="") for one in outcomes]
    assert is_eligible(rules) is expected


def told(**other: Any) -> list[tuple[str, str]]:
    """Answer the sentences about a participant after those about round and country."""
    found = participant_rules(PILOT, asked(**other), thresholds(), taking_part(PILOT.participation))
    assert (found[0].sentence, found[0].source) == (
        "2021-06-07; the round runs from 2020-02-03 to 2022-05-31.", PILOT.begins.source,
    )  # fmt: skip
    assert (found[1].sentence, found[1].source) == ("FR takes part in the programme: member.", PARTICIPATING)
    return [(one.sentence, one.source) for one in found[2:]]


def test_participant_says_what_was_compared_and_where_the_rule_is_from() -> None:
    residence = PILOT.terms.fewest_residence_days.source
    staff = (
        "Staff 12, fewer than 250; turnover EUR 1 000 000, up to EUR 50 000 000, or balance sheet EUR 800 000, up to "
        "EUR 43 000 000."
    )
    assert told() == [
        ("As visitor, sme, member of a profiled_cluster, is admitted: yes.", PARTICIPATION),
        (staff, SME_DEFINITION),
        ("National of a participating country: yes.", residence),
    ]
    nothing = {"headcount": None, "turnover_cents": None, "balance_sheet_cents": None}
    assert told(role="host", belonging="none", is_approved=False, **nothing) == [
        ("As host, sme is admitted: on_approval.", "https://clamtex.eu/faq-page"),
        ("Approved beforehand: no.", "https://clamtex.eu/faq-page"),
        (
            (
                "Staff not said, fewer than 250; turnover not said, up to EUR 50 000 000, or balance sheet not said, "
                "up to EUR 43 000 000."
            ),
            SME_DEFINITION,
        ),
    ]
    assert told(kind="large_company", is_national=False, residence_days=10, has_business=False) == [
        ("As visitor, large_company, member of a profiled_cluster, is admitted: no.", PARTICIPATION),
        (
            (
                "National of a participating country: no; days of residence 10, at least 183; "
                "business started or intended there: no."
            ),
            residence,
        ),
    ]
    (unsaid, _, representative) = told(belonging=None, is_national=None)
    assert unsaid == ("Of what this sme is a member was not said.", PARTICIPATION)
    assert representative[0] == (
        "National of a participating country: not said; days of residence not said, at least 183; business started or "
        "intended there: not said."
    )


def test_guest_host_whose_membership_was_not_said_is_asked_and_a_guest_visitor_is_refused() -> None:
    facts = {"kind": "large_company", "belonging": None, "on": "2022-06-06"}
    assert outcome(asked(role="host", **facts), "admitted", SECOND) is Finding.UNKNOWN
    assert outcome(asked(role="visitor", **facts), "admitted", SECOND) is Finding.FAILED
