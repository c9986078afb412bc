"""The command line: run the service and look after its data. Every setting is also an environment variable."""

import os
import sqlite3
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import orjson
import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cluster_api.changes.queries import kept_checkpoint
from cluster_api.foundation.clock import SystemClock
from cluster_api.foundation.database import DOWN, Database
from cluster_api.foundation.errors import Problem
from cluster_api.foundation.migration import expected_revision, migrate, present_revision
from cluster_api.foundation.serving import server_options
from cluster_api.foundation.settings import Settings
from cluster_api.identity.states import Role, Standing
from cluster_api.imports.actions import import_path
from cluster_api.imports.queries import export_path
from cluster_api.imports.schemas import ImportQuery
from cluster_api.imports.states import ExportName, ImportKind, ImportMode
from cluster_api.jobs.states import JobState
from cluster_api.upkeep.actions import decision_faults, deliver_notices, do_what_is_due, journal_faults

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The European cluster excellence service.")
console = Console(soft_wrap=True)
errors = Console(stderr=True, soft_wrap=True)

MOST_FAULTS = 100
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
    base = f"{'https' if settings.tls_certificate else 'http'}://{settings.host}:{settings.port}"
    console.print(f"documentation  {base}/docs", highlight=False)
    console.print(f"the register   {base}/v1/register", highlight=False)
    console.print(
        f"the figures    {base}/v1/statistics/labels?by=level&basis=highest_held&at=2020-12-31", highlight=False
    )
    with suppress(KeyboardInterrupt):  # Ctrl-C is how one ends a server: it has shut down in order by then
        _run(settings, workers=workers, access_log=access_log)
    console.print("stopped", highlight=False)


def _run(settings: Settings, *, workers: int, access_log: bool) -> None:
    if workers > 1:
        # Processes read their settings by themselves; what the operator has set stays as it is.
        os.environ.setdefault("SHARED_LIMITS", "true")
    uvicorn.run(
        "cluster_api.app:service", factory=True, workers=workers, access_log=access_log, **server_options(settings)
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


@app.command()
def tick() -> None:
    """Do what is due: rotate signing keys, seal days of the journal, apply retention. Run it every hour."""
    settings, now = Settings(), SystemClock().now()
    database = _database(settings)
    done = do_what_is_due(database, settings, SystemClock())
    database.close()
    table = Table("what", "done", "after days", "count")
    for one in done:
        table.add_row(one.what, one.action, str(one.days), str(one.count))
    console.print(table)
    sys.stdout.write(orjson.dumps({"ticked_at": now, "done": [asdict(one) for one in done]}).decode() + "\n")


@app.command()
def deliver() -> None:
    """Send the notices that wait, a limited batch; run it every few minutes. What was given up gives exit code 1."""
    settings = Settings()
    database = _database(settings)
    counts = deliver_notices(database, settings, SystemClock())
    database.close()
    sys.stdout.write(orjson.dumps({"delivered": dict(sorted(counts.items()))}).decode() + "\n")
    if counts.keys() & {"failed", "uncertain"}:
        raise typer.Exit(1)


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
        table.add_row(variable, settings.shown(name), source, field.description or "")
    console.print(table)


def _names_in_env_file() -> set[str]:
    file = Path(".env")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return {line.split("=", 1)[0].strip().upper() for line in lines if "=" in line and not line.startswith("#")}


class Verified(StrEnum):
    """What can be verified."""

    STATISTICS = "statistics"
    JOURNAL = "journal"
    DECISIONS = "decisions"


def _head(text: str) -> tuple[int, str]:
    position, _, digest = text.partition(":")
    if not position.isdecimal() or len(digest) != 64:
        raise typer.BadParameter("Wanted: position and digest, as this command printed them, such as 17:e3b0….")
    return int(position), digest


@app.command()
def verify(
    what: Annotated[Verified, typer.Argument(help="What to verify.")] = Verified.STATISTICS,
    from_checkpoint: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Journal: begin after this day, trusting it.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Journal: a checkpoint kept outside, as JSON.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="Journal: POSITION:DIGEST, as an earlier run of this command printed it.")
    ] = None,
) -> None:
    """Count kept figures anew, recompute the journal's chain or every decision; name what is wrong and exit 1."""
    database = _database(Settings())
    if what is Verified.DECISIONS:
        faults, told = _replayed(database)
    elif what is Verified.STATISTICS:
        labels, books = import_module("cluster_api.labels.actions"), import_module("cluster_api.ledger.queries")
        with database.session() as session:
            faults = [*labels.tally_faults(session), *books.book_faults(session)]
        told = "the kept figures agree with the labels, and those of books with their entries"
    else:
        outside = [] if checkpoint is None else [kept_checkpoint(checkpoint.read_text(encoding="utf-8"))]
        since, kept = from_checkpoint and from_checkpoint.date(), None if head is None else _head(head)
        faults, stands = journal_faults(database, since=since, head=kept, outside=outside, most=MOST_FAULTS)
        told = f"the journal is whole; its head is {stands}"
    database.close()
    for fault in faults:
        errors.print(fault, highlight=False)
    if faults:
        raise typer.Exit(1)
    console.print(told, highlight=False)


