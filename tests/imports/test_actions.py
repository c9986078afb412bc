from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from starlette.testclient import TestClient

from cluster_api.app import create_service
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.settings import Settings
from cluster_api.identity.access import Actor
from cluster_api.imports.actions import ROWS_A_BATCH, import_path, request_of, run_import, submit_import, tidy
from cluster_api.imports.models import ImportFile
from cluster_api.imports.schemas import ImportQuery, ImportRead
from cluster_api.imports.states import ImportKind, ImportMode
from cluster_api.jobs.actions import Work, cancel_job, claim, work_on
from cluster_api.jobs.models import Job, JobFinding
from cluster_api.jobs.states import JobState, RowOutcome
from cluster_api.journal.models import JournalEntry
from tests.callers import given_admin
from tests.conftest import empty
from tests.imports.sending import contents, post

NAMES = st.sampled_from(["Alps Motion", "Motion of the Alps", "Baltic Wood", "Wood", "ИКТ", "x" * 301, ""])
CELLS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "country": st.sampled_from(["FR", "France", "FI", "Narnia"]),
        "eccp": st.sampled_from(["", "1", "2", "3"]),
        "vat": st.sampled_from(["", "DE136695976", "12"]),
        "city": st.sampled_from(["", "Lyon", "Turku"]),
        "members/sme": st.sampled_from(["", "3", "-1"]),
        "participants": st.sampled_from(["", "2", "30"]),
    }
)
FILES = st.lists(CELLS, max_size=7)


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    columns = ["name", "country", "eccp", "vat", "city", "members/sme", "participants"]
    path.write_text("\n".join([",".join(columns), *(",".join(row[name] for name in columns) for row in rows)]))
    return path


def run(own: Database, clock: FixedClock, file: Path, **asked: Any) -> ImportRead:
    return import_path(own, clock, file, ImportQuery(kind=ImportKind.CLUSTERS, **asked), lambda _done, _total: None)


def told(job: ImportRead) -> tuple[Any, Any]:
    return job.counts, [(one.row, one.outcome, one.pointer, one.code, one.sentence) for one in job.findings]


@how(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=FILES, rows=FILES)
def test_rehearsal_predicts_what_the_import_does(
    own: Database, clock: FixedClock, tmp_path: Path, before: list[dict[str, str]], rows: list[dict[str, str]]
) -> None:
    empty(own)
    by_row = {"mode": ImportMode.ROW_BY_ROW}
    run(own, clock, written(tmp_path / "before.csv", before), **by_row)
    file, present = written(tmp_path / "rows.csv", rows), contents(own)
    rehearsed = run(own, clock, file, dry_run=True, **by_row)
    assert contents(own) == present
    done = run(own, clock, file, **by_row)
    # Findings of new records name no identifiers, because a rehearsal could not know them.
    assert told(rehearsed) == told(done)
    after = contents(own)
    again = run(own, clock, file, **by_row)
    assert (again.counts.created, again.counts.changed, contents(own)) == (0, 0, after)


