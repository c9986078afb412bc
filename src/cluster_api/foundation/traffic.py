"""What every rendered answer goes through: one trace, one log line, counters, limits, and the fixed headers."""

import time
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster_api.foundation.errors import Problem, TooLarge, TooManyRequests
from cluster_api.foundation.logs import log
from cluster_api.foundation.openapi import retirement_of
from cluster_api.foundation.problems import as_problem, problem_response
from cluster_api.foundation.telemetry import Metrics, current_trace, trace_of, traceparent

FIXED_HEADERS: Mapping[bytes, bytes] = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"access-control-allow-origin": b"*",
    b"access-control-expose-headers": b"ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After",
    b"api-version": b"1.0.0",
}


class Traffic:
    """The ASGI layer between kept public reads and the application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, constraints: Mapping[str, type[Problem]]) -> None:
        """Count into these metrics; name broken constraints by this table."""
        self.app = app
        self.metrics = metrics
        self.constraints = constraints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Trace, measure and log one request; whatever was raised and not answered becomes a problem here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        trace = trace_of(dict(scope["headers"]).get(b"traceparent"))
        token = current_trace.set(trace)
        status = 0

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = {**FIXED_HEADERS, **dict(message["headers"]), b"traceparent": traceparent(trace)}
                headers |= retirement_of(scope.get("route"))
                message = {**message, "headers": list(headers.items())}
            await send(message)

        try:
            try:
                await self.app(scope, receive, tell)
            except Exception as error:
                if status:
                    raise
                await problem_response(as_problem(error, self.constraints), scope["path"])(scope, receive, tell)
        finally:
            self._account(scope, status, time.perf_counter() - began)
            current_trace.reset(token)

    def _account(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self.metrics.requests.labels(scope["method"], route, status).inc()
        self.metrics.seconds.labels(route).observe(seconds)
        log.info(
            "request.answered",
            method=scope["method"],
            path=scope["path"],
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 2),
        )


MINUTE = 60
MOST_CLIENTS = 100_000


class Allowance:
    """Counts requests of clients over the last minute by the sliding window of two counters.

    The present minute's count, and that of the minute before weighted by how much of it still lies within the last
    sixty seconds: one small tuple a client, no thread, and at most a few per cent off the exact number.
    """

    def __init__(self, most: int) -> None:
        """Allow this many requests in any minute."""
        self.most = most
        self._counts: dict[str, tuple[int, int, int]] = {}  # minute, its count, the count of the minute before

    def take(self, client: str, now: float) -> tuple[bool, int, int]:
        """Answer whether one more request is allowed, how many are left, and in how many seconds the minute ends.

        ``now`` is a number of seconds that only grows. A refused request is not counted.
        """
        minute, within = divmod(now, MINUTE)
        last, count, before = self._counts.get(client, (int(minute), 0, 0))
        if last != int(minute):
            count, before = 0, count if last == int(minute) - 1 else 0
        used = count + before * (1 - within / MINUTE)
        allowed = used < self.most
        if len(self._counts) >= MOST_CLIENTS and client not in self._counts:
            self._counts.clear()
        self._counts[client] = (int(minute), count + allowed, before)
        return allowed, max(0, int(self.most - used - allowed)), max(1, round(MINUTE - within))


class Limits:
    """The ASGI layer that bounds what one client may send: bytes in a body, requests in a minute."""

    def __init__(
        self, app: ASGIApp, *, most_bytes: int, most_bytes_of: Mapping[str, int], requests_per_minute: int
    ) -> None:
        """Bound bodies by this number of bytes, or by that of the path; count requests by client address."""
        self.app = app
        self.most_bytes = most_bytes
        self.most_bytes_of = most_bytes_of
        self.policy = f'"default";q={requests_per_minute};w=60'.encode()
        self.allowance = Allowance(requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too much, and tell every caller what is left."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = scope["client"][0] if scope.get("client") else "unknown"
        allowed, left, reset = self.allowance.take(client, time.monotonic())
        told = [
            (b"ratelimit-policy", self.policy),
            (b"ratelimit", f'"default";r={left};t={reset}'.encode()),
        ]

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *told]}
            await send(message)

        if not allowed:
            problem = TooManyRequests(
                f"At most {self.allowance.most} requests a minute; wait {reset} s.", headers={"Retry-After": str(reset)}
            )
            await problem_response(problem, scope["path"])(scope, receive, tell)
            return
        await self._bounded(scope, receive, tell)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self.most_bytes_of.get(scope["path"], self.most_bytes)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        problem = TooLarge(f"The body may have at most {most} bytes.")
        if length.isdigit() and int(length[:20]) > most:
            await problem_response(problem, scope["path"])(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                # FastAPI turns whatever else is raised while it reads a body into a 400.
                raise HTTPException(413, problem.detail)
            return message

        await self.app(scope, counted, send)
