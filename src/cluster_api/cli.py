"""The command line: run the service and look after its data. Every setting is also an environment variable."""

import os
import sqlite3
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated

import orjson
import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.orm import Session

from cluster_api.foundation.clock import SystemClock
from cluster_api.foundation.database import DOWN, Database
from cluster_api.foundation.errors import Problem
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.migration import expected_revision, migrate, present_revision
from cluster_api.foundation.settings import Settings
from cluster_api.foundation.turns import take_turn
from cluster_api.foundation.vault import Vault
from cluster_api.imports.actions import import_path
from cluster_api.imports.queries import export_path
from cluster_api.imports.schemas import ImportQuery
from cluster_api.imports.states import ExportName, ImportKind, ImportMode
from cluster_api.jobs.states import JobState
from cluster_api.journal.schemas import Author
from cluster_api.retention.actions import apply_retention
from cluster_api.retention.schemas import Applied
from cluster_api.tokens.actions import rotate_keys

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The European cluster excellence service.")
console = Console(soft_wrap=True)
errors = Console(stderr=True, soft_wrap=True)

SOURCES = "environment", ".env", "default"


def _database(settings: Settings) -> Database:
    return Database(settings.database_address(), pool_size=settings.database_pool_size)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=errors
    )


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; more than one needs PostgreSQL.")] = 1,
    access_log: Annotated[bool, typer.Option(help="Write uvicorn's own access log too.")] = False,
) -> None:
    """Serve on HOST and PORT until interrupted."""
    settings = Settings()
    database = _database(settings)
    with database.session() as session:
        present = present_revision(session)
    database.close()
    if present != expected_revision():
        errors.print(f"The database is at revision {present or 'none'}: run `cluster-api migrate` first.")
        raise typer.Exit(1)
    base = f"http://{settings.host}:{settings.port}"
    console.print(f"documentation  {base}/docs", highlight=False)
    console.print(f"the register   {base}/v1/register", highlight=False)
    console.print(
        f"the figures    {base}/v1/statistics/labels?by=level&basis=highest_held&at=2020-12-31", highlight=False
    )
    with suppress(KeyboardInterrupt):  # Ctrl-C is how one ends a server: it has shut down in order by then
        _run(settings, workers=workers, access_log=access_log)
    console.print("stopped", highlight=False)


def _run(settings: Settings, *, workers: int, access_log: bool) -> None:
    uvicorn.run(
        "cluster_api.app:service",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=access_log,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


@app.command("migrate")
def migrate_database() -> None:
    """Bring the database to the schema this version needs."""
    settings = Settings()
    database = _database(settings)
    migrate(database)
    database.close()
    console.print(f"database at revision {expected_revision()}", highlight=False)


@app.command()
def seed(
    scale: Annotated[int, typer.Option(min=1, max=2000, help="How many times the size of 2020.")] = 1,
) -> None:
    """Load the demonstration register if the database holds no clusters; otherwise leave everything as it is."""
    # Read where it is used: starting a server does not need the generator.
    actions = import_module("cluster_api.demonstration.actions")
    settings = Settings()
    database = _database(settings)
    with _progress() as progress:
        task = progress.add_task("demonstration register", total=None)
        loaded = actions.seed(database, scale, lambda done, total: progress.update(task, completed=done, total=total))
    database.close()
    message = f"{loaded} clusters loaded" if loaded else "the database holds clusters already: nothing loaded"
    console.print(message, highlight=False)


@app.command()
def openapi(
    output: Annotated[Path | None, typer.Option(help="File to write; standard output if left out.")] = None,
) -> None:
    """Write the OpenAPI document."""
    application = import_module("cluster_api.app")
    text = document_text(application.create_app(Settings(_env_file=None, public_url="http://127.0.0.1:8000")))
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
        console.print(f"{output} written", highlight=False)


def document_text(application: object) -> str:
    """Answer the OpenAPI document of an application as it is committed: sorted nowhere, indented, one final newline."""
    document = application.openapi()  # type: ignore[attr-defined] # a FastAPI application, imported late
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def _rotated(session: Session, author: Author, settings: Settings) -> list[Applied]:
    vault = Vault([])
    made = rotate_keys(session, vault, author, days=settings.signing_key_days)
    return [Applied("signing_key", "make", settings.signing_key_days, made)]


def _retained(session: Session, author: Author, _settings: Settings) -> list[Applied]:
    return apply_retention(session, author)


# What is done every time, in this order, each in a transaction of its own.
TICKS = (_rotated, _retained)


@app.command()
def tick() -> None:
    """Do what is due: rotate signing keys, then apply retention. Run it every hour; twice at once does no harm."""
    settings, now = Settings(), SystemClock().now()
    database = _database(settings)
    author = Author("tick", now, uuid7().hex)
    done: list[Applied] = []
    for step in TICKS:
        with database.transaction() as session:
            take_turn(session, "tick")
            done += step(session, author, settings)
    database.close()
    table = Table("what", "done", "after days", "count")
    for one in done:
        table.add_row(one.what, one.action, str(one.days), str(one.count))
    console.print(table)
    sys.stdout.write(orjson.dumps({"ticked_at": now, "done": [asdict(one) for one in done]}).decode() + "\n")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, JSON Lines or XLSX.")],
    kind: Annotated[ImportKind, typer.Option(help="What its rows tell of.")] = ImportKind.CLUSTERS,
    apply: Annotated[bool, typer.Option("--apply", help="Change the database; otherwise only rehearse.")] = False,
    row_by_row: Annotated[bool, typer.Option("--row-by-row", help="Keep good rows although others are bad.")] = False,
    allow_duplicates: Annotated[
        bool, typer.Option("--allow-duplicates", help="Record organisations although they look like recorded ones.")
    ] = False,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text file; found out if left out.")] = None,
) -> None:
    """Import a file; without --apply it is rehearsed and nothing changes. Rows that were refused give exit code 1."""
    database = _database(Settings())
    query = ImportQuery(
        kind=kind,
        mode=ImportMode.ROW_BY_ROW if row_by_row else ImportMode.ALL_OR_NOTHING,
        dry_run=not apply,
        allow_duplicates=allow_duplicates,
        encoding=encoding,
    )
    with _progress() as progress:
        task = progress.add_task(file.name, total=None)
        done = import_path(
            database, SystemClock(), file, query, lambda at, total: progress.update(task, completed=at, total=total)
        )
    database.close()
    sys.stdout.write(done.model_dump_json(indent=2) + "\n")
    if done.counts.refused or done.state is not JobState.SUCCEEDED:
        raise typer.Exit(1)


