"""How much one client may ask for: requests in a minute, requests at once, bytes in a body, and wrong credentials.

A client is whom ``scope["state"]["allowance"]`` names, and without credentials the address the request came from. All
counts are kept in the process; ``sharedlimits`` lets processes tell each other.
"""

import asyncio
import ipaddress
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster_api.foundation.errors import TooLarge, TooManyRequests
from cluster_api.foundation.problems import problem_response
from cluster_api.foundation.windows import Window

SECONDS_IN_THE_QUEUE = 1.0
"""How long a request waits for others of the same client: longer than a burst of a page, shorter than patience."""


def network_of(address: str) -> str:
    """Answer how an address is counted: IPv6 by its /64, which is what one subscriber gets, IPv4 as it is."""
    try:
        parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{ipaddress.IPv6Address(int(parsed) >> 64 << 64)}/64"


def address_of(scope: Scope) -> str:
    """Answer how the address of a request is counted."""
    return network_of(scope["client"][0]) if scope.get("client") else "unknown"


def client_of(scope: Scope) -> str:
    """Answer the name under which the caller of a request is counted."""
    return str(scope.get("state", {}).get("allowance") or f"address:{address_of(scope)}")


class Allowance:
    """Counts requests of clients in the last minute; ``others`` is what other processes have told of them."""

    def __init__(self, most: int) -> None:
        """Allow this many requests in any minute."""
        self.most = most
        self.own = Window()
        self.others = Window()

    def take(self, client: str, now: float) -> tuple[bool, int, int]:
        """Answer whether one more request is allowed, how many are left, and in how many seconds the minute ends.

        ``now`` is a number of seconds that only grows. A refused request is not counted.
        """
        used = self.own.count(client, now) + self.others.count(client, now)
        allowed = used < self.most
        if allowed:
            self.own.add(client, now)
        return allowed, max(0, int(self.most - used - allowed)), max(1, round(60 - now % 60))


FREE_FAILURES = 3
"""Wrong credentials in a minute that cost nothing: a mistyped key, a token that ended while it was used."""
FIRST_DELAY = 0.125
LONGEST_DELAY = 2.0
"""Two seconds bound a guesser to thirty tries a minute at a time, and are bearable for whose client it is."""
MOST_FAILURES = 30
"""Wrong credentials in a minute from one address after which it is not listened to; nobody mistypes so often."""


class Failures:
    """Counts credentials that were not accepted, by address and by client.

    A client that strangers fail to impersonate is only slowed; what is blocked is an address, so that nobody can lock
    out a client by guessing at its name.
    """

    def __init__(self) -> None:
        """Begin without a failure."""
        self._seen = Window()

    def add(self, key: str, now: float) -> None:
        """Count one failure of an address or of a client; ``now`` is a number of seconds that only grows."""
        self._seen.add(key, now)

    def wait_of(self, key: str, now: float) -> float:
        """Answer for how many seconds the next check of this key shall be delayed: none at first, two at most."""
        beyond = int(self._seen.count(key, now)) - FREE_FAILURES
        return 0.0 if beyond <= 0 else min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(beyond - 1, 10))

    def is_blocked(self, address: str, now: float) -> bool:
        """Answer whether an address has failed so often in the last minute that it is not listened to."""
        return self._seen.own_count(address, now) >= MOST_FAILURES


class AtOnce:
    """Bounds how many requests of one client are at work, so that one client cannot occupy all threads."""

    def __init__(self, most: int, seconds: float = SECONDS_IN_THE_QUEUE) -> None:
        """Let this many run and as many again wait, each for at most this long."""
        self.most = most
        self.seconds = seconds
        self._running: dict[str, int] = {}
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def enter(self, client: str) -> bool:
        """Answer whether the request may run, perhaps after a short wait; then ``leave`` must follow."""
        running = self._running.get(client, 0)
        if running < self.most:
            self._running[client] = running + 1
            return True
        queue = self._waiting.setdefault(client, deque())
        if len(queue) >= self.most:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            async with asyncio.timeout(self.seconds):
                await turn
        except TimeoutError:
            # The turn may have come in the very moment in which the patience ended.
            return _has_come(turn)
        except asyncio.CancelledError:
            if _has_come(turn):
                self.leave(client)
            raise
        finally:
            self._unqueue(client, turn)
        return True

    def leave(self, client: str) -> None:
        """Give the place of a request that has ended to the next of the same client."""
        for turn in self._waiting.get(client, ()):
            if not turn.done():
                turn.set_result(None)
                return
        left = self._running[client] - 1
        if left:
            self._running[client] = left
        else:
            del self._running[client]

    def _unqueue(self, client: str, turn: "asyncio.Future[None]") -> None:
        queue = self._waiting[client]
        with suppress(ValueError):
            queue.remove(turn)
        if not queue:
            del self._waiting[client]


def _has_come(turn: "asyncio.Future[None]") -> bool:
    return turn.done() and not turn.cancelled()


class Limits:
    """The ASGI layer that bounds what one client may send: requests in a minute and at once, bytes in a body."""

    def __init__(
        self, app: ASGIApp, *, most_bytes: int, most_bytes_of: Mapping[str, int], allowance: Allowance, at_once: int
    ) -> None:
        """Bound bodies by this number of bytes, or by that of the path; count requests into this allowance."""
        self.app = app
        self.most_bytes = most_bytes
        self.most_bytes_of = most_bytes_of
        self.policy = f'"default";q={allowance.most};w=60'.encode()
        self.allowance = allowance
        self.at_once = AtOnce(at_once)
        # The minute of the clock, which other processes share, but in steps that nobody can set back.
        self._began = time.time() - time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too much, and tell every caller what is left."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = client_of(scope)
        allowed, left, reset = self.allowance.take(client, self._began + time.monotonic())
        told = [
            (b"ratelimit-policy", self.policy),
            (b"ratelimit", f'"default";r={left};t={reset}'.encode()),
        ]

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *told]}
            await send(message)

        if not allowed:
            detail = f"At most {self.allowance.most} requests a minute; wait {reset} s."
            await _refuse(detail, reset, scope, receive, tell)
            return
        if not await self.at_once.enter(client):
            detail = f"At most {self.at_once.most} requests at once; wait for answers before sending more."
            await _refuse(detail, 1, scope, receive, tell)
            return
        try:
            await self._bounded(scope, receive, tell)
        finally:
            self.at_once.leave(client)

    def _most_of(self, path: str) -> int:
        for pattern, most in self.most_bytes_of.items():
            start, star, end = pattern.partition("*")
            part = path[len(start) : len(path) - len(end)]
            inside = path.startswith(start) and path.endswith(end) and part and "/" not in part
            if path == pattern or (star and inside):
                return most
        return self.most_bytes

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self._most_of(scope["path"])
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


async def _refuse(detail: str, seconds: int, scope: Scope, receive: Receive, send: Send) -> None:
    problem = TooManyRequests(detail, headers={"Retry-After": str(seconds)})
    await problem_response(problem, scope["path"])(scope, receive, send)
