"""The command line does what its table in the README says."""

import re
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa
from joserfc import jws
from joserfc.jwk import ECKey
from typer.testing import CliRunner, Result

from cluster_api.cli import app
from cluster_api.clusters.models import Cluster
from cluster_api.decisions.models import Decision
from cluster_api.foundation.database import Database
from cluster_api.foundation.paging import PageQuery
from cluster_api.foundation.settings import Settings
from cluster_api.identity.access import Actor
from cluster_api.journal.actions import make_checkpoints
from cluster_api.journal.errors import CheckpointNotFound, CheckpointNotReadable
from cluster_api.journal.models import JournalCheckpoint, JournalEntry
from cluster_api.journal.queries import checkpoints_page
from cluster_api.ledger.models import Budget
from cluster_api.tallies.models import Tally
from cluster_api.tokens.models import SigningKey
from tests.conftest import NOW, unguarded
from tests.decisions.given import decided, given_board, given_reported
from tests.journal.given import given_days, given_lines, tampering
from tests.ledger.test_actions import given_budget
from tests.register import given_cluster, given_label

README = Path(__file__).parents[2] / "README.md"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that runs a command on an SQLite database of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    runner = CliRunner()
    return lambda *words: runner.invoke(app, list(words), catch_exceptions=False)


@pytest.fixture
def holder(run: Run) -> Database:
    """Give the database of the commands, migrated, with one holder of one label."""
    assert run("migrate").exit_code == 0
    database = Database(Settings().database_address())
    with database.transaction() as session:
        given_label(session, given_cluster(session, "alpha"), "gold", (date(2020, 1, 1), date(2021, 12, 31)))
    return database


def test_every_command_stands_in_the_readme() -> None:
    told = set(re.findall(r"^\| `cluster-api ([a-z-]+)", README.read_text(encoding="utf-8"), re.MULTILINE))
    known = {
        command.name or (command.callback.__name__ if command.callback else "") for command in app.registered_commands
    }
    assert told == known | {str(group.name) for group in app.registered_groups}


def test_serving_an_unmigrated_database_is_refused(run: Run) -> None:
    answer = run("serve")
    assert (answer.exit_code, "run `cluster-api migrate` first" in answer.output) == (1, True)


def test_migrating_again_changes_nothing(run: Run, holder: Database) -> None:
    assert run("migrate").exit_code == 0
    with holder.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Cluster)) == 1
    holder.close()


def test_seeding_leaves_a_register_as_it_is(run: Run, holder: Database) -> None:
    answer = run("seed")
    assert (answer.exit_code, "nothing loaded" in answer.output) == (0, True)
    holder.close()


