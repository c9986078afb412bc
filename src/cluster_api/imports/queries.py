"""What one can ask of imports, their files while they are needed and what came out; and exports, row by row."""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cluster_api.clusters.models import Cluster, ClusterIdentifier, LevelPeriod
from cluster_api.clusters.queries import visible
from cluster_api.clusters.states import VISIBLE
from cluster_api.files.errors import FormatNotKnown
from cluster_api.files.queries import column_names
from cluster_api.files.schemas import Cell, csv_lines, json_lines, parquet_batches
from cluster_api.files.states import RowKind
from cluster_api.foundation.clock import Clock
from cluster_api.foundation.database import Database
from cluster_api.identity.access import Actor, service_actor
from cluster_api.imports.models import ImportFile
from cluster_api.imports.schemas import ImportRead, ImportRequest
from cluster_api.imports.states import ExportFormat, ExportName
from cluster_api.jobs.models import Job
from cluster_api.jobs.queries import read_job
from cluster_api.jobs.schemas import CountsRead
from cluster_api.jobs.states import ENDED, JobState
from cluster_api.labels.models import Label

SPOOLED = 8 * 1024 * 1024


@contextmanager
def file_of(database: Database, job_id: str) -> Iterator[BinaryIO]:
    """Give the uploaded file of a job, whole and seekable, on the disk of this machine."""
    with tempfile.SpooledTemporaryFile(max_size=SPOOLED) as file:
        pieces = sa.select(ImportFile.content).where(ImportFile.job_id == job_id).order_by(ImportFile.position)
        with database.session() as session:
            for piece in session.scalars(pieces.execution_options(yield_per=1)):
                file.write(piece)
        yield cast("BinaryIO", file)


def has_spent_files(session: Session) -> bool:
    """Answer whether files are kept whose job has ended."""
    return session.scalar(sa.select(sa.exists().where(ImportFile.job_id == Job.id, Job.state.in_(ENDED)))) is True


def read_import(session: Session, actor: Actor, job: Job) -> ImportRead:
    """Answer an import with what came out of it in a sentence."""
    found = read_job(session, actor, job)
    return ImportRead(**found.model_dump(), summary=_summary(job.state, ImportRequest.of(job.request), found.counts))


def _summary(state: JobState, request: ImportRequest, counts: CountsRead) -> str:
    if state is JobState.FAILED:
        return f"Failed: nothing was imported, {counts.refused} refused." if counts.refused else "Failed."
    said = (
        f"{counts.created} created, {counts.changed} changed, {counts.left} left as they are, {counts.refused} refused"
    )
    begin = "Rehearsed" if request.dry_run else "Imported"
    how = {JobState.SUCCEEDED: begin, JobState.CANCELLED: "Cancelled"}.get(state, f"{begin} so far")
    return f"{how}: {said}."


def found_format(head: bytes) -> str:
    """Answer the ending of the format in which a file begins, for senders that do not say what they send."""
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    return "jsonl" if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") else "csv"


@dataclass(frozen=True, slots=True)
class Export:
    """A table on its way out: its columns with the kind of their values, and its rows, read while they are written."""

    columns: Mapping[str, type]
    rows: Iterator[Sequence[Cell]]


