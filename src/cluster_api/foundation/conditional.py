"""Conditional requests (RFC 9110, 13): entity tags, 304, and the tag that every change must carry."""

import hashlib
import re
from typing import Annotated

from fastapi import Header

from cluster_api.foundation.errors import Fault, PreconditionRequired, Stale

TAG = re.compile(r'(?:W/)?"[^"]*"')

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The `ETag` of the resource as it was read; without it the change is refused with 428.",
    ),
]


def tag_of_bytes(body: bytes) -> str:
    """Answer the strong entity tag of a representation."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def tag_of_version(version: int, view: str) -> str:
    """Answer the strong entity tag of a version of a resource as one kind of caller sees it."""
    return f'"{version}-{view}"'


def names_tag(header: str, tag: str) -> bool:
    """Answer whether a list of entity tags names this one (weak comparison, as If-None-Match demands)."""
    if header.strip() == "*":
        return True
    return any(found.removeprefix("W/") == tag for found in TAG.findall(header))


def require_match(header: str | None, tag: str) -> None:
    """Refuse a change whose author has not seen the present version (strong comparison, as If-Match demands)."""
    if header is None:
        raise PreconditionRequired(
            faults=[Fault("/header/If-Match", "missing", "Send the ETag of the resource as you read it.")],
            headers={"ETag": tag},
        )
    if header.strip() != "*" and tag not in TAG.findall(header):
        raise Stale(
            f"The present version is {tag}.",
            faults=[Fault("/header/If-Match", "stale", f"The present ETag is {tag}.")],
            headers={"ETag": tag},
        )
