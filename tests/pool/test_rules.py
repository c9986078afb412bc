"""What holds in the pool on a day, without a database: edges of spans, employers, the code of conduct."""

from datetime import date

import pytest

from cluster_api.pool.rules import (
    LONGEST_KEY,
    EmploymentFact,
    Span,
    code_of_conduct_on,
    employer_key,
    employments_on,
)
from cluster_api.pool.states import EmploymentKind

FIRST, LAST = date(2020, 3, 1), date(2020, 6, 30)
SPAN = Span("one", FIRST, LAST)
SINCE_EVER = Span("two", None, LAST)
STILL = Span("three", FIRST, None)
ALWAYS = Span("four", None, None)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2020, 2, 29), [False, True, False, True]),
        (date(2020, 3, 1), [True, True, True, True]),
        (date(2020, 6, 30), [True, True, True, True]),
        (date(2020, 7, 1), [False, False, True, True]),
    ],
)
def test_span_includes_its_first_and_last_day(day: date, expected: list[bool]) -> None:
    assert [one.covers(day) for one in (SPAN, SINCE_EVER, STILL, ALWAYS)] == expected


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (date(2020, 1, 1), date(2020, 2, 29), False),
        (date(2020, 1, 1), date(2020, 3, 1), True),
        (date(2020, 4, 1), date(2020, 4, 30), True),
        (date(2020, 6, 30), date(2020, 12, 31), True),
        (date(2020, 7, 1), date(2020, 12, 31), False),
        (date(2020, 1, 1), date(2020, 12, 31), True),
    ],
)
def test_span_reaches_into_a_period(since: date, until: date, expected: bool) -> None:
    assert SPAN.reaches(since, until) is expected
    other = Span("other", since, until)
    assert (SPAN.overlaps(other), other.overlaps(SPAN)) == (expected, expected)


def test_spans_without_an_end_or_a_beginning_overlap_what_they_meet() -> None:
    before, after = Span("before", None, date(2020, 2, 29)), Span("after", date(2020, 7, 1), None)
    assert [SPAN.overlaps(one) for one in (before, after, SINCE_EVER, STILL, ALWAYS)] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert [before.overlaps(after), after.overlaps(before), STILL.overlaps(after)] == [False, False, True]


def employment(
    kind: EmploymentKind = EmploymentKind.EMPLOYED, organisation: str | None = None, *keys: str
) -> EmploymentFact:
    return EmploymentFact(
        "e", FIRST, LAST, assessor_id="a", kind=kind, organisation_id=organisation, keys=frozenset(keys)
    )


def test_employer_is_the_same_by_identifier_or_by_name() -> None:
    employed = EmploymentKind.EMPLOYED
    known, named, both = (
        employment(employed, "o1"),
        employment(employed, None, "acme"),
        employment(employed, "o1", "acme"),
    )
    assert known.names == {"o1"}
    assert named.names == {"acme"}
    assert both.names == {"o1", "acme"}
    assert [both.same_employer(one) for one in (known, named, employment(employed, "o2", "umbrella"))] == [
        True, True, False,
    ]  # fmt: skip
    assert not known.same_employer(named)
    assert not employment().same_employer(employment())


def test_who_is_not_employed_shares_no_employer() -> None:
    others = [kind for kind in EmploymentKind if kind is not EmploymentKind.EMPLOYED]
    assert others
    employed = employment(EmploymentKind.EMPLOYED, "o1")
    for kind in others:
        other = employment(kind, "o1")
        assert [employed.same_employer(other), other.same_employer(employed), other.same_employer(other)] == [False] * 3


def test_employer_key_is_comparable_and_of_limited_length() -> None:
    assert employer_key("ACME  Ltd.") == employer_key("acme ltd")
    assert employer_key("ACME Ltd.") != employer_key("Umbrella Ltd.")
    assert employer_key(" - ") is None
    assert employer_key("a" * 299 + " b") == "a" * 299
    assert employer_key("a" * 301) == "a" * LONGEST_KEY


def test_employments_are_those_of_the_day() -> None:
    one, other = (
        employment(),
        EmploymentFact("f", date(2020, 7, 1), None, assessor_id="a", kind=EmploymentKind.EMPLOYED),
    )
    assert employments_on([one, other], LAST) == [one]
    assert employments_on(iter([one, other]), date(2020, 7, 1)) == [other]


def test_code_of_conduct_is_the_version_of_the_day() -> None:
    assert code_of_conduct_on(date(2019, 11, 14)) is None
    assert code_of_conduct_on(date(2019, 11, 15)) == "2019"
    assert code_of_conduct_on(date(2021, 1, 15)) == "2019"
