"""One client can neither use up what others need nor be locked out by strangers."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from cluster_api.foundation.limits import Allowance, AtOnce, Failures, Limits, client_of, network_of


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("x" * 500, "x" * 64),
    ],
)
def test_address_is_counted_by_its_network(address: str, counted: str) -> None:
    assert network_of(address) == counted


def test_known_caller_is_counted_by_name_and_others_by_address() -> None:
    scope: Scope = {"client": ("192.0.2.7", 1), "state": {"allowance": "client:1"}}
    assert [client_of(scope), client_of({**scope, "state": {}}), client_of({"client": None})] == [
        "client:1", "address:192.0.2.7", "address:unknown",
    ]  # fmt: skip


class Slow:
    """An application whose requests end when they are told to."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.end = asyncio.Event()

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        await self.end.wait()
        self.running -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def ask(layer: Limits, client: str) -> tuple[int, dict[bytes, bytes]]:
    started: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        started.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "state": {"allowance": client}}
    await layer(scope, receive, send)
    return started[0]["status"], dict(started[0]["headers"])


def layer_around(app: Slow, at_once: int, seconds: float = 0.05) -> Limits:
    layer = Limits(app, most_bytes=1, most_bytes_of={}, allowance=Allowance(1000), at_once=at_once)
    layer.at_once.seconds = seconds
    return layer


def test_one_client_cannot_occupy_everything() -> None:
    async def scene() -> None:
        app = Slow()
        layer = layer_around(app, at_once=2)
        greedy = [asyncio.create_task(ask(layer, "greedy")) for _ in range(10)]
        await asyncio.sleep(0.2)
        assert app.running == 2
        modest = asyncio.create_task(ask(layer, "modest"))
        await asyncio.sleep(0)
        assert app.running == 3
        app.end.set()
        answers = [await task for task in greedy]
        assert sorted(status for status, _ in answers) == [200, 200, *[429] * 8]
        assert {told[b"retry-after"] for status, told in answers if status == 429} == {b"1"}
        assert (await modest)[0] == 200

    asyncio.run(scene())


def test_short_burst_waits_for_its_turn() -> None:
    async def scene() -> None:
        app = Slow()
        layer = layer_around(app, at_once=2, seconds=5)
        burst = [asyncio.create_task(ask(layer, "one")) for _ in range(4)]
        await asyncio.sleep(0.01)
        app.end.set()
        assert [(await task)[0] for task in burst] == [200] * 4
        assert app.most == 2

    asyncio.run(scene())


def test_whoever_gives_up_waiting_leaves_nothing_behind() -> None:
    async def scene() -> None:
        gate = AtOnce(1, seconds=5)
        assert await gate.enter("a")
        waiting = asyncio.create_task(gate.enter("a"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.leave("a")
        assert (gate._running, gate._waiting) == ({}, {})

    asyncio.run(scene())


def test_place_given_to_somebody_who_gives_up_is_given_on() -> None:
    async def scene() -> None:
        gate = AtOnce(2, seconds=5)
        assert [await gate.enter("a"), await gate.enter("a")] == [True, True]
        first, second = (asyncio.create_task(gate.enter("a")) for _ in range(2))
        await asyncio.sleep(0)
        gate.leave("a")
        first.cancel()
        assert await second
        for _ in range(2):
            gate.leave("a")
        assert (gate._running, gate._waiting) == ({}, {})

    asyncio.run(scene())


def test_failures_slow_down_more_and_more_up_to_two_seconds() -> None:
    failures = Failures()
    waits = []
    for _ in range(10):
        waits.append(failures.wait_of("client:1", 60.0))
        failures.add("client:1", 60.0)
    assert waits == [0, 0, 0, 0, 0.125, 0.25, 0.5, 1, 2, 2]


def test_failures_are_forgotten_after_a_pause() -> None:
    failures = Failures()
    for _ in range(50):
        failures.add("a", 60.0)
    assert (failures.is_blocked("a", 60.0), failures.is_blocked("a", 180.0), failures.wait_of("a", 180.0)) == (
        True, False, 0,
    )  # fmt: skip


def test_block_is_of_one_address() -> None:
    failures = Failures()
    for _ in range(29):
        failures.add("a", 60.0)
    assert not failures.is_blocked("a", 60.0)
    failures.add("a", 60.0)
    assert [failures.is_blocked(address, 60.0) for address in ("a", "b")] == [True, False]


def test_strangers_slow_a_client_but_do_not_lock_it_out() -> None:
    failures = Failures()
    for number in range(1000):
        failures.add("client:1", 60.0)
        failures.add(f"address-{number}", 60.0)
    assert failures.wait_of("client:1", 60.0) == 2
    assert not failures.is_blocked("address-of-the-client", 60.0)
