from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.labels.actions import tally_faults
from cluster_api.labels.models import Label, LabelEvent
from tests.imports.sending import codes, contents, counts, imported

Send = Callable[..., dict[str, Any]]


@pytest.fixture
def send(client: TestClient, admin: dict[str, str], database: Database) -> Send:
    """Give a function that imports labels; two organisations that may hold them are on record."""
    holders = b"name,country,eccp,portfolio\nAlps Motion,FR,17,ICT\nBaltic Wood,FI,18,\n"
    assert counts(imported(client, admin, holders)) == (2, 0, 0, 0)
    return lambda text, **query: imported(client, admin, text.encode(), kind="labels", **query)


def labels(database: Database) -> list[tuple[str, str, date, date]]:
    with database.session() as session:
        found = session.scalars(sa.select(Label).order_by(Label.valid_from, Label.number))
        return [(one.level.value, one.kind.value, one.valid_from, one.valid_until) for one in found]


@pytest.mark.parametrize(
    ("row", "kind", "valid_from", "valid_until"),
    [
        ("gold,2017-03-10,2019-03-10,", "first", date(2017, 3, 10), date(2019, 3, 10)),
        ("gold,,2019-03-10,", "first", date(2017, 3, 10), date(2019, 3, 10)),
        ("gold,,2022-05-31,", "first", date(2020, 5, 1), date(2022, 5, 31)),
        ("gold,,2022-05-31,2020-05-12", "first", date(2020, 5, 12), date(2022, 5, 31)),
        ("gold,,,2020-05-12", "first", date(2020, 5, 12), date(2022, 5, 31)),
        ("gold,2018-02-01,,", "first", date(2018, 2, 1), date(2020, 2, 1)),
    ],
)
def test_label_gets_the_days_that_the_rules_give(
    send: Send, database: Database, row: str, kind: str, valid_from: date, valid_until: date
) -> None:
    job = send(f"name,country,level,valid from,valid until,assessed on\nAlps Motion,FR,{row}\n")
    assert counts(job) == (1, 0, 0, 0)
    assert labels(database) == [("gold", kind, valid_from, valid_until)]


def test_renewal_continues_its_chain(send: Send, database: Database) -> None:
    job = send("name,country,level,valid until\nAlps Motion,FR,gold,2020-05-12\nAlps Motion,FR,gold,2023-05-12\n")
    assert counts(job) == (2, 0, 0, 0)
    assert labels(database) == [
        ("gold", "first", date(2018, 5, 12), date(2020, 5, 12)),
        ("gold", "renewal", date(2020, 5, 13), date(2023, 5, 12)),
    ]
    with database.session() as session:
        first, second = session.scalars(sa.select(Label).order_by(Label.valid_from))
        assert second.previous_label_id == first.id


def test_invariant_4_correction_does_not_part_a_chain(
    send: Send, client: TestClient, admin: dict[str, str], database: Database
) -> None:
    head = "name,country,level,valid from,valid until\n"
    send(head + "Alps Motion,FR,gold,2018-05-13,2020-05-12\nAlps Motion,FR,gold,2020-05-13,2023-05-12\n")
    parted = send(head + "Alps Motion,FR,gold,2018-05-13,2020-05-10\n")
    assert codes(client, admin, parted, "refused") == [(2, "chain_broken")]
    ended = send(head + "Alps Motion,FR,gold,2020-05-13,2023-05-31\n")
    assert counts(ended) == (0, 1, 0, 0)
    assert [until for _, _, _, until in labels(database)] == [date(2020, 5, 12), date(2023, 5, 31)]


FILES = {
    "by identifiers": (
        "name,country,eccp,level,valid from,valid until,external id\nX,FR,17,gold,2018-05-13,2020-05-12,A\n"
    ),
    "by names and days": (
        "name,country,level,valid until\nAlps Motion,FR,gold,2020-05-12\nAlps Motion,FR,gold,2023-05-12\n"
    ),
    "by the assessment": "name,country,level,assessed on\nalps motion,FR,gold,2020-05-12\n",
}