CLUSTER, PERIOD, LABEL, BEFORE = Cluster.__table__.c, LevelPeriod.__table__.c, Label.__table__.c, aliased(Label)
ROWS_AT_ONCE = 1_000
REGISTRIES = ("eccp", "vat", "company")
LISTS = ("ecosystems", "emerging_industries", "activities")
KINDS: Mapping[str, type] = {
    **dict.fromkeys(("founded_year", "participants", "committed_members"), int),
    **dict.fromkeys(("assessed_on", "awarded_on", "valid_from", "valid_until", "withdrawn_on"), date),
    **dict.fromkeys(("is_social_economy", "is_synthetic"), bool),
    "staff_fte": Decimal,
    "updated_at": datetime,
}
REGISTER = {
    "cluster_id": CLUSTER.id,
    **{name: CLUSTER[name] for name in ("legal_name", "country", "region")},
    "city": sa.case((CLUSTER.profile_state.in_(VISIBLE), CLUSTER.city), else_=None),
    **{name: CLUSTER[name] for name in ("portfolio", "website")},
    "level": PERIOD.level,
    "label_number": LABEL.number,
    "valid_from": LABEL.valid_from,
    "valid_until": LABEL.valid_until,
    "is_synthetic": CLUSTER.is_synthetic,
}
LABELS = {
    "public_number": LABEL.number,
    "cluster_id": LABEL.cluster_id,
    "legal_name": CLUSTER.legal_name,
    **{name: LABEL[name] for name in ("country", "portfolio", "level", "kind", "rule_set", "assessed_on")},
    **{name: LABEL[name] for name in ("awarded_on", "valid_from", "valid_until", "withdrawn_on")},
    "renews": BEFORE.number,
    "registry_code": LABEL.registry_code,
    # A label that nobody else numbers goes by our own number, so that a copy can be compared with the original.
    "external_id": sa.func.coalesce(LABEL.external_id, LABEL.number),
    "source": LABEL.source,
    "is_synthetic": LABEL.is_synthetic,
}


@cache
def cluster_columns() -> Mapping[str, type]:
    """Answer the columns of an export of clusters: all that an import reads, and what it does not change."""
    fields = dict.fromkeys(column_names(RowKind.CLUSTER).values())
    names = ("id", *fields, "status", "profile_state", "is_synthetic", "updated_at")
    return {name: int if name.startswith("members/") else KINDS.get(name, str) for name in names}


def export_of(session: Session, actor: Actor, name: ExportName, day: date) -> Export:
    """Answer an export, as far as this caller may know of it; ``day`` is that of the register.

    Rows are read from the database while they are written, a thousand at once; the session must stay open as long.
    """
    if name is ExportName.CLUSTERS:
        return Export(cluster_columns(), _clusters(session, actor))
    columns = REGISTER if name is ExportName.REGISTER else LABELS
    statement = _register(day) if name is ExportName.REGISTER else _labels()
    kinds = {column: KINDS.get(column, str) for column in columns}
    if name is ExportName.REGISTER:
        return Export(kinds, (tuple(row) for part in _streamed(session, statement) for row in part))
    own = tuple(f"identifiers/{registry}" for registry in REGISTRIES)
    return Export({**kinds, **dict.fromkeys(own, str)}, _with_identifiers(session, actor, statement))


def _streamed(session: Session, statement: sa.Select[Any]) -> Iterator[Sequence[Any]]:
    options = {"stream_results": True, "yield_per": ROWS_AT_ONCE}
    return session.execute(statement, execution_options=options).partitions()


def _plain(columns: Mapping[str, Any]) -> Iterator[Any]:
    for name, column in columns.items():
        yield sa.type_coerce(column, sa.String).label(name) if name in {"level", "kind"} else column.label(name)


def _register(day: date) -> sa.Select[Any]:
    shown = (PERIOD.cluster_id == CLUSTER.id) & (PERIOD.starts_on <= day) & (PERIOD.ends_on >= day)
    tables = Cluster.__table__.join(LevelPeriod.__table__, shown).join(
        Label.__table__, LABEL.number == PERIOD.label_number
    )
    return sa.select(*_plain(REGISTER)).select_from(tables).order_by(CLUSTER.sort_name, CLUSTER.id)


def _labels() -> sa.Select[Any]:
    tables = sa.join(Label.__table__, Cluster.__table__, LABEL.cluster_id == CLUSTER.id).outerjoin(
        BEFORE, BEFORE.id == LABEL.previous_label_id
    )
    return sa.select(*_plain(LABELS)).select_from(tables).order_by(LABEL.number)


