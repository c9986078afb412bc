"""The load generator: one process, keep-alive connections, prebuilt requests, as little parsing as an answer allows.

It stands alone and needs only the standard library, so that whoever has the project can measure it. A job comes as
JSON on standard input, its outcome leaves as JSON on standard output; `send` does both from another process.
"""

import gc
import json
import select
import socket
import subprocess
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle

CONNECTIONS = 32
READ_BYTES = 1 << 16
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Job:
    """What to send: requests as text, to one port on this machine, for so many seconds or until they are used up."""

    port: int
    requests: list[str]
    seconds: float
    repeat: bool
    connections: int = CONNECTIONS
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back. Latencies in milliseconds; `errors` are connections lost and answers that never came."""

    per_second: float
    p50: float
    p99: float
    answers: int
    seconds: float
    errors: int
    statuses: dict[str, int] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """Answers that were neither a success nor 304."""
        return sum(count for status, count in self.statuses.items() if not status.startswith("2") and status != "304")

    @property
    def is_clean(self) -> bool:
        """Whether every request was answered as it should be."""
        return self.answers > 0 and not self.errors and not self.refused


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    pending: bytes = b""


def answer_is_whole(data: bytes) -> bool:
    """Whether the bytes hold one whole answer: by its length, by the last chunk, or because 304 has no body."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return False
    if data[9:12] in {b"304", b"204"}:
        return True
    # Servers differ in the case of header names; the end of the name is the same in all of them.
    at = data.find(b"ength: ", 0, head)
    if at < 0:
        return data.endswith(b"0\r\n\r\n") and len(data) > head + 4
    return len(data) >= head + 4 + int(data[at + 7 : data.index(b"\r", at)])


def run(job: Job) -> Outcome:
    """Send the job's requests, each connection one at a time, and measure."""
    return _Run(job).measure()


class _Run:
    def __init__(self, job: Job) -> None:
        self.job = job
        raw = [request.encode("latin-1") for request in job.requests]
        self.requests: Iterator[bytes] = cycle(raw) if job.repeat else iter(raw)
        self.connections: dict[int, _Connection] = {}
        self.poll = select.poll()
        self.latencies = array("d")
        self.statuses: Counter[bytes] = Counter()
        self.errors = 0

    def measure(self) -> Outcome:
        gc.disable()
        for _ in range(self.job.connections):
            self._open()
        began = time.perf_counter()
        for connection in list(self.connections.values()):
            self._next(connection)
        ended = self._pump(began + self.job.seconds)
        return self._outcome(ended - began)

    def _open(self) -> None:
        opened = socket.create_connection((self.job.host, self.job.port), timeout=PATIENCE_SECONDS)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # With a timeout Python asks the kernel twice for each call: whether it may, and then to do it.
        opened.setblocking(False)
        self.connections[opened.fileno()] = _Connection(opened)
        self.poll.register(opened, select.POLLIN)

    def _next(self, connection: _Connection) -> None:
        request = next(self.requests, None)
        if request is None:
            self._drop(connection)
            return
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(request)

    def _drop(self, connection: _Connection) -> None:
        self.poll.unregister(connection.socket)
        del self.connections[connection.socket.fileno()]
        connection.socket.close()

    def _pump(self, deadline: float) -> float:
        """Answer and send on all ready connections in one pass, until time is up; answer when the last one came."""
        clock, connections, latencies, statuses = (
            time.perf_counter,
            self.connections,
            self.latencies,
            self.statuses,
        )
        now = clock()
        while connections:
            ready = self.poll.poll(PATIENCE_SECONDS * 1000)
            if not ready:
                self.errors += len(connections)
                return now
            for number, _ in ready:
                connection = connections[number]
                data = self._received(connection)
                if data is None:
                    continue
                now = clock()
                latencies.append(now - connection.sent_at)
                statuses[data[9:12]] += 1
                if now < deadline:
                    self._next(connection)
                else:
                    self._drop(connection)
        return now

    def _received(self, connection: _Connection) -> bytes | None:
        try:
            data = connection.socket.recv(READ_BYTES)
        except OSError:
            data = b""
        if not data:
            self.errors += 1
            self._drop(connection)
            return None
        if connection.pending:
            data = connection.pending + data
        if answer_is_whole(data):
            connection.pending = b""
            return data
        connection.pending = data
        return None

    def _outcome(self, seconds: float) -> Outcome:
        ordered = sorted(self.latencies)
        return Outcome(
            per_second=len(ordered) / seconds if seconds else 0.0,
            p50=1000 * quantile(ordered, 0.50),
            p99=1000 * quantile(ordered, 0.99),
            answers=len(ordered),
            seconds=seconds,
            errors=self.errors,
            statuses={status.decode("latin-1"): count for status, count in self.statuses.items()},
        )


def quantile(ordered: Sequence[float], part: float) -> float:
    """The value below which this part of the ordered values lies (nearest rank); 0 of nothing."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def send(job: Job) -> Outcome:
    """Run a job in a process of its own, so that neither the caller's memory nor its garbage disturbs it."""
    finished = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=json.dumps(asdict(job)), capture_output=True, text=True, check=True
    )
    return Outcome(**json.loads(finished.stdout))


if __name__ == "__main__":
    print(json.dumps(asdict(run(Job(**json.load(sys.stdin))))))
