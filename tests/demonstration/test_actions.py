"""Loading: what was made is what stands in the database, with everything that follows from it; all or nothing, once."""

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.actions import insert_clusters
from cluster_api.clusters.models import Cluster, ClusterVersion, LevelPeriod
from cluster_api.clusters.states import Level, ProfileState
from cluster_api.demonstration.actions import seed
from cluster_api.demonstration.rules import AS_OF
from cluster_api.demonstration.schemas import Register
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.migration import migrate
from cluster_api.foundation.numbers import NumberSeries
from cluster_api.journal.models import JournalEntry
from cluster_api.labels.actions import take_numbers, tally_faults
from cluster_api.labels.models import Label, LabelEvent, LabelHolder
from cluster_api.tallies.models import Tally
from tests.journal.given import lines

PUBLISHED = [(Level.BRONZE, 1141, 46), (Level.SILVER, 132, 20), (Level.GOLD, 110, 18)]


def ignore(_done: int, _total: int) -> None:
    """Hear of progress and do nothing."""


def count(session: Session, table: type[object]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def figures(session: Session) -> list[tuple[Level, int, int]]:
    statement = (
        sa.select(LabelHolder.highest_level, sa.func.count(), sa.func.count(Cluster.country.distinct()))
        .join(Cluster, Cluster.id == LabelHolder.cluster_id)
        .where(LabelHolder.first_held_on <= AS_OF)
        .group_by(LabelHolder.highest_level)
    )
    found = [(level, holders, countries) for level, holders, countries in session.execute(statement)]
    return sorted(found, key=lambda row: row[0].rank)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('seeded') / 'seeded.sqlite3'}")
    migrate(database)
    assert seed(database, 2, ignore) == 2851
    yield database
    database.close()


def test_seed_loads_what_was_made(database: Database, register: Register, clock: FixedClock) -> None:
    told: list[tuple[int, int]] = []
    assert seed(database, 1, lambda done, total: told.append((done, total)), clock=clock) == 1468
    assert told == [(0, 1468), (1468, 1468)]
    with database.session() as session:
        assert figures(session) == PUBLISHED
        rows = session.execute(sa.select(Label.id, Label.number, Label.valid_until, Label.is_synthetic)).all()
        assert set(rows) == {(x.id, x.number, x.valid_until, x.is_synthetic) for x in register.labels}
        assert count(session, LabelEvent) == len(register.events)
        found = session.execute(sa.select(Cluster.id, Cluster.legal_name, Cluster.members)).all()
        assert {row.id: (row.legal_name, row.members) for row in found} == {
            cluster.id: (cluster.legal_name, cluster.members) for cluster in register.clusters
        }
        assert session.scalar(sa.select(JournalEntry.occurred_at)) == clock.now()


def test_seed_of_two_parts_keeps_the_figures_that_follow_from_the_labels(seeded: Database) -> None:
    with seeded.session() as session:
        assert tally_faults(session) == []
        assert figures(session) == [(level, 2 * holders, countries) for level, holders, countries in PUBLISHED]
        own = sa.select(LevelPeriod.cluster_id).where(LevelPeriod.starts_on <= AS_OF, LevelPeriod.ends_on >= AS_OF)
        shown = session.scalars(own).all()
        assert len(shown) == len(set(shown))


def test_seed_publishes_every_profile_in_its_first_version(seeded: Database) -> None:
    with seeded.session() as session:
        states = session.execute(sa.select(Cluster.profile_state, Cluster.version, Cluster.status).distinct()).all()
        assert [tuple(row) for row in states] == [(ProfileState.PUBLISHED, 1, "active")]
        assert count(session, ClusterVersion) == count(session, Cluster)
        assert session.scalar(sa.select(sa.func.count()).where(Cluster.published_at != Cluster.created_at)) == 0


def test_seed_takes_the_numbers_it_gives(seeded: Database, threefold: list[Register]) -> None:
    last = sum(label.awarded_on.year == 2020 for part in threefold[:2] for label in part.labels)
    with seeded.session(writing=True) as session:
        (number,) = take_numbers(session, 2020, 1)
        session.rollback()
    assert number.split("-")[1:3] == ["2020", f"{last + 1:06d}"]


def test_seed_writes_one_line_into_the_journal(seeded: Database, register: Register) -> None:
    with seeded.session() as session:
        (line,) = lines(session)
    assert (line.event, line.author, str(line.subject.id)) == (
        "register.seeded",
        "demonstration",
        register.clusters[0].id,
    )
    assert line.details == {"scale": 2, "clusters": 2851}


def test_seed_leaves_a_register_that_holds_something(seeded: Database) -> None:
    told: list[tuple[int, int]] = []
    assert seed(seeded, 1, lambda done, total: told.append((done, total))) == 0
    assert told == []
    with seeded.session() as session:
        assert (count(session, Cluster), count(session, JournalEntry)) == (2851, 1)


def test_seed_that_is_interrupted_leaves_nothing(database: Database) -> None:
    def fail(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed(database, 1, fail)
    with database.session() as session:
        assert [count(session, table) for table in (Cluster, Label, Tally, NumberSeries, JournalEntry)] == [0] * 5


def test_seed_waits_for_who_writes_before_it(database: Database, clock: FixedClock) -> None:
    loaded: list[int] = []
    other = threading.Thread(target=lambda: loaded.append(seed(database, 1, ignore, clock=clock)))
    with database.transaction() as session:
        insert_clusters(session, [{"legal_name": "First", "country": "DE", "created_at": clock.now()}])
        other.start()
        other.join(timeout=0.3)
        assert other.is_alive()
    other.join(timeout=30)
    assert loaded == [0]
    with database.session() as session:
        assert session.scalars(sa.select(Cluster.legal_name)).all() == ["First"]