def test_settings_tell_where_values_come_from(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("COLUMNS", "300")
    (tmp_path / ".env").write_text("LOG_LEVEL=error\n")
    lines = {line.split("│")[1].strip(): line for line in run("settings").output.splitlines() if line.count("│") == 5}
    wanted = {"PORT": ("8123", "environment"), "LOG_LEVEL": ("error", ".env"), "HOST": ("127.0.0.1", "default")}
    for name, (value, source) in wanted.items():
        assert [part.strip() for part in lines[name].split("│")[2:4]] == [value, source]


def test_settings_hide_the_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_KEY", "a-key-nobody-may-see-here")
    assert "nobody-may-see" not in run("settings").output


def test_backup_is_a_whole_database(run: Run, holder: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    assert run("backup", str(copy)).exit_code == 0
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT legal_name FROM cluster").fetchall() == [("alpha",)]
    connection.close()
    assert run("backup", str(copy)).exit_code == 1
    holder.close()


def test_verify_names_a_spoilt_figure(run: Run, holder: Database) -> None:
    assert run("verify", "statistics").exit_code == 0
    with holder.transaction() as session:
        session.execute(sa.update(Tally).where(Tally.series == "current", Tally.span == "day").values(change=7))
    answer = run("verify", "statistics")
    assert (answer.exit_code, "kept 7, counted 1" in answer.output) == (1, True)
    holder.close()


def test_verify_names_a_spoilt_book(run: Run, holder: Database, administrator: Actor) -> None:
    key = given_budget(holder, administrator, 100)
    assert run("verify", "statistics").exit_code == 0
    with holder.transaction() as session, unguarded(session):
        session.execute(sa.update(Budget).values(available_cents=40, paid_cents=60))
    answer = run("verify", "statistics")
    named = f"Budget of {key}: 40 cents are kept as available, entries sum to 100."
    assert (answer.exit_code, named in " ".join(answer.output.split())) == (1, True)
    holder.close()


def test_verify_names_the_first_decision_that_does_not_come_out(run: Run, holder: Database) -> None:
    with holder.transaction() as session:
        board = given_board(session, 3)
        made = [decided(session, given_reported(session), board, "refuse") for _ in range(3)]
        numbers = [one.number for one in made]
    answer = run("verify", "decisions")
    told = "every decision comes out as it is on record: 3 computed again\n"
    assert (answer.exit_code, answer.stdout) == (0, told)
    with holder.transaction() as session, unguarded(session):
        session.execute(sa.update(Decision).where(Decision.number.in_(numbers[1:])).values(result_digest="0" * 64))
    answer = run("verify", "decisions")
    named = [line.split(":")[0] for line in answer.stderr.splitlines() if line.startswith("DE-")]
    assert (answer.exit_code, named) == (1, numbers[1:])
    holder.close()


def test_verify_names_the_first_broken_line(run: Run, holder: Database) -> None:
    given_lines(holder, 6)
    head = run("verify", "journal").stdout.split()[-1]
    given_lines(holder, 1)
    assert run("verify", "journal", "--head", head).exit_code == 0
    with tampering(holder) as connection:
        connection.execute(sa.update(JournalEntry).where(JournalEntry.position == 4).values(event="thing.unmade"))
    answer = run("verify", "journal")
    told = "4: changed: Line 4 was changed: it no longer has the digest with which it was written.\n"
    assert (answer.exit_code, answer.stderr) == (1, told)
    holder.close()


def test_verify_compares_the_journal_with_what_is_kept_outside(run: Run, holder: Database, tmp_path: Path) -> None:
    given_days(holder, [2, 3])
    assert run("tick").exit_code == 0
    with holder.session() as session:
        kept = checkpoints_page(session, PageQuery(limit=200)).items[-1]
    file = tmp_path / "checkpoint.json"
    file.write_text(kept.model_dump_json())
    answer = run("verify", "journal", "--from-checkpoint", str(kept.payload.day), "--checkpoint", str(file))
    assert (answer.exit_code, answer.stderr) == (0, "")
    forged = kept.payload.model_copy(update={"digest": "0" * 64})
    file.write_text(kept.model_copy(update={"payload": forged}).model_dump_json())
    answer = run("verify", "journal", "--checkpoint", str(file))
    assert (answer.exit_code, "checkpoint" in answer.stderr) == (1, True)
    holder.close()


def test_verify_finds_a_day_sealed_by_somebody_else(run: Run, holder: Database) -> None:
    given_days(holder, [2])
    stranger = ECKey.generate_key("P-256", {"kid": "00000000-0000-7000-8000-000000000000"})
    run("tick")

    def forge(payload: bytes) -> tuple[str, str]:
        return jws.serialize_compact({"alg": "ES256"}, payload, stranger, algorithms=["ES256"]), str(stranger.kid)

    with tampering(holder) as connection:
        connection.execute(sa.delete(JournalCheckpoint))
    with holder.transaction() as session:
        make_checkpoints(session, NOW + timedelta(days=2), forge)
    answer = run("verify", "journal")
    assert (answer.exit_code, "signature" in answer.stderr) == (1, True)
    holder.close()


def test_verify_refuses_what_is_no_checkpoint(run: Run, holder: Database, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.json"
    file.write_text('{"payload": {}}')
    with pytest.raises(CheckpointNotReadable):
        run("verify", "journal", "--checkpoint", str(file))
    with pytest.raises(CheckpointNotFound):
        run("verify", "journal", "--from-checkpoint", "2021-01-15")
    assert run("verify", "journal", "--head", "17").exit_code == 2


def test_tick_does_what_is_due_once(run: Run, holder: Database) -> None:
    first, second = (orjson.loads(run("tick").stdout.splitlines()[-1]) for _ in range(2))
    assert {one["what"]: one["count"] for one in first["done"]}["signing_key"] == 1
    assert {one["count"] for one in second["done"]} == {0}
    with holder.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SigningKey)) == 1
    holder.close()


def test_openapi_is_written_to_a_file(run: Run, tmp_path: Path) -> None:
    assert run("openapi", "--output", str(tmp_path / "document.json")).exit_code == 0
    assert (tmp_path / "document.json").read_text().startswith('{\n  "openapi": "3.1')