def _with_identifiers(session: Session, actor: Actor, statement: sa.Select[Any]) -> Iterator[Sequence[Cell]]:
    for part in _streamed(session, statement):
        numbers = _numbers(session, actor, [row.cluster_id for row in part])
        for row in part:
            yield (*row, *(numbers.get((row.cluster_id, registry)) for registry in REGISTRIES))


def _numbers(session: Session, actor: Actor, ids: Sequence[str]) -> dict[tuple[str, str], str]:
    # That somebody holds a label is public; the identifiers of a draft are not.
    columns = (ClusterIdentifier.cluster_id, ClusterIdentifier.registry_code, ClusterIdentifier.value)
    known = sa.select(*columns).join(Cluster, Cluster.id == ClusterIdentifier.cluster_id).where(visible(actor))
    statement = known.where(ClusterIdentifier.cluster_id.in_(ids)).order_by(*columns)
    return {(cluster_id, registry): value for cluster_id, registry, value in session.execute(statement)}


def _clusters(session: Session, actor: Actor) -> Iterator[Sequence[Cell]]:
    table = Cluster.__table__
    statement = sa.select(table).where(visible(actor))
    for part in _streamed(session, statement.order_by(CLUSTER.sort_name, CLUSTER.id)):
        numbers: dict[str, dict[str, str]] = defaultdict(dict)
        for (cluster_id, registry), value in _numbers(session, actor, [row.id for row in part]).items():
            numbers[cluster_id][registry] = value
        names = CLUSTER.keys()
        for row in part:
            yield _cells(dict(zip(names, row, strict=True)), numbers[row.id])


def _cells(row: Mapping[str, Any], numbers: Mapping[str, str]) -> list[Cell]:
    others = sorted(registry for registry in numbers if registry not in REGISTRIES)
    own = {"registry_code": others[0], "external_id": numbers[others[0]]} if others else {}
    groups: Mapping[str, Any] = {**row, "identifiers": numbers}
    cells = []
    for name in cluster_columns():
        group, _, key = name.partition("/")
        if key:
            cells.append(groups[group].get(key))
        elif name in LISTS:
            cells.append(";".join(row[name]) or None)
        elif name in {"registry_code", "external_id"}:
            cells.append(own.get(name))
        else:
            cells.append(getattr(row[name], "value", row[name]))
    return cells


def form_accepted(accept: str) -> ExportFormat:
    """Answer the form that an ``Accept`` header names first; CSV if it names none of ours."""
    forms = {"text/csv": ExportFormat.CSV, "application/vnd.apache.parquet": ExportFormat.PARQUET}
    forms |= dict.fromkeys(("application/jsonl", "application/x-ndjson"), ExportFormat.JSON_LINES)
    named = (part.partition(";")[0].strip().lower() for part in accept.split(","))
    return next((forms[media] for media in named if media in forms), ExportFormat.CSV)


def written(export: Export, form: ExportFormat) -> Iterator[bytes]:
    """Answer an export as the pieces of a file; raise ParquetNotInstalled at once."""
    if form is ExportFormat.PARQUET:
        return parquet_batches(export.columns, export.rows)
    return (csv_lines if form is ExportFormat.CSV else json_lines)(export.columns, export.rows)


def export_path(database: Database, clock: Clock, name: ExportName, output: Path) -> int:
    """Write an export to a file whose ending says the form; answer its rows.

    The file appears when it is whole. Raises FormatNotKnown for another ending, ParquetNotInstalled.
    """
    forms = {f".{form.value}": form for form in ExportFormat}
    form = forms.get(output.suffix.lower())
    if form is None:
        raise FormatNotKnown(f"{output.name} ends in none of {', '.join(forms)}.")
    actor, count = service_actor("command line", clock.now()), 0

    def counted(rows: Iterator[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    partial = output.with_name(f"{output.name}.partial")
    with database.session() as session, partial.open("wb") as file:
        export = export_of(session, actor, name, actor.today)
        file.writelines(written(Export(export.columns, counted(export.rows)), form))
    partial.replace(output)
    return count