@pytest.mark.parametrize("name", FILES)
def test_same_labels_twice_change_nothing(send: Send, database: Database, name: str) -> None:
    rows = FILES[name].count("\n") - 1
    assert counts(send(FILES[name])) == (rows, 0, 0, 0)
    before = contents(database)
    assert counts(send(FILES[name])) == (0, 0, rows, 0)
    assert contents(database) == before


def test_other_days_are_a_correction_that_keeps_what_was_known(send: Send, database: Database) -> None:
    head = "name,country,level,valid from,valid until,external id,registry code\n"
    send(f"{head}Alps Motion,FR,gold,2018-05-13,2020-05-12,A,esca\n")
    assert counts(send(f"{head}Alps Motion,FR,gold,2018-05-13,2020-05-31,A,esca\n")) == (0, 1, 0, 0)
    assert labels(database) == [("gold", "first", date(2018, 5, 13), date(2020, 5, 31))]
    with database.session() as session:
        events = session.scalars(sa.select(LabelEvent).order_by(LabelEvent.id)).all()
        assert [(event.kind.value, event.valid_until) for event in events] == [
            ("awarded", date(2020, 5, 12)),
            ("corrected", date(2020, 5, 31)),
        ]


def test_label_is_shown_by_the_register(send: Send, client: TestClient) -> None:
    send("name,country,level,valid until\nAlps Motion,FR,gold,2020-05-12\n")
    items = client.get("/v1/register?valid_on=2019-01-01").json()["items"]
    assert [(item["name"], item["level"], item["valid_until"]) for item in items] == [
        ("Alps Motion", "gold", "2020-05-12")
    ]


HELD = "name,country,level,valid from,valid until,external id\nAlps Motion,FR,gold,2018-05-13,2020-05-12,A\n"
REFUSED = {
    "an unknown holder": ("valid until", "Alpine Motions,FR,gold,2020-05-12", "holder_unknown"),
    "days that overlap": ("valid from,valid until", "Alps Motion,FR,gold,2019-01-01,2021-01-01", "label_overlaps"),
    "another level": ("valid until,external id", "Alps Motion,FR,silver,2020-05-12,A", "label_of_other"),
    "another holder": ("valid until,external id", "Baltic Wood,FI,gold,2020-05-12,A", "label_of_other"),
    "no portfolio": ("valid until", "Baltic Wood,FI,gold,2020-05-12", "portfolio_missing"),
    "an end that no rules give": ("valid until", "Alps Motion,FR,silver,2022-05-12", "validity_unknown"),
    "a beginning to come": ("valid until", "Alps Motion,FR,silver,2031-05-31", "validity_unknown"),
    "a day before all rules": ("valid from,valid until", "Alps Motion,FR,silver,2001-01-01,2003-01-01", "before_rules"),
    "an award to come": ("valid until,awarded on", "Alps Motion,FR,silver,2022-05-31,2022-01-01", "in_future"),
    "a label told twice": ("valid until", "\n".join(["Alps Motion,FR,silver,2022-05-31"] * 2), "row_twice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_label_is_refused(send: Send, client: TestClient, admin: dict[str, str], name: str) -> None:
    assert counts(send(HELD)) == (1, 0, 0, 0)
    columns, rows, code = REFUSED[name]
    job = send(f"name,country,level,{columns}\n{rows}\n", dry_run=True)
    assert [found for _, found in codes(client, admin, job, "refused")] == [code]


def test_what_no_import_corrects_is_kept_and_noted(send: Send, client: TestClient, admin: dict[str, str]) -> None:
    send(HELD)
    job = send(HELD.replace("external id", "external id,portfolio").replace(",A", ",A,FOOD"))
    assert (counts(job), codes(client, admin, job, "noted")) == ((0, 0, 1, 0), [(2, "kept_as_recorded")])


def test_figures_agree_after_imports(send: Send, database: Database) -> None:
    send(HELD)
    send(HELD.replace("2020-05-12", "2020-06-12"))
    with database.session() as session:
        assert tally_faults(session) == []
