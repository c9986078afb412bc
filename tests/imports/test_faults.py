"""What a process killed in the middle, or two at once, leave behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from cluster_api.clusters.models import Cluster, ClusterVersion
from cluster_api.foundation.clock import FixedClock, SystemClock
from cluster_api.foundation.database import Database
from cluster_api.imports.actions import ROWS_A_BATCH, import_path, run_import, tidy
from cluster_api.imports.models import ImportFile
from cluster_api.imports.schemas import ImportQuery, ImportRead
from cluster_api.imports.states import ImportKind, ImportMode
from cluster_api.jobs.actions import Work, claim, work_on
from cluster_api.jobs.models import Job, JobFinding
from cluster_api.jobs.states import JobState

ROWS = 8 * ROWS_A_BATCH
COMMAND = (sys.executable, "-c", "from cluster_api.cli import main; main()")


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file of organisations that resemble each other in nothing."""
    file = tmp_path_factory.mktemp("many") / "clusters.csv"
    words = (f"{number * 7919:020b}".translate({48: "ka", 49: "tol"}) for number in range(ROWS))
    file.write_text("name,country,eccp\n" + "".join(f"{word},FR,{at}\n" for at, word in enumerate(words)))
    return file


def killed(own: Database, many: Path, *options: str, when: Callable[[Job], bool]) -> Job:
    """Import with the command line, kill it hard as soon as its job is so far, and answer the job it leaves."""
    environment = {**os.environ, "DATABASE_URL": own.url.render_as_string(hide_password=False)}
    command = [*COMMAND, "import", str(many), "--kind", "clusters", "--apply", "--allow-duplicates", *options]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with own.session() as session:
                job = session.scalar(sa.select(Job))
            if job is not None and when(job):
                break
            time.sleep(0.01)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    with own.session() as session:
        return session.scalars(sa.select(Job)).one()


def clusters(database: Database) -> int:
    with database.session() as session:
        return session.scalars(sa.select(sa.func.count()).select_from(Cluster)).one()


def taken_up(database: Database) -> Job:
    """Let another worker take the silent job up, and answer the job as it ended."""
    later = FixedClock(SystemClock().now() + timedelta(minutes=1))
    work = claim(database, later, ("import",))
    assert work is not None
    work_on(work, run_import)
    tidy(database)
    return work.read()


def began(job: Job) -> bool:
    """Answer whether the job is at work; on SQLite the work itself is hidden from others until it is committed."""
    if job.state is JobState.RUNNING:
        time.sleep(0.5)
    return job.state is JobState.RUNNING


def test_killed_import_of_all_or_nothing_leaves_nothing_and_is_taken_up(own: Database, many: Path) -> None:
    job = killed(own, many, when=began)
    assert (job.state, clusters(own)) == (JobState.RUNNING, 0)
    job = taken_up(own)
    assert (job.state, job.counts, clusters(own)) == (JobState.SUCCEEDED, {"created": ROWS}, ROWS)


def test_killed_import_row_by_row_goes_on_after_its_last_batch(own: Database, many: Path) -> None:
    job = killed(own, many, "--row-by-row", when=lambda job: job.done >= ROWS_A_BATCH)
    present = clusters(own)
    assert 0 < present < ROWS
    assert (present % ROWS_A_BATCH, job.resume_line, job.counts) == (0, present + 1, {"created": present})
    job = taken_up(own)
    assert (job.state, job.counts, clusters(own)) == (JobState.SUCCEEDED, {"created": ROWS}, ROWS)
    with own.session() as session:
        assert session.scalars(sa.select(sa.func.count()).select_from(ClusterVersion)).one() == ROWS
        assert session.scalars(sa.select(sa.func.count()).select_from(ImportFile)).one() == 0


def test_same_file_after_a_killed_import_completes_it(own: Database, many: Path) -> None:
    killed(own, many, "--row-by-row", when=lambda job: job.done >= ROWS_A_BATCH)
    present = clusters(own)
    query = ImportQuery(kind=ImportKind.CLUSTERS, mode=ImportMode.ROW_BY_ROW, allow_duplicates=True)
    done = import_path(own, SystemClock(), many, query, lambda _done, _total: None)
    assert (done.counts.created, done.counts.left, clusters(own)) == (ROWS - present, present, ROWS)


def test_silent_worker_that_wakes_up_undoes_its_work(own: Database, many: Path) -> None:
    later = FixedClock(SystemClock().now() + timedelta(minutes=1))
    taken: list[Work] = []

    def overtaken(_done: int, _total: int | None) -> None:
        if not taken and (work := claim(own, later, ("import",))):
            taken.append(work)

    query = ImportQuery(kind=ImportKind.CLUSTERS, mode=ImportMode.ROW_BY_ROW, allow_duplicates=True)
    left = import_path(own, SystemClock(), many, query, overtaken)
    assert (left.state, left.counts.created, clusters(own)) == (JobState.RUNNING, ROWS_A_BATCH, ROWS_A_BATCH)
    work_on(taken[0], run_import)
    assert (taken[0].read().state, clusters(own)) == (JobState.SUCCEEDED, ROWS)


@pytest.mark.parametrize("mode", list(ImportMode))
def test_two_imports_at_once_record_everything_once(own: Database, tmp_path: Path, mode: ImportMode) -> None:
    file = tmp_path / "some.csv"
    rows = "".join(f"{number * 7919:020b},FR,{number}\n" for number in range(50))
    file.write_text(f"name,country,eccp\n{rows}")
    query = ImportQuery(kind=ImportKind.CLUSTERS, mode=mode, allow_duplicates=True)
    done: list[ImportRead] = []

    def run() -> None:
        done.append(import_path(own, SystemClock(), file, query, lambda _done, _total: None))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((one.counts.created, one.counts.left) for one in done) == [(0, 50), (50, 0)]
    assert clusters(own) == 50


def test_findings_beyond_the_bound_are_counted_only(own: Database, many: Path) -> None:
    query = ImportQuery(kind=ImportKind.CLUSTERS, dry_run=True, allow_duplicates=True)
    done = import_path(own, SystemClock(), many, query, lambda _done, _total: None)
    with own.session() as session:
        kept = session.scalars(sa.select(sa.func.count()).select_from(JobFinding)).one()
    assert (done.counts.created, kept, clusters(own)) == (ROWS, 1000, 0)
