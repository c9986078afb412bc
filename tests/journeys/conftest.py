"""A live server over the demonstration register: what a stranger has after `make run`."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

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


def wait_until_ready(base: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{base}/health/ready", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the server did not become ready in 30 s")


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
        wait_until_ready(base, process)
        yield Live(base, environment, folder)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0, "the server does not end cleanly"
