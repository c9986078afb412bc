"""What callers name is fetched only from the public internet, in bounded time and size."""

import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cluster_api.foundation.outbound import AddressNotAllowed, AddressNotReachable, Outbound, is_public
from tests.foundation.certificates import given_certificate

NAMES = {
    "loopback.example": ["127.0.0.1"],
    "loopback6.example": ["::1"],
    "metadata.example": ["169.254.169.254"],
    "private.example": ["10.1.2.3"],
    "mapped.example": ["::ffff:10.1.2.3"],
    "sixtofour.example": ["2002:0a01:0203::1"],
    "nat64.example": ["64:ff9b::a01:203"],
    "mixed.example": ["93.184.215.14", "10.1.2.3"],
    "carrier.example": ["100.64.0.1"],
    "unspecified.example": ["0.0.0.0"],  # noqa: S104 - an address to be refused
    "multicast.example": ["224.0.0.1"],
    "nobody.example": [],
}


def resolve(host: str, _port: int) -> Sequence[str]:
    return NAMES[host]


class Answers(BaseHTTPRequestHandler):
    """Answers by path, as bad servers do."""

    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"]))
        getattr(self, f"_{self.path.strip('/').replace('-', '_') or 'good'}")()

    def _give(self, body: bytes, status: int = 200, media: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": media, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _good(self) -> None:
        self._give(b'{"keys": []}')

    def _keys(self) -> None:
        self._give(b'{"keys": []}', media="application/jwk-set+json; charset=utf-8")

    def _garbage(self) -> None:
        self._give(b'{"keys": ')

    def _page(self) -> None:
        self._give(b"{}", media="text/html")

    def _missing(self) -> None:
        self._give(b"{}", status=404)

    def _redirect(self) -> None:
        self._give(b"{}", status=302, Location="/good")

    def _huge(self) -> None:
        self._give(b'"' + b"x" * 262_144 + b'"')

    def _silent(self) -> None:
        time.sleep(4)

    def _dripping(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        for _ in range(20):
            time.sleep(0.25)
            self.wfile.write(b" ")
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server whose clients may leave early."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(tls: tuple[Path, Path] | None = None) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Serve on a free port; give the port and what is asked, with the name by which it was asked."""
    asked: list[tuple[str, str]] = []
    server = Server(("127.0.0.1", 0), type("Answers", (Answers,), {"asked": asked}))
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://public.example/", "ftp://public.example/", "file:///etc/passwd", "https://", "nonsense", "https://[::1",
        "https://user:password@public.example/", "https://user@public.example/",
        "https://public.example:22/", "https://public.example:80/", "https://public.example:6379/",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest",
        *[f"https://{name}/" for name, addresses in NAMES.items() if addresses],
    ],
)  # fmt: skip
def test_addresses_that_lead_elsewhere_are_refused(url: str) -> None:
    with pytest.raises(AddressNotAllowed) as refused:
        Outbound(resolver=resolve).read_json(url)
    assert "password" not in refused.value.detail.replace("user name or password", "")


def test_port_of_this_machine_is_not_asked_under_another_name() -> None:
    with serving() as (port, asked):
        for url in (f"https://loopback.example:{port}/", f"http://loopback.example:{port}/"):
            with pytest.raises(AddressNotAllowed):
                Outbound(resolver=resolve).read_json(url)
    assert asked == []


@pytest.mark.parametrize("url", ["http://private.example/", "https://metadata.example/", "http://169.254.169.254/"])
def test_operator_may_not_name_everything_either(url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        Outbound(resolver=resolve).read_json(url, trusted=True)


@pytest.mark.parametrize("addresses", [[], ["127.0.0.1"]])
def test_operator_may_name_private_hosts_which_may_be_down(addresses: list[str]) -> None:
    with pytest.raises(AddressNotReachable):
        Outbound(resolver=lambda *_: addresses).read_json("https://issuer.example:1/", trusted=True)


def test_json_is_fetched() -> None:
    with serving() as (port, asked):
        for path in ("", "keys"):
            url = f"http://loopback.example:{port}/{path}"
            assert Outbound(resolver=resolve).read_json(url, trusted=True) == {"keys": []}
    assert asked == [("/", f"loopback.example:{port}"), ("/keys", f"loopback.example:{port}")]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("garbage", "is not JSON"),
        ("page", "does not say it is JSON"),
        ("missing", "404 instead of 200"),
        ("redirect", "302 instead of 200"),
        ("huge", "more than 256 KiB"),
    ],
)
def test_unusable_answers_are_named(path: str, told: str) -> None:
    with serving() as (port, asked), pytest.raises(AddressNotReachable, match=told):
        Outbound().read_json(f"http://127.0.0.1:{port}/{path}", trusted=True)
    assert [where for where, _ in asked] == [f"/{path}"]


@pytest.mark.parametrize("path", ["silent", "dripping"])
def test_slow_answers_are_not_waited_for(path: str) -> None:
    with serving() as (port, _):
        began = time.monotonic()
        with pytest.raises(AddressNotReachable, match="3 s"):
            Outbound().read_json(f"http://127.0.0.1:{port}/{path}", trusted=True)
        assert time.monotonic() - began < 3.7


def test_slow_resolver_is_not_waited_for() -> None:
    def slow(_host: str, _port: int) -> Sequence[str]:
        time.sleep(4)
        return []

    began = time.monotonic()
    with pytest.raises(AddressNotReachable):
        Outbound(resolver=slow).read_json("https://public.example/")
    assert time.monotonic() - began < 3.7


def test_connection_goes_to_the_checked_address_under_the_name(tmp_path: Path) -> None:
    certificate, key, believing = given_certificate(tmp_path, "issuer.example")
    resolved: list[str] = []

    def changing(host: str, _port: int) -> Sequence[str]:
        # A name that means another machine whenever it is asked again.
        resolved.append(host)
        return ["127.0.0.1"] if len(resolved) == 1 else ["10.1.2.3"]

    with serving((certificate, key)) as (port, asked):
        found = Outbound(resolver=changing, tls=believing).read_json(f"https://issuer.example:{port}/", trusted=True)
        assert (found, asked, resolved) == ({"keys": []}, [("/", f"issuer.example:{port}")], ["issuer.example"])
        with pytest.raises(AddressNotReachable):
            Outbound(resolver=lambda *_: ["127.0.0.1"], tls=believing).read_json(
                f"https://other.example:{port}/", trusted=True
            )


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True), ("64:ff9b::5db8:d70e", True),
        ("172.16.0.1", False), ("192.168.1.1", False), ("198.18.0.1", False), ("240.0.0.1", False),
        ("255.255.255.255", False), ("192.0.0.8", False), ("fe80::1", False), ("fc00::1", False), ("ff02::1", False),
        ("::", False), ("::a01:203", False), ("64:ff9b:1::1", False), ("2001:db8::1", False), ("2001::1", False),
        ("::ffff:127.0.0.1", False), ("2002:7f00:1::", False), ("fec0::1", False), ("3fff::1", False),
    ],
)  # fmt: skip
def test_public_addresses_are_told_from_others(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public
