"""Servers that run: one over the demonstration register, as after `make run`, and one whose clock a journey sets."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import uvicorn

from cluster_api.app import create_service
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.serving import server_options
from cluster_api.foundation.settings import Settings
from cluster_api.upkeep.actions import do_what_is_due
from tests.issuers import TestIssuer
from tests.journeys.parties import Generated, House

ROOT = Path(__file__).parents[2]
BEFORE_ALL = datetime(2020, 1, 6, 10, 0, tzinfo=UTC)
RUN = [sys.executable, "-c", "from cluster_api.cli import main; main()"]


@dataclass(frozen=True)
class Live:
    """A server that runs, and the environment it was given."""

    base: str
    environment: dict[str, str]
    folder: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_so: Callable[[], bool], otherwise: str) -> None:
    for _ in range(300):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError(otherwise)


def is_ready(base: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the server ended"
    try:
        with urllib.request.urlopen(f"{base}/health/ready", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Give a server over the demonstration register, with credentials of every role lent, on a free port."""
    folder: Path = tmp_path_factory.mktemp("live")
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "HOST"}},
        "DATA_DIR": str(folder / "var"),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    for command in ("migrate", "seed", "credentials"):
        subprocess.run([*RUN, command], env=environment, check=True, capture_output=True, cwd=folder)
    process = subprocess.Popen(
        [*RUN, "serve"], env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}"
    try:
        wait_until(partial(is_ready, base, process), "the server did not become ready in 30 s")
        yield Live(base, environment, folder)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0, "the server does not end cleanly"


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    """Generate the client as `make client` does, and import it."""
    folder = tmp_path_factory.mktemp("client")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(
        [
            str(Path(sys.executable).parent / "openapi-python-client"), "generate", "--fail-on-warning",
            "--path", str(ROOT / "openapi/openapi.json"), "--config", str(ROOT / "openapi/client.yaml"),
            "--meta", "none", "--output-path", str(folder / "cluster_client"),
        ],
        check=True, capture_output=True, cwd=folder, env={**os.environ, "PATH": path},
    )  # fmt: skip
    sys.path.insert(0, str(folder))
    yield Generated("cluster_client")
    sys.path.remove(str(folder))


@contextmanager
def serving(settings: Settings, clock: FixedClock, database: Database) -> Iterator[None]:
    """Serve beside the test while the block runs, with the clock of the test."""
    service = create_service(settings, clock=clock, database=database)
    server = uvicorn.Server(uvicorn.Config(service, **server_options(settings)))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, "the server did not start in 30 s")
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        assert not thread.is_alive(), "the server does not end"


@pytest.fixture
def house(
    database: Database, settings: Settings, issuer: TestIssuer, client: Generated, tmp_path: Path
) -> Iterator[House]:
    """Give a server over an empty database at the beginning of 2020, and a house of those who call it."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    own = settings.model_copy(update={"public_url": base, "port": port, "data_dir": tmp_path})
    clock = FixedClock(BEFORE_ALL)
    # The server has connections of its own, as another process would.
    served = Database(database.url.render_as_string(hide_password=False))
    with serving(own, clock, served):
        made = House(base, clock, client, issuer, database, partial(do_what_is_due, database, own, clock))
        yield made
        made.close()
    served.close()
