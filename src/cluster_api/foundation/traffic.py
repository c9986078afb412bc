"""What every rendered answer goes through: one trace, one log line, counters, and the headers of every answer."""

import time
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster_api.foundation.errors import Problem
from cluster_api.foundation.guard import has_credentials
from cluster_api.foundation.logs import log
from cluster_api.foundation.openapi import retirement_of
from cluster_api.foundation.problems import as_problem, problem_response
from cluster_api.foundation.telemetry import Metrics, current_trace, trace_of, traceparent

FIXED_HEADERS: Mapping[bytes, bytes] = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"api-version": b"1.0.0",
}
SECURE_HEADERS: Mapping[bytes, bytes] = {b"strict-transport-security": b"max-age=31536000"}
PUBLIC_HEADERS: Mapping[bytes, bytes] = {
    b"access-control-allow-origin": b"*",
    b"access-control-expose-headers": b"ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After",
    b"cross-origin-resource-policy": b"cross-origin",
}
"""What pages of every origin may read: reads without credentials, and nothing else."""
PRIVATE_HEADERS: Mapping[bytes, bytes] = {b"cross-origin-resource-policy": b"same-origin"}
PAGE_HEADERS: Mapping[bytes, bytes] = {
    b"cross-origin-opener-policy": b"same-origin",
    b"permissions-policy": b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""What matters only where a browser shows the answer as a page."""
READING = frozenset({"GET", "HEAD"})


class Traffic:
    """The ASGI layer between kept public reads and the application."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, constraints: Mapping[str, type[Problem]], public_url: str = ""
    ) -> None:
        """Count into these metrics; name broken constraints by this table; tell callers of this origin."""
        self.app = app
        self.metrics = metrics
        self.constraints = constraints
        fixed = {**FIXED_HEADERS, **(SECURE_HEADERS if public_url.startswith("https://") else {})}
        self._public = {**fixed, **PUBLIC_HEADERS}
        self._private = {**fixed, **PRIVATE_HEADERS}
        self._metadata = f', resource_metadata="{public_url}/.well-known/oauth-protected-resource"'.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Trace, measure and log one request; whatever was raised and not answered becomes a problem here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        trace = trace_of(dict(scope["headers"]).get(b"traceparent"))
        token = current_trace.set(trace)
        status = 0
        known = has_credentials(scope["headers"])

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = self._headers(scope, dict(message["headers"]), known=known)
                headers[b"traceparent"] = traceparent(trace)
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

    def _headers(self, scope: Scope, given: dict[bytes, bytes], *, known: bool) -> dict[bytes, bytes]:
        """Answer the headers of an answer: what it says itself, over what is said of every answer of its kind."""
        is_public = not known and scope["method"] in READING
        headers = {**(self._public if is_public else self._private), **given, **retirement_of(scope.get("route"))}
        if known:
            headers.setdefault(b"cache-control", b"no-store")
        if given.get(b"content-type", b"").startswith(b"text/html"):
            headers = {**PAGE_HEADERS, **headers}
        challenge = given.get(b"www-authenticate", b"")
        if challenge.startswith(b"Bearer"):
            # RFC 9728: where a caller without a token learns how to get one.
            headers[b"www-authenticate"] = challenge + self._metadata
        return headers

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
