"""The canonical form of plain values (RFC 8785) and its SHA-256: what seals and chains are made of.

Most of what is sealed holds nothing in which RFC 8785 differs from sorted JSON but whole floats (42.0 is written 42).
That is written by the fast serialiser; everything else is left to the library of the standard, to the byte the same.
"""

import hashlib
from typing import Any

import orjson
import rfc8785

PLAIN = frozenset({str, int, bool, type(None)})
OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
LARGEST = 2**53 - 1
SHORTEST, LONGEST = 1e-4, 1e15
"""Between these both write a float without an exponent."""
BEYOND = tuple(bytes([lead]) for lead in range(0xF0, 0xF5))
"""First bytes of characters beyond 16 bits, which the standard sorts elsewhere in keys."""


class _RareValueError(Exception):
    """A value that the fast serialiser might write in another way."""


def canonical(value: Any) -> bytes:
    """Answer the canonical form of plain values; raise ``rfc8785.CanonicalizationError`` for what JSON has not."""
    try:
        text = orjson.dumps(_with_whole_floats_as_integers(value), option=OPTIONS)
    except (_RareValueError, orjson.JSONEncodeError):
        return rfc8785.dumps(value)
    if not text.isascii() and any(lead in text for lead in BEYOND):
        return rfc8785.dumps(value)
    return text


def digest(value: Any) -> str:
    """Answer the SHA-256 of the canonical form of plain values, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _with_whole_floats_as_integers(value: Any) -> Any:
    """Answer the value itself where nothing in it changes, so that hardly anything is copied."""
    kind = type(value)
    if kind is dict or kind is list:
        changed = None
        for place, one in value.items() if kind is dict else enumerate(value):
            if type(one) not in PLAIN and (other := _with_whole_floats_as_integers(one)) is not one:
                changed = value.copy() if changed is None else changed
                changed[place] = other
        return value if changed is None else changed
    if kind is float:
        if value.is_integer() and -LARGEST <= value <= LARGEST:
            return int(value)
        if SHORTEST <= abs(value) < LONGEST:
            return value
    elif kind in PLAIN:
        return value
    raise _RareValueError