@app.command("export")
def export_file(
    name: Annotated[ExportName, typer.Argument(help="What to export.")],
    output: Annotated[Path, typer.Argument(help="File to write; its ending (.csv, .jsonl, .parquet) is the form.")],
) -> None:
    """Export to a file, in constant memory."""
    database = _database(Settings())
    rows = export_path(database, SystemClock(), name, output)
    database.close()
    console.print(f"{rows} rows written to {output}", highlight=False)


@app.command()
def backup(
    output: Annotated[Path | None, typer.Argument(help="File; a name with the time in DATA_DIR if left out.")] = None,
) -> None:
    """Copy the database while it is in use: an SQLite file, or PostgreSQL through pg_dump."""
    settings = Settings()
    database = _database(settings)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    ending = "sqlite3" if database.is_sqlite else "dump"
    target = output or settings.data_dir / f"backup-{stamp}.{ending}"
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        errors.print(f"{target} exists already: name another file.")
        raise typer.Exit(1)
    if database.is_sqlite:
        with sqlite3.connect(str(database.url.database)) as source, sqlite3.connect(target) as copy:
            source.backup(copy)
    else:
        address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        subprocess.run(["pg_dump", "--format=custom", f"--file={target}", address], check=True)  # noqa: S603, S607
    database.close()
    console.print(f"{target} written, {target.stat().st_size} bytes", highlight=False)


@app.command("settings")
def show_settings() -> None:
    """List each setting, where its value comes from, and its meaning."""
    settings = Settings()
    written = _names_in_env_file()
    table = Table("setting", "value", "from", "meaning", show_lines=False)
    for name, field in Settings.model_fields.items():
        variable = name.upper()
        in_environment = variable in {key.upper() for key in os.environ}
        source = SOURCES[0] if in_environment else SOURCES[1] if variable in written else SOURCES[2]
        table.add_row(variable, str(getattr(settings, name)), source, field.description or "")
    console.print(table)


def _names_in_env_file() -> set[str]:
    file = Path(".env")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return {line.split("=", 1)[0].strip().upper() for line in lines if "=" in line and not line.startswith("#")}


@app.command()
def verify(
    what: Annotated[str, typer.Argument(help="statistics")] = "statistics",
) -> None:
    """Count the kept figures anew and name every difference; exit 1 if there is one."""
    if what != "statistics":
        errors.print("Only `statistics` can be verified.")
        raise typer.Exit(2)
    actions = import_module("cluster_api.labels.actions")
    database = _database(Settings())
    with database.session() as session:
        faults = actions.tally_faults(session)
    database.close()
    for fault in faults:
        errors.print(fault, highlight=False)
    if faults:
        raise typer.Exit(1)
    console.print("the kept figures agree with the labels", highlight=False)


def main() -> None:
    """Run the command line; what is foreseen is said in a sentence, without a traceback."""
    try:
        app()
    except Problem as problem:
        errors.print(problem.detail, highlight=False)
        raise SystemExit(1) from problem
    except DOWN as error:
        errors.print(f"The database cannot be reached: {error}", highlight=False)
        raise SystemExit(1) from error
