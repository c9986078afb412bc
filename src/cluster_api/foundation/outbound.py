"""Fetching what others name: an address given by a caller must never lead into our own network.

The host is resolved once, every address it has is checked, and the connection goes to a checked address, so that a
name cannot mean one machine while it is checked and another while it is asked.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import orjson

from cluster_api.foundation.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

SECONDS = 3.0
MOST_BYTES = 262_144
PORTS = frozenset({443, 8443})
# Not all of these are known as special to every version of Python that we support.
SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
    )
)  # fmt: skip
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressNotAllowed(Invalid):
    """This address may not be asked by the service.

    Name an `https` address on port 443 or 8443, without user name and password, whose host is reachable in the public
    internet; addresses of private networks are not asked.
    """


class AddressNotReachable(Invalid):
    """The address did not give a usable answer.

    It must answer within three seconds with status 200 and JSON of at most 256 KiB, without a redirect.
    """


def resolved_by_system(host: str, port: int) -> Sequence[str]:
    """Answer the addresses of a host as the system knows them."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _meant(address: Address) -> list[Address]:
    """Answer an address and the IPv4 address that it carries, where a translator would send it on."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address in NAT64:
        return [address, ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address, address.sixtofour] if address.sixtofour else [address]


def is_public(address: Address) -> bool:
    """Answer whether an address, and whatever IPv4 address stands inside it, belongs to the public internet."""
    return all(
        one.is_global
        and not (one.is_multicast or one.is_reserved or one.is_unspecified or one.is_link_local or one.is_loopback)
        and not any(one.version == network.version and one in network for network in SPECIAL)
        for one in _meant(address)
        if one.version == 4 or one not in NAT64
    )


def _is_of_the_operator(address: Address) -> bool:
    return all(
        is_public(one) or one.is_loopback or (one.is_private and not (one.is_link_local or one.is_unspecified))
        for one in _meant(address)
    )


class Outbound:
    """Fetches JSON; addresses of callers under strict rules, those of the operator (``trusted``) under wider ones."""

    def __init__(self, *, resolver: Resolver = resolved_by_system, tls: ssl.SSLContext | None = None) -> None:
        """Resolve names by this function and believe in these certificates; by default those of the system."""
        self._resolver = resolver
        self._tls = tls
        # Threads of its own: nobody waits for a resolver that is slower than our patience.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="resolver")

    def read_json(self, url: str, *, trusted: bool = False) -> Any:
        """Answer what ``get_json`` answers, blocking; for code that runs in a worker thread."""
        return asyncio.run(self.get_json(url, trusted=trusted))

    async def get_json(self, url: str, *, trusted: bool = False) -> Any:
        """Answer the JSON at an address.

        Raises:
            AddressNotAllowed: the address, or one that its host resolves to, may not be asked.
            AddressNotReachable: no usable answer came in time.
        """
        target = _parsed(url, trusted=trusted)
        try:
            async with asyncio.timeout(SECONDS):
                address = await self._checked(target, trusted=trusted)
                return await self._fetched(target, address)
        except TimeoutError as error:
            raise AddressNotReachable(f"{_shown(target)} did not answer within {SECONDS:g} s.") from error
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            raise AddressNotReachable(f"{_shown(target)} cannot be reached.") from error

    async def _checked(self, target: httpx.URL, *, trusted: bool) -> Address:
        """Answer the address to connect to: the first, if all are allowed."""
        port = target.port or (443 if target.scheme == "https" else 80)
        host = target.raw_host.decode("ascii")
        loop = asyncio.get_running_loop()
        resolving = None if _literal(host) else loop.run_in_executor(self._threads, self._resolver, host, port)
        names = [host] if resolving is None else await resolving
        addresses = [ipaddress.ip_address(name.split("%")[0]) for name in names]
        if not addresses:
            raise AddressNotReachable(f"{_shown(target)} cannot be reached.")
        allowed = _is_of_the_operator if trusted else is_public
        if not all(map(allowed, addresses)):
            raise AddressNotAllowed(f"{_shown(target)} is not in the public internet.")
        if target.scheme == "http" and not all(address.is_loopback for address in addresses):
            raise AddressNotAllowed("Plain http is asked on this machine only.")
        return addresses[0]

    async def _fetched(self, target: httpx.URL, address: Address) -> Any:
        # Neither proxies nor certificates of the environment: a proxy would resolve the name again, by itself.
        verified = self._tls or (ssl.create_default_context() if target.scheme == "https" else False)
        headers = {"Host": target.netloc.decode("ascii"), "Accept": "application/json", "Accept-Encoding": "identity"}
        name = {"sni_hostname": target.raw_host.decode("ascii")}
        async with (
            httpx.AsyncClient(verify=verified, trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
            client.stream("GET", target.copy_with(host=str(address)), headers=headers, extensions=name) as answer,
        ):
            return await _read(answer, _shown(target))


def _parsed(url: str, *, trusted: bool) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise AddressNotAllowed("This is not an address.") from error
    schemes = {"https", "http"} if trusted else {"https"}
    if target.scheme not in schemes or not target.host:
        raise AddressNotAllowed("Only https addresses are asked.")
    if target.userinfo:
        raise AddressNotAllowed("An address with a user name or password in it is not asked.")
    if not trusted and (target.port or 443) not in PORTS:
        raise AddressNotAllowed("Only the ports 443 and 8443 are asked.")
    return target


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _shown(target: httpx.URL) -> str:
    # What stands behind the host can be somebody's secret.
    return f"{target.scheme}://{target.host[:200]}"


async def _read(answer: httpx.Response, shown: str) -> Any:
    if answer.status_code != 200:
        raise AddressNotReachable(f"{shown} answered {answer.status_code} instead of 200.")
    media = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise AddressNotReachable(f"{shown} answered something that does not say it is JSON.")
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > MOST_BYTES:
            raise AddressNotReachable(f"{shown} answered more than {MOST_BYTES // 1024} KiB.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise AddressNotReachable(f"{shown} answered something that is not JSON.") from error
