"""Servers of one run: each a process of its own on a free port of this machine, started, measured and ended."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
PATIENCE_SECONDS = 60.0
MEBIBYTE = 1 << 20


def uvicorn(application: str, *, factory: bool = False) -> list[str]:
    """The command that serves an ASGI application as everything here is served; the port is added when it starts."""
    options = ["--workers", "1", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    return [str(BIN / "uvicorn"), application, "--host", HOST, *(["--factory"] if factory else []), *options]


def granian(application: str, *, threads: int) -> list[str]:
    """The command that serves a WSGI application."""
    options = ["--workers", "1", "--blocking-threads", str(threads), "--log-level", "error"]
    return [str(BIN / "granian"), "--interface", "wsgi", "--host", HOST, *options, application]


class Unmeasured(Exception):  # noqa: N818 - facts have no suffix in this house
    """Why a figure could not be measured; the table says so instead of the figure."""


@dataclass(slots=True)
class Server:
    """A contender: its name in the tables, the command that starts it, and its settings."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    first_path: str = "/"
    database_pid: int | None = None
    port: int = 0
    seconds_to_first_answer: float = 0.0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _log: Path = field(default=Path(os.devnull), repr=False)

    def start(self) -> None:
        """Start on a free port and wait until `first_path` is answered; raise Unmeasured with its words if it dies."""
        self.port = free_port()
        handle, name = tempfile.mkstemp(prefix="bench-", suffix=".log")
        self._log = Path(name)
        environment = {**os.environ, **self.environment, "PORT": str(self.port), "HOST": HOST}
        # The service's own command takes the port from its settings, the others as an option.
        command = [*self.command, *([] if self.command[-1] == "serve" else ["--port", str(self.port)])]
        began = time.perf_counter()
        with os.fdopen(handle, "wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        while not self._answers():
            if self._process.poll() is not None or time.perf_counter() - began > PATIENCE_SECONDS:
                words = self._log.read_text(errors="replace")[-3000:]
                self.stop()
                raise Unmeasured(f"{self.name} does not answer:\n{words}")
            time.sleep(0.005)
        self.seconds_to_first_answer = time.perf_counter() - began

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get(self.first_path)[0] < 500
        return False

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes, Mapping[str, str]]:
        """One request on a connection of its own: status, body, headers (their names in lower case)."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def processes(self) -> list[psutil.Process]:
        """The server and everything it started."""
        if self._process is None:
            return []
        top = psutil.Process(self._process.pid)
        return [top, *top.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Processor time used so far by the server's processes and by those of the database server, if it has one."""
        times = [process.cpu_times() for process in self.processes()]
        own = sum(spent.user + spent.system for spent in times)
        return float(own) + (tree_seconds(self.database_pid) if self.database_pid else 0.0)

    def resident(self, line: str = "VmRSS") -> float:
        """Memory of the server's processes in MiB, from this line of /proc: VmRSS is now, VmHWM the highest so far."""
        kibibytes = 0
        for process in self.processes():
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            kibibytes += next(int(row.split()[1]) for row in status.splitlines() if row.startswith(f"{line}:"))
        return kibibytes * 1024 / MEBIBYTE

    def stop(self) -> None:
        """End the processes that were started here."""
        processes = self.processes() if self._process is not None and self._process.poll() is None else []
        for process in processes[:1]:
            process.terminate()
        _, alive = psutil.wait_procs(processes, timeout=5)
        for process in alive:
            process.kill()
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self._log != Path(os.devnull):
            self._log.unlink(missing_ok=True)


def tree_seconds(pid: int) -> float:
    """Processor time of a process and all its children so far, those that have ended among them."""
    top = psutil.Process(pid)
    spent = top.cpu_times()
    seconds = spent.user + spent.system + spent.children_user + spent.children_system
    for child in top.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            seconds += times.user + times.system
    return float(seconds)


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(*servers: Server) -> Iterator[None]:
    """Start these servers one after the other, and end them all whatever happens."""
    try:
        for server in servers:
            server.start()
        yield
    finally:
        for server in servers:
            server.stop()
