"""From which to which day a label is valid of which a row tells only a part, and what would part a chain."""

from datetime import date
from typing import Any

import pytest

from cluster_api.clusters.states import Level
from cluster_api.intake.errors import RowRefused
from cluster_api.intake.rules import HeldLabel, breaks_chain, predecessor, validity_told
from cluster_api.labels.rules import Validity
from cluster_api.methodology.queries import get_rule_set
from tests.intake.test_rules import FROM, UNTIL, held, label

RULE_SETS = [get_rule_set("2010"), get_rule_set("2020")]
LATER = held("later", valid_from=date(2020, 5, 13), valid_until=date(2023, 5, 12), previous_label_id="id-one")


@pytest.mark.parametrize(
    ("own", "validity", "on_record", "expected"),
    [
        (held(), Validity(FROM, UNTIL), [held()], False),
        (held(), Validity(date(2018, 1, 1), date(2020, 1, 1)), [held()], False),
        (held(), Validity(date(2018, 1, 1), UNTIL), [held(), LATER], False),
        (held(), Validity(FROM, date(2020, 5, 11)), [held(), LATER], True),
        (LATER, Validity(LATER.valid_from, date(2023, 1, 1)), [held(), LATER], False),
        (LATER, Validity(date(2020, 5, 14), LATER.valid_until), [held(), LATER], True),
    ],
)
def test_invariant_4_days_that_would_part_a_chain_are_known(
    own: HeldLabel, validity: Validity, on_record: list[HeldLabel], expected: bool
) -> None:
    assert breaks_chain(own, validity, on_record) is expected


def test_invariant_4_label_renews_the_one_of_its_level_that_ends_the_day_before() -> None:
    first = date(2020, 5, 13)
    assert predecessor([held()], Level.GOLD, first) == held()
    assert predecessor([held("silver", level=Level.SILVER), held()], Level.GOLD, first) == held()
    assert predecessor([held()], Level.SILVER, first) is None
    assert predecessor([held()], Level.GOLD, date(2020, 5, 14)) is None
    assert predecessor([held()], Level.GOLD, UNTIL) is None
    assert predecessor([held(), LATER], Level.GOLD, first) is None
    assert predecessor([held(is_withdrawn=True)], Level.GOLD, first) is None


OF_2020 = held("new", valid_from=date(2020, 5, 12), valid_until=date(2022, 5, 31))


@pytest.mark.parametrize(
    ("told", "on_record", "expected"),
    [
        # Both days: taken at its word.
        ({"valid_from": "2017-01-01", "valid_until": "2017-01-02"}, [], ("2017-01-01", "2017-01-02", False)),
        # The first day, or the day of the assessment: the rules in force give the last.
        ({"valid_from": "2018-02-01"}, [], ("2018-02-01", "2020-02-01", True)),
        ({"assessed_on": "2020-05-12"}, [], ("2020-05-12", "2022-05-31", True)),
        ({"valid_from": "2020-02-20", "assessed_on": "2020-03-10"}, [], ("2020-02-20", "2022-02-28", True)),
        # The day after a label of the same level begins its renewal, unless the row says it is a first one.
        ({"valid_from": "2020-05-13"}, [held()], ("2020-05-13", "2023-05-12", True)),
        ({"valid_from": "2020-05-13", "kind": "renewal"}, [held()], ("2020-05-13", "2023-05-12", True)),
        ({"valid_from": "2020-05-13", "kind": "first"}, [held()], ("2020-05-13", "2022-05-31", True)),
        ({"valid_from": "2020-05-13", "level": "silver"}, [held()], ("2020-05-13", "2022-05-31", True)),
        ({"valid_from": "2022-06-01"}, [OF_2020], ("2022-06-01", "2025-05-31", True)),
        # The last day alone: of a renewal, of the assessment, or counted backwards.
        ({"valid_until": "2023-05-12"}, [held()], ("2020-05-13", "2023-05-12", True)),
        ({"valid_until": "2023-05-12", "kind": "renewal"}, [held()], ("2020-05-13", "2023-05-12", True)),
        ({"valid_until": "2023-05-12", "assessed_on": "2020-04-01"}, [held()], ("2020-05-13", "2023-05-12", True)),
        ({"valid_until": "2025-05-31"}, [held(), OF_2020], ("2022-06-01", "2025-05-31", True)),
        ({"valid_until": "2022-05-31", "assessed_on": "2020-05-12"}, [], ("2020-05-12", "2022-05-31", True)),
        ({"valid_until": "2020-05-12", "assessed_on": "2020-05-12"}, [], ("2020-05-12", "2020-05-12", True)),
        ({"valid_until": "2022-05-31"}, [], ("2020-05-01", "2022-05-31", True)),
        ({"valid_until": "2019-03-10"}, [], ("2017-03-10", "2019-03-10", True)),
        ({"valid_until": "2023-05-31", "kind": "renewal"}, [], ("2020-06-01", "2023-05-31", True)),
        ({"valid_until": "2018-05-12", "kind": "renewal"}, [], ("2016-05-13", "2018-05-12", True)),
        ({"valid_until": "2022-02-28", "kind": "first"}, [], ("2020-02-01", "2022-02-28", True)),
        # No month's end: no first label of the rules of 2020 ends so, but a renewal of an older one does.
        ({"valid_until": "2023-05-12"}, [], ("2020-05-13", "2023-05-12", True)),
    ],
)
def test_validity_is_what_the_row_says_and_what_the_rules_give(
    told: dict[str, Any], on_record: list[HeldLabel], expected: tuple[str, str, bool]
) -> None:
    found, inferred = validity_told(label(**told), on_record, RULE_SETS)
    assert (found.valid_from.isoformat(), found.valid_until.isoformat(), inferred) == expected


@pytest.mark.parametrize(
    ("told", "on_record"),
    [
        ({"valid_from": "2009-12-31"}, []),
        ({"assessed_on": "2009-12-31"}, []),
        ({"valid_from": "2020-05-13", "kind": "renewal"}, []),
        ({"valid_from": "2020-05-14", "kind": "renewal"}, [held()]),
        ({"assessed_on": "2020-05-13", "kind": "renewal"}, [held()]),
        ({"valid_until": "2023-05-12", "kind": "first"}, []),
        ({"valid_until": "2009-12-31"}, []),
        ({"valid_until": "2011-12-31", "kind": "renewal"}, []),
        ({"valid_until": "2023-05-12", "kind": "first"}, [held()]),
    ],
)
def test_days_that_no_rules_give_are_asked_for(told: dict[str, Any], on_record: list[HeldLabel]) -> None:
    with pytest.raises(RowRefused) as raised:
        validity_told(label(**told), on_record, RULE_SETS)
    sentence = "The rules of no time give these days; state valid_from and valid_until."
    assert (raised.value.place, raised.value.code, raised.value.sentence) == (
        "valid_until", "validity_unknown", sentence,
    )  # fmt: skip


def test_label_of_another_level_is_not_renewed() -> None:
    silver = held("silver", level=Level.SILVER, valid_until=date(2020, 5, 1))
    row = label(valid_until="2023-05-01", level="gold")
    assert validity_told(row, [silver], RULE_SETS)[0] == Validity(date(2020, 5, 2), date(2023, 5, 1))
    first = label(valid_until="2023-05-12", assessed_on="2021-06-01", level="gold")
    assert validity_told(first, [held("silver", level=Level.SILVER)], RULE_SETS)[0].valid_from == date(2021, 6, 1)
