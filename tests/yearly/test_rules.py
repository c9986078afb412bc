"""What a year counts of labels and decisions, and what of it is told."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from cluster_api.clusters.states import Level
from cluster_api.labels.rules import EventFacts, LabelFacts
from cluster_api.labels.states import LabelEventKind as E
from cluster_api.yearly.rules import Decided, Held, Place, differing, figures_csv, of_decisions, of_labels, told

CUT_OFF = datetime(2021, 2, 1, tzinfo=UTC)
BEFORE = datetime(2019, 1, 1, tzinfo=UTC)


def held(
    days: tuple[date, date] = (date(2019, 3, 1), date(2021, 2, 28)),
    level: Level = Level.BRONZE,
    events: Sequence[tuple[E, date]] = (),
    recorded_at: datetime = BEFORE,
    *,
    kind: str = "first",
    is_followed: bool = False,
) -> Held:
    """Answer a label of a holder in Germany."""
    happened = tuple(EventFacts(event, day, BEFORE, None, None) for event, day in events)
    facts = LabelFacts(level.value, level, *days, recorded_at, happened)
    return Held(facts, kind, "DE", days[0], is_followed)


def counted(*labels: Held, year: int = 2020) -> dict[Place, int]:
    """Answer what a year counts of the labels of one holder."""
    return dict(of_labels([labels], year, CUT_OFF))


VALID = {Place("labels_valid", "bronze"): 1, Place("labels_valid", "bronze", "DE"): 1}


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (held(), VALID),
        (held((date(2020, 1, 1), date(2021, 12, 31))), VALID | {Place("labels_awarded", "bronze", part="first"): 1}),
        (
            held((date(2020, 12, 31), date(2022, 12, 30)), kind="renewal"),
            VALID | {Place("labels_awarded", "bronze", part="renewal"): 1},
        ),
        (held((date(2018, 6, 1), date(2020, 12, 31))), VALID),
        (held((date(2018, 6, 1), date(2020, 12, 30))), {Place("labels_expired", "bronze"): 1}),
        (held((date(2018, 6, 1), date(2019, 12, 31))), {Place("labels_expired", "bronze"): 1}),
        (held((date(2018, 6, 1), date(2019, 12, 30))), {}),
        (held((date(2018, 6, 1), date(2020, 6, 1)), is_followed=True), {}),
        (held(events=[(E.WITHDRAWN, date(2020, 12, 31))]), {Place("labels_withdrawn", "bronze"): 1}),
        (held(events=[(E.WITHDRAWN, date(2019, 12, 31))]), {}),
        (held(events=[(E.WITHDRAWN, date(2021, 1, 1))]), VALID),
        (held(events=[(E.SUSPENDED, date(2020, 12, 1))]), {}),
        (held((date(2020, 3, 1), date(2022, 2, 28)), recorded_at=datetime(2021, 2, 1, 0, 0, 1, tzinfo=UTC)), {}),
    ],
)
def test_every_label_counts_where_it_belongs(label: Held, expected: dict[Place, int]) -> None:
    assert counted(label) == expected


def test_label_below_a_higher_one_of_its_holder_is_not_valid_beside_it() -> None:
    higher = held((date(2020, 6, 1), date(2023, 5, 31)), Level.GOLD)
    assert counted(held(), higher) == {
        Place("labels_valid", "gold"): 1, Place("labels_valid", "gold", "DE"): 1,
        Place("labels_awarded", "gold", part="first"): 1, Place("labels_upgraded", "gold"): 1,
    }  # fmt: skip
    assert dict(of_labels([[held()], [higher]], 2020, CUT_OFF)) == VALID | counted(higher)


SILVER = (date(2020, 6, 1), date(2022, 5, 31))
EARLIER = (date(2019, 3, 1), date(2021, 2, 28))


@pytest.mark.parametrize(
    ("before", "upgraded"),
    [
        ([], 0),
        ([held(EARLIER)], 1),
        ([held(EARLIER), held((date(2018, 3, 1), date(2020, 2, 29)))], 1),
        ([held(EARLIER, Level.SILVER)], 0),
        ([held(EARLIER), held((date(2016, 3, 1), date(2019, 2, 28)), Level.GOLD)], 0),
        ([held(SILVER)], 0),
        ([held((date(2020, 5, 31), date(2022, 5, 30)))], 1),
        ([held(EARLIER, recorded_at=CUT_OFF)], 1),
        ([held(EARLIER, recorded_at=datetime(2021, 2, 1, 0, 0, 1, tzinfo=UTC))], 0),
    ],
)
def test_upgrade_is_above_every_label_awarded_on_an_earlier_day(before: list[Held], upgraded: int) -> None:
    found = counted(*before, held(SILVER, Level.SILVER))
    assert found.get(Place("labels_upgraded", "silver"), 0) == upgraded
    assert Place("labels_upgraded", "bronze") not in found


def test_upgrades_of_several_holders_add_up() -> None:
    both = [[held(EARLIER), held(SILVER, Level.SILVER)], [held(EARLIER), held(SILVER, Level.SILVER)]]
    assert of_labels(both, 2020, CUT_OFF)[Place("labels_upgraded", "silver")] == 2


def decided(days: int, level: str = "gold", outcome: str = "granted") -> Decided:
    """Answer a decision so many days after the application."""
    return Decided(level, outcome, date(2020, 1, 1), date.fromordinal(date(2020, 1, 1).toordinal() + days))


def test_decisions_count_by_level_and_outcome_with_the_median_of_days() -> None:
    every = [decided(10), decided(13, outcome="refused"), decided(30), decided(5), decided(7, "bronze")]
    assert of_decisions(every, 4) == {
        Place("decisions", "gold", part="granted"): 3, Place("decisions", "gold", part="refused"): 1,
        Place("decisions", "bronze", part="granted"): 1, Place("days_to_decision", "gold"): 12,
    }  # fmt: skip
    assert Place("days_to_decision", "gold") not in of_decisions(every, 5)
    assert of_decisions(every[:3], 3)[Place("days_to_decision", "gold")] == 13
    assert of_decisions([], 1) == {}


@pytest.mark.parametrize(
    ("value", "tells_of", "expected"),
    [(0, "few", (None, "c")), (4, "few", (None, "c")), (5, "few", (5, None)), (0, "public", (0, None))],
)
def test_few_and_none_look_alike_where_they_are_confidential(
    value: int, tells_of: str, expected: tuple[int | None, str | None]
) -> None:
    assert told(value, tells_of, 5) == expected


def test_figures_that_differ_are_named_once() -> None:
    one = {Place("a", "gold"): 1, Place("a", "bronze"): 2, Place("b"): 3, Place("c"): None}
    assert differing(one, dict(one)) == []
    assert differing(one, {**one, Place("a", "gold"): 2, Place("a", "bronze"): 1}) == ["a"]
    assert differing(one, {**one, Place("c"): 5, Place("d"): 1}) == ["c", "d"]


def test_places_follow_level_country_and_part() -> None:
    places = [
        Place("x", "gold"),
        Place("x", "bronze", "FR"),
        Place("x", "bronze"),
        Place("x"),
        Place("x", "bronze", "DE"),
    ]
    assert sorted(places, key=Place.order) == [places[3], places[2], places[4], places[1], places[0]]
    assert Place("x", part="b").order() > Place("x", part="a").order()


def test_figures_are_lines_of_a_file() -> None:
    figures: list[dict[str, object]] = [{"code": "a", "value": 1}, {"code": 'b "c", d', "value": None}]
    assert figures_csv(["code", "value"], figures) == 'code,value\r\na,1\r\n"b ""c"", d",\r\n'


def test_label_not_yet_known_does_not_hide_those_after_it() -> None:
    unknown = held((date(2020, 3, 1), date(2022, 2, 28)), recorded_at=datetime(2021, 2, 2, tzinfo=UTC))
    assert counted(unknown, held()) == VALID


def test_labels_of_several_holders_add_up() -> None:
    told = [
        held((date(2020, 1, 1), date(2021, 12, 31))),
        held((date(2018, 6, 1), date(2020, 12, 30))),
        held(events=[(E.WITHDRAWN, date(2020, 12, 31))]),
    ]
    assert dict(of_labels([[one] for one in told * 2], 2020, CUT_OFF)) == {
        Place("labels_valid", "bronze"): 2, Place("labels_valid", "bronze", "DE"): 2,
        Place("labels_awarded", "bronze", part="first"): 2, Place("labels_expired", "bronze"): 2,
        Place("labels_withdrawn", "bronze"): 2,
    }  # fmt: skip


def test_figures_of_a_measure_stand_in_the_order_of_level_country_and_part() -> None:
    assert Place("labels_valid").order() == ("", "", "")
    assert Place("labels_valid", "gold", "DE", "first").order() == ("gold", "DE", "first")
