"""The process is killed between order and record, or between record and answer: there is one payment."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.settings import Settings
from cluster_api.payments.models import ExchangePayment, PaymentFile
from tests.grants.given import World
from tests.payments.test_routes import ACCOUNT, BASE, due

ROOT = Path(__file__).parents[2]


def counts(world: World) -> tuple[int, int]:
    """Answer how many files and how many payments there are."""
    with world.database.session() as session:
        found = [
            session.scalar(sa.select(sa.func.count()).select_from(one)) or 0 for one in (PaymentFile, ExchangePayment)
        ]
    return found[0], found[1]


@pytest.mark.parametrize(("when", "is_kept"), [("before_commit", False), ("after_commit", True)])
def test_programme_invariant_15_process_killed_while_it_orders_pays_once(
    world: World, settings: Settings, when: str, *, is_kept: bool
) -> None:
    number = due(world)
    headers = {**world.vop, "Idempotency-Key": str(uuid7())}
    body = {"partnership_id": world.partnership, "numbers": [number], "account": ACCOUNT, "execution_on": "2021-03-15"}
    said = {
        "address": world.database.engine.url.render_as_string(hide_password=False),
        "data_dir": str(settings.data_dir), "now": world.clock.instant.isoformat(), "when": when, "headers": headers,
        "body": body,
    }  # fmt: skip
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])}
    killed = subprocess.run(
        [sys.executable, "-m", "tests.payments.killed", json.dumps(said)],
        capture_output=True, check=False, cwd=ROOT, env={**os.environ, **paths}, timeout=120,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert counts(world) == ((1, 1) if is_kept else (0, 0))
    assert world.held() == {"available": 922_000, "ordered" if is_kept else "due": 78_000}
    again = world.client.post(BASE, json=body, headers=headers)
    assert again.status_code == 201, again.text
    assert again.headers.get("Idempotency-Replayed") == ("true" if is_kept else None)
    assert [one["number"] for one in again.json()["payments"]] == [number]
    assert world.client.post(BASE, json=body, headers={**headers, "Idempotency-Key": "another"}).status_code == 409
    assert counts(world) == (1, 1)
    assert world.held() == {"available": 922_000, "ordered": 78_000}
