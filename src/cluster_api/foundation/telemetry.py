"""One identity for a request in log, problem and trace (W3C Trace Context), and the counters of `/metrics`."""

import random
import re
from contextvars import ContextVar
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram

TRACEPARENT = re.compile(r"^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")

# Trace identifiers need to be distinct, not secret; the system's source of randomness would cost a call per request.
_random = random.Random()  # noqa: S311

current_trace: ContextVar[str] = ContextVar("current_trace", default="0" * 32)


def trace_of(header: bytes | None) -> str:
    """Answer the trace a caller named in ``traceparent``, or a new one if there is none or it is malformed."""
    if header is not None and (match := TRACEPARENT.match(header.decode("latin-1"))):
        return match.group(1)
    return f"{_random.getrandbits(128) | 1:032x}"


def traceparent(trace: str) -> bytes:
    """Answer the ``traceparent`` of our own span in this trace."""
    return f"00-{trace}-{_random.getrandbits(64) | 1:016x}-01".encode()


def new_traceparent() -> bytes:
    """Answer the ``traceparent`` of a trace that begins here."""
    return b"00-%032x-%016x-01" % (_random.getrandbits(128) | 1, _random.getrandbits(64) | 1)


@dataclass(frozen=True)
class Metrics:
    """What `/metrics` shows about one application."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    cache: Counter


def new_metrics() -> Metrics:
    """Answer fresh counters; one set per application, so that tests do not share them."""
    registry = CollectorRegistry()
    return Metrics(
        registry=registry,
        requests=Counter(
            "cluster_api_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        ),
        seconds=Histogram(
            "cluster_api_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ["route"],
            registry=registry,
        ),
        cache=Counter(
            "cluster_api_public_reads",
            "Public reads by whether kept bytes answered them.",
            ["result"],
            registry=registry,
        ),
    )