COLUMNS = ("name", "country", "eccp", "vat", "city")
VAT = "DE136695976"
Cells = list[tuple[str, str, str, str, str]]
REFUSED_THEN_NAMED: dict[str, tuple[Cells, Cells, list[str]]] = {
    # On record; the file; what became of its rows.
    "number of a refused row": (
        [("Alps Motion", "FR", "", "", "")],
        [("Motion of the Alps", "FR", "", VAT, ""), ("Alps Motion", "FR", "", VAT, "")],
        ["likely_duplicate", "row_twice"],
    ),
    "name of a refused row": (
        [("Alps Motion", "FR", "1", "", "")],
        [("Motion of the Alps", "FR", "", "", "Lyon"), ("Motion of the Alps", "FR", "1", "", "")],
        ["likely_duplicate", "row_twice"],
    ),
    "what a refused row looks like": (
        [("Alps Motion", "FR", "1", "", "")],
        [("Motion of the Alps", "FR", "", "", ""), ("Baltic Wood", "FR", "1", "", "")],
        ["likely_duplicate", "refusal_rests_on_it"],
    ),
    "which of two is meant": (
        [("Baltic Wood", "FR", "1", "", ""), ("Baltic Wood", "FR", "2", "", "")],
        [("Baltic Wood", "FR", "", "", "Lyon"), ("Alps Motion", "FR", "1", "", "")],
        ["several_meant", "refusal_rests_on_it"],
    ),
    "name of a row found by it": (
        [("Baltic Wood", "FR", "1", "", ""), ("Alps Motion", "FR", "2", "", "")],
        [("Baltic Wood", "FR", "", "", ""), ("Baltic Wood", "FR", "2", "", ""), ("Baltic Wood", "FR", "1", "", "Lyon")],
        ["left", "row_twice", "row_twice"],
    ),
    "name given up before": (
        [("Baltic Wood", "FR", "1", "", "")],
        [("Alps Motion", "FR", "1", "", ""), ("Baltic Wood", "FR", "", "", "")],
        ["changed", "created"],
    ),
    "different numbers and names": (
        [("Alps Motion", "FR", "1", "", "")],
        [("Motion of the Alps", "FR", "", VAT, ""), ("Alps Motion", "FR", "1", "", "Lyon")],
        ["likely_duplicate", "changed"],
    ),
}


def sheet(path: Path, rows: Sequence[tuple[str, ...]], *, filled_from: int = 0) -> Path:
    """Write rows as a file; from a position on, after as many organisations as fill the batch before."""
    words = (f"{number * 7919:020b}".translate({48: "ka", 49: "tol"}) for number in range(ROWS_A_BATCH - filled_from))
    filling = [(word, "FI", str(1000 + at), "", "") for at, word in enumerate(words)] if filled_from else []
    lines = [COLUMNS, *rows[:filled_from], *filling, *rows[filled_from:]]
    path.write_text("\n".join(map(",".join, lines)))
    return path


def outcomes(job: ImportRead) -> list[str]:
    return [one.code for one in sorted(job.findings, key=lambda one: one.row)]


@pytest.mark.parametrize("case", REFUSED_THEN_NAMED)
def test_programme_invariant_29_same_file_twice_changes_nothing(
    own: Database, clock: FixedClock, tmp_path: Path, case: str
) -> None:
    before, rows, expected = REFUSED_THEN_NAMED[case]
    run(own, clock, sheet(tmp_path / "before.csv", before), mode=ImportMode.ROW_BY_ROW, allow_duplicates=True)
    file = sheet(tmp_path / "rows.csv", rows)
    done = run(own, clock, file, mode=ImportMode.ROW_BY_ROW)
    assert outcomes(done) == expected
    after = contents(own)
    again = run(own, clock, file, mode=ImportMode.ROW_BY_ROW)
    assert (again.counts.created, again.counts.changed, contents(own)) == (0, 0, after)


@pytest.mark.parametrize("case", ["number of a refused row", "name of a refused row", "what a refused row looks like"])
def test_import_taken_up_remembers_what_refused_rows_said(
    own: Database, clock: FixedClock, tmp_path: Path, administrator: Actor, case: str
) -> None:
    before, rows, expected = REFUSED_THEN_NAMED[case]
    run(own, clock, sheet(tmp_path / "before.csv", before), mode=ImportMode.ROW_BY_ROW)
    file = sheet(tmp_path / "rows.csv", rows, filled_from=1)
    query = ImportQuery(kind=ImportKind.CLUSTERS, mode=ImportMode.ROW_BY_ROW)
    with file.open("rb") as opened, own.transaction() as session:
        submit_import(session, administrator, request_of(opened, query, name=file.name, media_type=None), opened)
    work = claimed(own, clock)
    # Its process ends after the first batch; another one takes it up there.
    work.told = lambda done: work.stopping.set() if done else None
    work_on(work, run_import)
    assert (work.read().state, work.read().resume_line) == (JobState.QUEUED, ROWS_A_BATCH + 1)
    work_on(claimed(own, clock), run_import)
    with own.session() as session:
        refused = sa.select(JobFinding.code).where(
            JobFinding.outcome == RowOutcome.REFUSED, JobFinding.job_id == work.job_id
        )
        assert list(session.scalars(refused.order_by(JobFinding.row))) == expected