def _replayed(database: Database) -> tuple[list[str], str]:
    computed = 0

    def tell(done: int) -> None:
        nonlocal computed
        computed = done
        progress.update(task, completed=done)

    with _progress() as progress:
        task = progress.add_task("decisions", total=None)
        faults = decision_faults(database, tell, most=MOST_FAULTS)
    return faults, f"every decision comes out as it is on record: {computed} computed again"


clients_app = typer.Typer(no_args_is_help=True, help="Machine clients, made and seen from this machine.")
app.add_typer(clients_app, name="clients")


@clients_app.command("create")
def create_client(
    name: Annotated[str, typer.Argument(help="What the client is for.")],
    organisation: Annotated[str, typer.Option(help="Name of the organisation that owns it; made if there is none.")],
    role: Annotated[list[Role] | None, typer.Option(help="Roles of an organisation that is made.")] = None,
    country: Annotated[str, typer.Option(help="Country of an organisation that is made (ISO 3166-1).")] = "BE",
    standing: Annotated[Standing, typer.Option(help="What the client is in the organisation.")] = Standing.OWNER,
) -> None:
    """Make a machine client with an API key and a client secret, which are shown now and never again.

    This is how the first administrator's client comes to be: `--organisation "The operator" --role admin`.
    """
    actions = import_module("cluster_api.clients.actions")
    database = _database(Settings())
    made = actions.make_client(
        database,
        SystemClock(),
        name=name,
        organisation=organisation,
        roles=role or [],
        country=country,
        standing=standing,
    )
    database.close()
    sys.stdout.write(orjson.dumps(made, option=orjson.OPT_INDENT_2).decode() + "\n")


@clients_app.command("list")
def list_clients() -> None:
    """List the machine clients and whether they are let in."""
    queries = import_module("cluster_api.clients.queries")
    database = _database(Settings())
    table = Table("client", "organisation", "name", "standing", "state")
    table.columns[0].no_wrap = True
    with database.session() as session:
        for row in queries.client_rows(session):
            table.add_row(*row)
    database.close()
    console.print(table)


@app.command("check-pairing")
def check_pairing(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The certificate as JSON.")],
) -> None:
    """Check the certificate of a matched round: stable, or what is wrong with it; no database is asked."""
    found = import_module("cluster_api.batches.rules").findings(file.read_bytes())
    console.print("\n".join(found[:MOST_FAULTS]) or "The matching is stable.", highlight=False)
    raise typer.Exit(1 if found else 0)


@app.command("credentials")
def lend_credentials(
    output: Annotated[Path | None, typer.Option(help="File to write; DATA_DIR/demonstration.env if left out.")] = None,
) -> None:
    """Lend credentials of every role for a day, on the demonstration database only; shown, and written to a file."""
    actions = import_module("cluster_api.demonstration.actions")
    settings = Settings()
    if urlsplit(settings.public_url).hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise actions.NotTheDemonstration("The service is reached from elsewhere (PUBLIC_URL): nothing is lent.")
    database = _database(settings)
    lent = actions.lend_credentials(database)
    database.close()
    target = output or settings.data_dir / "demonstration.env"
    table = Table("role", "API key (Authorization: Bearer …)", title="demonstration credentials, valid for a day")
    for one in lent:
        table.add_row(one.name, one.api_key)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("".join(f"{line}\n" for one in lent for line in one.lines()))
    console.print(table)
    console.print(f"written to {target}: `. {target}` sets ADMIN_KEY, CLUSTER_CLIENT_ID and so on", highlight=False)


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
