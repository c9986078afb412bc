"""What every rendered answer goes through: one trace, one log line, counters, limits, and the fixed headers."""

import time
from collections.abc import Mapping

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster_api.foundation.errors import Problem, TooLarge, TooManyRequests
from cluster_api.foundation.logs import log
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


class Limits:
    """The ASGI layer that bounds what one client may send: bytes in a body, requests in a minute."""

    def __init__(
        self, app: ASGIApp, *, most_bytes: int, most_bytes_of: Mapping[str, int], requests_per_minute: int
    ) -> None:
        """Bound bodies by this number of bytes, or by that of the path; count requests by client address."""
        self.app = app
        self.most_bytes = most_bytes
        self.most_bytes_of = most_bytes_of
        self.rate = RateLimitItemPerMinute(requests_per_minute)
        self.policy = f'"default";q={requests_per_minute};w=60'.encode()
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too much, and tell every caller what is left."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = scope["client"][0] if scope.get("client") else "unknown"
        allowed = self.limiter.hit(self.rate, client)
        window = self.limiter.get_window_stats(self.rate, client)
        reset = max(1, round(window.reset_time - time.time()))
        told = [
            (b"ratelimit-policy", self.policy),
            (b"ratelimit", f'"default";r={max(0, window.remaining)};t={reset}'.encode()),
        ]

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *told]}
            await send(message)

        if not allowed:
            problem = TooManyRequests(
                f"At most {self.rate.amount} requests a minute; wait {reset} s.", headers={"Retry-After": str(reset)}
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
