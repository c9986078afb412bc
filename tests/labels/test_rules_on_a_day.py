from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.clusters.states import Level
from cluster_api.labels.rules import EventFacts, LabelFacts, Step, Verdict, current_level, standing, verdict
from cluster_api.labels.states import LabelEventKind, Standing, VerdictStep

NUMBER = "LB-2019-000123-09"
RECORDED = datetime(2019, 8, 1, 9, tzinfo=UTC)
LATER = RECORDED + timedelta(days=300)

LABEL = LabelFacts(NUMBER, Level.BRONZE, date(2019, 7, 25), date(2021, 7, 25), RECORDED)
GOLD = replace(LABEL, number="LB-2020-000001-03", level=Level.GOLD, valid_from=date(2020, 5, 1))
EXPIRED_GOLD = replace(GOLD, valid_until=date(2020, 12, 31))


def after(*events: tuple[LabelEventKind, date]) -> LabelFacts:
    return replace(LABEL, events=tuple(EventFacts(kind, day, LATER) for kind, day in events))


SUSPENSION = (LabelEventKind.SUSPENDED, date(2020, 3, 1))
WITHDRAWAL = (LabelEventKind.WITHDRAWN, date(2020, 6, 1))
SUSPENDED = after(SUSPENSION)
REINSTATED = after(SUSPENSION, (LabelEventKind.REINSTATED, date(2020, 4, 1)))
WITHDRAWN = after(WITHDRAWAL)
REVIVED = after(WITHDRAWAL, (LabelEventKind.REINSTATED, date(2020, 7, 1)))
SUSPENDED_THEN_WITHDRAWN = after(SUSPENSION, WITHDRAWAL)
CORRECTED = replace(
    LABEL,
    valid_until=date(2021, 7, 31),
    events=(
        EventFacts(LabelEventKind.AWARDED, date(2019, 7, 25), RECORDED, date(2019, 7, 25), date(2021, 7, 25)),
        EventFacts(LabelEventKind.CORRECTED, date(2020, 2, 1), LATER, None, date(2021, 7, 31), "misprint"),
    ),
)


@pytest.mark.parametrize(
    ("label", "at", "expected"),
    [
        (LABEL, date(2019, 7, 24), Standing.NOT_YET),
        (LABEL, date(2019, 7, 25), Standing.VALID),
        (LABEL, date(2021, 7, 25), Standing.VALID),
        (LABEL, date(2021, 7, 26), Standing.EXPIRED),
        (SUSPENDED, date(2020, 2, 29), Standing.VALID),
        (SUSPENDED, date(2020, 3, 1), Standing.SUSPENDED),
        (SUSPENDED, date(2021, 7, 25), Standing.SUSPENDED),
        (SUSPENDED, date(2021, 7, 26), Standing.EXPIRED),
        (REINSTATED, date(2020, 3, 31), Standing.SUSPENDED),
        (REINSTATED, date(2020, 4, 1), Standing.VALID),
        (WITHDRAWN, date(2020, 5, 31), Standing.VALID),
        (WITHDRAWN, date(2020, 6, 1), Standing.WITHDRAWN),
        (WITHDRAWN, date(2021, 7, 26), Standing.WITHDRAWN),
        (REVIVED, date(2020, 8, 1), Standing.WITHDRAWN),
        (SUSPENDED_THEN_WITHDRAWN, date(2020, 5, 31), Standing.SUSPENDED),
        (SUSPENDED_THEN_WITHDRAWN, date(2020, 6, 1), Standing.WITHDRAWN),
        (after((LabelEventKind.WITHDRAWN, date(2019, 7, 1))), date(2019, 7, 10), Standing.WITHDRAWN),
        (after((LabelEventKind.SUSPENDED, date(2019, 7, 1))), date(2019, 7, 10), Standing.NOT_YET),
        (CORRECTED, date(2021, 7, 31), Standing.VALID),
        (CORRECTED, date(2021, 8, 1), Standing.EXPIRED),
    ],
)
def test_standing_on_a_day(label: LabelFacts, at: date, expected: Standing) -> None:
    assert standing(label, [], at) is expected


@pytest.mark.parametrize(
    ("others", "at", "expected"),
    [
        ([GOLD], date(2020, 4, 30), Standing.VALID),
        ([GOLD], date(2020, 5, 1), Standing.SUPERSEDED),
        ([LABEL, GOLD], date(2020, 5, 1), Standing.SUPERSEDED),
        ([EXPIRED_GOLD], date(2020, 12, 31), Standing.SUPERSEDED),
        ([EXPIRED_GOLD], date(2021, 1, 1), Standing.VALID),
        ([GOLD], date(2021, 7, 26), Standing.EXPIRED),
        ([replace(GOLD, events=SUSPENDED.events)], date(2020, 5, 1), Standing.VALID),
        ([replace(GOLD, events=WITHDRAWN.events)], date(2020, 6, 1), Standing.VALID),
        ([replace(GOLD, level=Level.BRONZE)], date(2020, 5, 1), Standing.VALID),
    ],
)
def test_higher_label_that_is_valid_supersedes(others: list[LabelFacts], at: date, expected: Standing) -> None:
    assert standing(LABEL, others, at) is expected


