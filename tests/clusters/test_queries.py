"""Lists by every filter and order, and the record as it was on a day and as known at an instant."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import given as tried
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from cluster_api.clusters import actions, queries
from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.clusters.models import Cluster, LevelPeriod
from cluster_api.clusters.rules import folded_changes
from cluster_api.clusters.schemas import ClusterCreate, ClusterQuery, ClusterRead, ClusterSummary, ClusterUpdate
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Invalid
from cluster_api.foundation.paging import CountedPage, PageQuery
from cluster_api.identity.access import Actor
from cluster_api.profiles import actions as profiles
from tests.clusters.given import COMPLETE, created, published

RECORDED_AT = datetime(2015, 1, 1, 12, tzinfo=UTC)
RECORDS: list[dict[str, Any]] = [
    {
        "legal_name": "Ostsee-Cluster Plasmatechnik e.V.",
        "names": {"pl": "Klaster Plazmowy Łódź"},
        "country": "DE",
        "region": "DE80",
        "portfolio": "NEW_MATERIALS_CHEMISTRY",
        "ecosystems": ["ELECTRONICS", "HEALTH"],
        "activities": ["25.61"],
        "founded_year": 2004,
        "members": {"sme": 40},
    },
    {
        "legal_name": "Клъстер Зелена Енергия 100%",
        "country": "BG",
        "region": "BG41",
        "portfolio": "ENERGY_ENVIRONMENT",
        "ecosystems": ["ENERGY_RENEWABLES"],
        "emerging_industries": ["BLUE_GROWTH"],
        "activities": ["35", "01.11"],
        "founded_year": 2012,
        "members": {"sme": 15},
    },
    {"legal_name": "ΔΙΚΤΥΟ Ναυτιλίας", "country": "GR", "activities": ["H"], "members": {"sme": 15}},
    {"legal_name": "Aerospace_Valley", "country": "FR", "status": "merged", "founded_year": 2005},
    {"legal_name": "Archived Agri", "country": "DE", "profile_state": "archived", "founded_year": 2004},
    {"legal_name": "Draft Dairy", "country": "DE", "profile_state": "draft", "founded_year": 1999},
]
PLASMA, GREEN, SHIPS, AERO, AGRI, DRAFT = (str(record["legal_name"]) for record in RECORDS)
HELD = [(PLASMA, "gold", date(2019, 1, 1), date(2021, 6, 30)), (GREEN, "bronze", date(2015, 1, 1), date(2016, 12, 31))]


@pytest.fixture
def register(database: Database) -> Database:
    """Give a register of six clusters, one of them a draft; two hold or held a label."""
    with database.transaction() as session:
        rows = [
            {"profile_state": "published", "created_at": RECORDED_AT + timedelta(seconds=number), **record}
            for number, record in enumerate(RECORDS)
        ]
        actions.insert_clusters(session, rows)
        ids = {name: key for key, name in session.execute(sa.select(Cluster.id, Cluster.legal_name))}
        for number, (name, level, starts_on, ends_on) in enumerate(HELD):
            period = {"cluster_id": ids[name], "level": level, "starts_on": starts_on, "ends_on": ends_on}
            session.execute(sa.insert(LevelPeriod).values(**period, label_number=f"LB-{number}"))
    return database


def page(database: Database, actor: Actor, **asked: Any) -> CountedPage[ClusterSummary]:
    """Answer a page, which must be what the document promises."""
    body, cursor = asyncio.run(queries.list_clusters(database.reader, actor, ClusterQuery(**asked)))
    found = CountedPage[ClusterSummary].model_validate_json(body)
    assert found.next == cursor
    return found


def names(database: Database, actor: Actor, **asked: Any) -> list[str]:
    return [item.legal_name for item in page(database, actor, **asked).items]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [AERO, AGRI, SHIPS, GREEN, PLASMA]),
        ({"q": "plasma"}, [PLASMA]),
        ({"q": "LODZ plazmowy"}, [PLASMA]),
        ({"q": "zelena"}, [GREEN]),
        ({"q": "ναυτιλια"}, [SHIPS]),
        ({"q": "0%"}, [GREEN]),
        ({"q": "_"}, [AERO]),
        ({"q": "★"}, []),
        ({"q": "dairy"}, []),
        ({"country": "EL"}, [SHIPS]),
        ({"country": "DE"}, [AGRI, PLASMA]),
        ({"region": "DE80"}, [PLASMA]),
        ({"ecosystem": "HEALTH"}, [PLASMA]),
        ({"portfolio": "ENERGY_ENVIRONMENT"}, [GREEN]),
        ({"emerging_industry": "BLUE_GROWTH"}, [GREEN]),
        ({"activity": "25.61"}, [PLASMA]),
        ({"activity": "25.6"}, [PLASMA]),
        ({"activity": "C"}, [PLASMA]),
        ({"activity": "A"}, [GREEN]),
        ({"activity": "01.12"}, []),
        ({"activity": "H"}, [SHIPS]),
        ({"activity": "49"}, []),
        ({"status": "merged"}, [AERO]),
        ({"profile_state": "archived"}, [AGRI]),
        ({"profile_state": "draft"}, []),
        ({"level": "gold"}, [PLASMA]),
        ({"level": "gold", "level_on": "2018-12-31"}, []),
        ({"level": "gold", "level_on": "2019-01-01"}, [PLASMA]),
        ({"level": "gold", "level_on": "2021-06-30"}, [PLASMA]),
        ({"level": "bronze"}, []),
        ({"level": "bronze", "level_on": "2016-12-31", "country": "BG", "q": "100"}, [GREEN]),
        ({"founded_from": 2005, "founded_to": 2012}, [AERO, GREEN]),
        ({"members_from": 15, "members_to": 39}, [SHIPS, GREEN]),
        ({"sort": "-name"}, [PLASMA, GREEN, SHIPS, AGRI, AERO]),
        ({"sort": "-updated_at"}, [AGRI, AERO, SHIPS, GREEN, PLASMA]),
    ],
)
def test_list_answers_what_fits_every_filter(
    register: Database, stranger: Actor, asked: dict[str, Any], expected: list[str]
) -> None:
    assert names(register, stranger, **asked) == expected
    assert page(register, stranger, **asked, limit=1, count=True).total == len(expected)


def test_list_shows_the_level_of_the_day(register: Database, stranger: Actor) -> None:
    now = {item.legal_name: item.level for item in page(register, stranger).items}
    assert now == {AERO: None, AGRI: None, SHIPS: None, GREEN: None, PLASMA: "gold"}
    then = {item.legal_name: item.level for item in page(register, stranger, level_on="2015-06-01").items}
    assert then == {AERO: None, AGRI: None, SHIPS: None, GREEN: "bronze", PLASMA: None}


def test_administrator_lists_drafts(register: Database, administrator: Actor) -> None:
    assert names(register, administrator, profile_state="draft") == [DRAFT]
    assert page(register, administrator, count=True).total == 6


def walked(database: Database, actor: Actor, limit: int, **asked: Any) -> Iterator[ClusterSummary]:
    cursor = None
    while True:
        found = page(database, actor, limit=limit, cursor=cursor, **asked)
        assert len(found.items) <= limit
        yield from found.items
        cursor = found.next
        if cursor is None:
            return


@pytest.mark.parametrize("sort", ["name", "founded_year", "committed_members", "updated_at"])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_joined_are_the_whole_list_in_order(register: Database, stranger: Actor, sort: str, limit: int) -> None:
    forwards = [item.id for item in walked(register, stranger, limit, sort=sort)]
    backwards = [item.id for item in walked(register, stranger, limit, sort=f"-{sort}")]
    assert forwards == [item.id for item in page(register, stranger, sort=sort).items]
    assert forwards == backwards[::-1]
    assert len(set(forwards)) == 5
    if sort != "name":
        ordered = [getattr(item, sort) or 0 for item in walked(register, stranger, limit, sort=sort)]
        assert ordered == sorted(ordered)


def test_cursor_of_another_question_is_refused(register: Database, stranger: Actor, administrator: Actor) -> None:
    cursor = page(register, stranger, limit=1).next
    for actor, asked in ((stranger, {"country": "DE"}), (stranger, {"sort": "-name"}), (administrator, {})):
        with pytest.raises(Invalid):
            page(register, actor, limit=1, cursor=cursor, **asked)


def test_record_is_read_as_of_a_day_and_as_known(session: Session, administrator: Actor) -> None:
    given = ClusterCreate(**{**COMPLETE, "city": "Stralsund"})
    cluster = actions.create(session, administrator, given, effective_on=date(2010, 1, 1))
    tomorrow = replace(administrator, now=administrator.now + timedelta(days=1))
    actions.update(session, tomorrow, cluster, ClusterUpdate(city="Rostock"), effective_on=date(2018, 5, 1))
    actions.update(session, tomorrow, cluster, ClusterUpdate(city="Wismar"), effective_on=date(2015, 5, 1))

    def read(at: str | None, known_at: datetime | None = None) -> ClusterRead:
        day = date.fromisoformat(at) if at else None
        return queries.cluster_as_of(session, administrator, cluster, at=day, known_at=known_at)

    assert [read(at).city for at in ("2010-01-01", "2015-04-30", "2015-05-01", "2018-04-30", "2018-05-01")] == [
        "Stralsund", "Stralsund", "Wismar", "Wismar", "Rostock",
    ]  # fmt: skip
    assert (read(None).city, read(None).version) == ("Rostock", 3)
    before = read("2020-01-01", administrator.now)
    assert (before.city, before.version, before.updated_at) == ("Stralsund", 1, administrator.now)
    for at, known_at in (("2009-12-31", None), (None, administrator.now - timedelta(microseconds=1))):
        with pytest.raises(ClusterNotFound):
            read(at, known_at)


def test_stranger_reads_no_state_that_was_not_public(session: Session, administrator: Actor, stranger: Actor) -> None:
    given = ClusterCreate(**COMPLETE)
    cluster = actions.create(session, administrator, given, effective_on=date(2010, 1, 1))
    with pytest.raises(ClusterNotFound):
        queries.get_cluster(session, stranger, cluster.id)
    profiles.submit(session, administrator, cluster)
    profiles.publish(session, administrator, cluster)
    assert queries.cluster_as_of(session, stranger, cluster, at=stranger.today, known_at=None).city == "Greifswald"
    with pytest.raises(ClusterNotFound):
        queries.cluster_as_of(session, stranger, cluster, at=date(2015, 1, 1), known_at=None)


def test_history_tells_strangers_only_what_was_public(session: Session, administrator: Actor, stranger: Actor) -> None:
    cluster = published(session, administrator)
    actions.update(session, administrator, cluster, ClusterUpdate(city="Rostock"))
    profiles.archive(session, administrator, cluster, reason="Asked by the owner.")
    told = [
        [(version.version, version.event, version.author, version.reason) for version in found.items]
        for found in (queries.history_page(session, actor, cluster, PageQuery()) for actor in (administrator, stranger))
    ]
    public = [
        (5, "profile.archived", "Asked by the owner."),
        (4, "cluster.updated", None),
        (3, "profile.published", None),
    ]
    drafts = [(2, "profile.submitted", None), (1, "cluster.created", None)]
    assert told[0] == [(number, event, "administrator", reason) for number, event, reason in [*public, *drafts]]
    assert told[1] == [(number, event, None, None) for number, event, _ in public]


def test_history_goes_page_by_page(session: Session, administrator: Actor) -> None:
    cluster = created(session, administrator)
    for number in range(4):
        actions.update(session, administrator, cluster, ClusterUpdate(city=f"City {number}"))
    seen, cursor = [], None
    for _ in range(3):
        found = queries.history_page(session, administrator, cluster, PageQuery(limit=2, cursor=cursor))
        seen += [version.version for version in found.items]
        cursor = found.next
    assert (seen, cursor) == ([5, 4, 3, 2, 1], None)


Change = tuple[str, str, int]
CHANGES = st.lists(
    st.tuples(st.sampled_from(["city", "short_name"]), st.sampled_from("ABC"), st.integers(0, 9)), max_size=8
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@tried(changes=CHANGES)
def test_present_is_every_change_in_the_order_of_days(
    session: Session, administrator: Actor, changes: list[Change]
) -> None:
    cluster = actions.create(
        session, administrator, ClusterCreate(**COMPLETE), allow_duplicate=True, effective_on=date(2020, 1, 1)
    )
    for name, value, days in changes:
        patch, day = ClusterUpdate(**{name: value}), date(2020, 1, 1) + timedelta(days=days)
        actions.update(session, administrator, cluster, patch, effective_on=day)
    versions = queries.versions_of(session, cluster.id)
    assert queries.facts_of(session, cluster) == folded_changes(version.changes for version in versions)
    assert (cluster.city, cluster.short_name) == (
        said(changes, "city", "Greifswald"),
        said(changes, "short_name", None),
    )


def said(changes: list[Change], about: str, at_first: str | None) -> str | None:
    """Answer what counts now of everything said about a fact: by the day it is about, then by when it was said.

    What only repeats what was true on its day is no change.
    """
    told = [(0, -1, at_first)]
    for number, (name, value, days) in enumerate(changes):
        if name == about and max(entry for entry in told if entry[0] <= days)[2] != value:
            told.append((days, number, value))
    return max(told)[2]


def test_composition_counts_every_kind(session: Session, administrator: Actor) -> None:
    cluster = created(session, administrator, participants=50)
    found = queries.composition_of(cluster)
    assert (found.participants, found.committed_members, len(found.by_kind)) == (50, 39, 9)
    assert {part.kind: part.committed for part in found.by_kind if part.committed} == COMPLETE["members"]
