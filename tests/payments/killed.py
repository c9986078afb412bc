"""A service that dies at the moment a payment is committed: run as a process of its own by ``test_killed``.

The argument is JSON: the address of the database, the folder of its keys, the instant, ``before_commit`` or
``after_commit``, the headers and the body of an order.
"""

import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.app import create_service
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.settings import Settings
from cluster_api.payments.models import PaymentFile


def mark(session: Session, _context: object) -> None:
    """Remember that a file of orders was written in a transaction."""
    if any(isinstance(one, PaymentFile) for one in session.new):
        session.info["ordered"] = True


def die(session: Session) -> None:
    """Kill this process, as the kernel would, when such a transaction is about to be committed or just was."""
    if session.info.get("ordered"):
        os.kill(os.getpid(), signal.SIGKILL)


def main(said: dict[str, Any]) -> None:
    """Order payments, and die on the way."""
    database = Database(said["address"])
    settings = Settings(_env_file=None, data_dir=Path(said["data_dir"]))
    service = create_service(settings, clock=FixedClock(datetime.fromisoformat(said["now"])), database=database)
    client = TestClient(service)
    sa.event.listen(Session, "after_flush", mark)
    sa.event.listen(Session, said["when"], die)
    answer = client.post("/v1/exchange-payments", json=said["body"], headers=said["headers"])
    sys.stderr.write(f"{answer.status_code} {answer.text}\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