def test_lower_label_does_not_supersede() -> None:
    assert standing(GOLD, [LABEL, replace(GOLD, level=Level.SILVER)], date(2020, 5, 1)) is Standing.VALID


@pytest.mark.parametrize(
    ("label", "at", "known_at", "expected"),
    [
        (LABEL, date(2020, 1, 1), RECORDED - timedelta(microseconds=1), Standing.UNKNOWN),
        (LABEL, date(2020, 1, 1), RECORDED, Standing.VALID),
        (WITHDRAWN, date(2020, 6, 1), LATER - timedelta(microseconds=1), Standing.VALID),
        (WITHDRAWN, date(2020, 6, 1), LATER, Standing.WITHDRAWN),
        (SUSPENDED, date(2020, 3, 1), RECORDED, Standing.VALID),
        (CORRECTED, date(2021, 7, 31), RECORDED, Standing.EXPIRED),
        (CORRECTED, date(2021, 7, 31), LATER, Standing.VALID),
    ],
)
def test_standing_as_known_at_an_instant(label: LabelFacts, at: date, known_at: datetime, expected: Standing) -> None:
    assert standing(label, [], at, known_at) is expected


def test_higher_label_recorded_later_did_not_supersede_then() -> None:
    gold = replace(GOLD, recorded_at=LATER)
    assert (standing(LABEL, [gold], date(2020, 5, 1), RECORDED), standing(LABEL, [gold], date(2020, 5, 1))) == (
        Standing.VALID,
        Standing.SUPERSEDED,
    )


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (date(2019, 7, 24), None),
        (date(2019, 7, 25), Level.BRONZE),
        (date(2020, 5, 1), Level.GOLD),
        (date(2021, 1, 1), Level.BRONZE),
        (date(2021, 7, 26), None),
    ],
)
def test_invariant_5_current_level_is_the_highest_valid_one(at: date, expected: Level | None) -> None:
    assert current_level([LABEL, EXPIRED_GOLD], at) is expected


def test_current_level_as_known_earlier() -> None:
    assert current_level([LABEL, replace(GOLD, recorded_at=LATER)], date(2020, 5, 1), RECORDED) is Level.BRONZE


def passed(given_verdict: Verdict) -> list[bool | None]:
    return [step.passed for step in given_verdict.steps]


@pytest.mark.parametrize(
    ("label", "number", "at", "expected", "steps"),
    [
        (LABEL, NUMBER, date(2020, 1, 1), Standing.VALID, [True, True, True, True, True, True]),
        (LABEL, "lb 2019 000123 09", date(2020, 1, 1), Standing.VALID, [True] * 6),
        (LABEL, "LB-2019-000132-09", date(2020, 1, 1), Standing.UNKNOWN, [False, *[None] * 5]),
        (None, "LB-2019-000132-09", date(2020, 1, 1), Standing.UNKNOWN, [False, *[None] * 5]),
        (None, NUMBER, date(2020, 1, 1), Standing.UNKNOWN, [True, False, *[None] * 4]),
        (LABEL, NUMBER, date(2019, 7, 24), Standing.NOT_YET, [True, True, False, True, True, None]),
        (LABEL, NUMBER, date(2021, 7, 26), Standing.EXPIRED, [True, True, False, True, True, None]),
        (SUSPENDED, NUMBER, date(2020, 3, 1), Standing.SUSPENDED, [True, True, True, False, True, None]),
        (WITHDRAWN, NUMBER, date(2020, 6, 1), Standing.WITHDRAWN, [True, True, True, True, False, None]),
        (WITHDRAWN, NUMBER, date(2021, 7, 26), Standing.WITHDRAWN, [True, True, False, True, False, None]),
        (SUSPENDED, NUMBER, date(2021, 7, 26), Standing.EXPIRED, [True, True, False, False, True, None]),
        (SUSPENDED_THEN_WITHDRAWN, NUMBER, date(2020, 6, 1), Standing.WITHDRAWN, [True, True, True, True, False, None]),
    ],
)
def test_verdict_says_which_question_fails(
    label: LabelFacts | None, number: str, at: date, expected: Standing, steps: list[bool | None]
) -> None:
    answer = verdict(label, number, [], at)
    assert (answer.standing, passed(answer)) == (expected, steps)