@pytest.fixture
def waiting(own: Database, clock: FixedClock, tmp_path: Path, administrator: Actor) -> Job:
    """Give an import that nobody works on."""
    file = tmp_path / "one.csv"
    file.write_text("name,country\nA,FR\n")
    with file.open("rb") as opened, own.transaction() as session:
        request = request_of(opened, ImportQuery(kind=ImportKind.CLUSTERS), name=file.name, media_type=None)
        return submit_import(session, administrator, request, opened)


def claimed(own: Database, clock: FixedClock) -> Work:
    work = claim(own, clock, ("import",))
    assert work is not None
    return work


def test_cancelled_job_is_never_worked_on(own: Database, clock: FixedClock, administrator: Actor, waiting: Job) -> None:
    with own.transaction() as session:
        cancel_job(session, administrator, session.get_one(Job, waiting.id))
    assert claim(own, clock, ("import",)) is None
    tidy(own)
    with own.session() as session:
        job = session.get_one(Job, waiting.id)
        assert (job.state, job.finished_at) == (JobState.CANCELLED, clock.now())
        assert session.scalars(sa.select(ImportFile)).all() == []


def test_running_job_is_cancelled_by_its_worker(
    own: Database, clock: FixedClock, administrator: Actor, waiting: Job
) -> None:
    work = claimed(own, clock)
    with own.transaction() as session:
        cancel_job(session, administrator, session.get_one(Job, waiting.id))
    assert work.read().state is JobState.RUNNING
    work_on(work, run_import)
    assert work.read().state is JobState.CANCELLED


def test_job_of_a_process_that_ends_goes_back_to_the_queue(own: Database, clock: FixedClock, waiting: Job) -> None:
    work = claimed(own, clock)
    work.stopping.set()
    work_on(work, run_import)
    assert (work.read().state, work.read().worker) == (JobState.QUEUED, None)
    work_on(claimed(own, clock), run_import)
    assert work.read().state is JobState.SUCCEEDED


def test_job_is_claimed_once(own: Database, clock: FixedClock, waiting: Job) -> None:
    claimed(own, clock)
    assert claim(own, clock, ("import",)) is None


def test_journal_tells_of_an_import(own: Database, clock: FixedClock, waiting: Job) -> None:
    work_on(claimed(own, clock), run_import)
    with own.session() as session:
        found = session.scalars(sa.select(JournalEntry).order_by(JournalEntry.position))
        assert [(entry.event, entry.author) for entry in found] == [
            ("job.requested", "administrator"),
            ("clusters.inserted", "administrator"),
            ("job.succeeded", "administrator"),
        ]


def test_file_that_turns_out_unreadable_fails_its_job(own: Database, clock: FixedClock, waiting: Job) -> None:
    with own.transaction() as session:
        session.execute(sa.update(ImportFile).values(content=b"what,ever\n1,2\n"))
    work = claimed(own, clock)
    work_on(work, run_import)
    job = work.read()
    assert (job.state, (job.problem or {})["type"]) == (JobState.FAILED, "/problems/columns-not-usable")


def test_file_beyond_the_bound_is_refused(own: Database, clock: FixedClock, settings: Settings) -> None:
    small = settings.model_copy(update={"max_import_bytes": 1024})
    watched = Database(own.url.render_as_string(hide_password=False))
    with TestClient(create_service(small, clock=clock, database=watched)) as client:
        answer = post(client, given_admin(own), b"name,country\n" + b"A,FR\n" * 300)
    watched.close()
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