def test_verdict_of_a_superseded_label_names_the_higher_one() -> None:
    answer = verdict(LABEL, NUMBER, [GOLD], date(2020, 5, 1))
    sentence = "Its holder has the gold label LB-2020-000001-03 valid on 2020-05-01."
    assert answer.standing is Standing.SUPERSEDED
    assert answer.steps[-1] == Step(VerdictStep.HIGHEST, False, sentence)


def test_verdict_as_known_earlier_does_not_name_a_higher_label_recorded_later() -> None:
    answer = verdict(LABEL, NUMBER, [replace(GOLD, recorded_at=LATER)], date(2020, 5, 1), RECORDED)
    assert (answer.standing, passed(answer)) == (Standing.VALID, [True] * 6)


def test_verdict_asks_its_questions_in_order() -> None:
    assert [step.code for step in verdict(None, "x", [], date(2020, 1, 1)).steps] == list(VerdictStep)


def test_verdict_of_a_valid_label_in_sentences() -> None:
    assert [step.sentence for step in verdict(LABEL, "lb2019 000123-09", [], date(2020, 1, 1)).steps] == [
        "LB-2019-000123-09 has the form and the check digits of a label number.",
        "The register holds a bronze label with this number.",
        "2020-01-01 is within its validity, 2019-07-25 to 2021-07-25.",
        "It is not suspended on 2020-01-01.",
        "It is not withdrawn on 2020-01-01.",
        "Its holder has no label above this one valid on 2020-01-01.",
    ]


@pytest.mark.parametrize(
    ("label", "number", "at", "place", "sentence"),
    [
        (None, "lb-1", date(2020, 1, 1), 0, "LB1 is mistyped: it lacks the form or check digits of a label number."),
        (None, NUMBER, date(2020, 1, 1), 1, "The register holds no label with this number."),
        (None, NUMBER, date(2020, 1, 1), 2, "Not asked, because a question before it was answered with no."),
        (LABEL, NUMBER, date(2019, 1, 1), 2, "On 2019-01-01 its validity has not begun: its first day is 2019-07-25."),
        (LABEL, NUMBER, date(2022, 1, 1), 2, "On 2022-01-01 its validity has ended: its last day was 2021-07-25."),
        (SUSPENDED, NUMBER, date(2020, 5, 1), 3, "It is suspended since 2020-03-01."),
        (WITHDRAWN, NUMBER, date(2020, 7, 1), 4, "It was withdrawn with effect from 2020-06-01."),
    ],
)
def test_failing_question_gives_its_dates(
    label: LabelFacts | None, number: str, at: date, place: int, sentence: str
) -> None:
    assert verdict(label, number, [], at).steps[place].sentence == sentence


def test_verdict_as_known_before_the_record_is_unknown_and_says_when() -> None:
    answer = verdict(LABEL, NUMBER, [], date(2020, 1, 1), datetime(2019, 7, 31, tzinfo=UTC))
    sentence = "The register holds no label with this number as of 2019-07-31T00:00:00+00:00."
    assert (answer.standing, answer.steps[1].sentence) == (Standing.UNKNOWN, sentence)


def test_suspension_repeated_counts_since_its_beginning() -> None:
    again = after(SUSPENSION, (LabelEventKind.SUSPENDED, date(2020, 4, 1)))
    assert verdict(again, NUMBER, [], date(2020, 5, 1)).steps[3].sentence == "It is suspended since 2020-03-01."


@given(
    st.sampled_from([LABEL, SUSPENDED, REINSTATED, WITHDRAWN, REVIVED, SUSPENDED_THEN_WITHDRAWN, CORRECTED]),
    st.lists(st.sampled_from([replace(GOLD, recorded_at=LATER), EXPIRED_GOLD, LABEL]), max_size=2),
    st.dates(date(2019, 1, 1), date(2022, 1, 1)),
    st.sampled_from([None, RECORDED - timedelta(days=1), RECORDED, LATER]),
)
def test_verdict_agrees_with_standing_and_is_valid_only_if_all_is_passed(
    label: LabelFacts, others: list[LabelFacts], at: date, known_at: datetime | None
) -> None:
    answer = verdict(label, NUMBER, others, at, known_at)
    assert answer.standing is standing(label, others, at, known_at)
    assert (answer.standing is Standing.VALID) == (passed(answer) == [True] * 6)


@pytest.mark.parametrize("at", [LABEL.valid_from, LABEL.valid_until])
def test_first_and_last_day_are_within_the_validity(at: date) -> None:
    answer = verdict(LABEL, NUMBER, [], at)
    assert (answer.standing, passed(answer)) == (Standing.VALID, [True] * 6)
    assert answer.steps[2].sentence == f"{at} is within its validity, 2019-07-25 to 2021-07-25."
    assert [step.code for step in answer.steps] == list(VerdictStep)
