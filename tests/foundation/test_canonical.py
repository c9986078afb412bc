"""The fast canonical form is the one of the standard's library, to the byte."""

import hashlib
import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_api.foundation.canonical import LARGEST, canonical, digest

NUMBERS = st.integers(-LARGEST, LARGEST) | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5), max_leaves=20
)
EDGES = [
    0.0, -0.0, 1.0, 42.0, 0.1, 85.3, 1e-4, 9.9e-5, 1e-7, 1e15, 999999999999999.9, 1e16, 1e20, 1e21, 1.5e300, 5e-324,
    float(LARGEST), -float(LARGEST), 123456789.125,
]  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(VALUES)
def test_canonical_is_what_the_library_of_the_standard_writes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert digest(value) == hashlib.sha256(rfc8785.dumps(value)).hexdigest()


@pytest.mark.parametrize("number", EDGES)
def test_canonical_writes_numbers_at_the_edges_as_the_standard_does(number: float) -> None:
    assert canonical({"n": [number, -number]}) == rfc8785.dumps({"n": [number, -number]})


def test_canonical_sorts_keys_by_utf_16_units() -> None:
    # U+FB33 lies below U+1F600 as a number, and above it in units of sixteen bits (RFC 8785, 3.2.3).
    value = {"\ufb33": 1, "\U0001f600": 2, "a": 3, "\u00f6": 4}
    assert list(value) != sorted(value)
    assert canonical(value) == rfc8785.dumps(value) == '{"a":3,"\u00f6":4,"\U0001f600":2,"\ufb33":1}'.encode()


def test_canonical_writes_control_characters_and_tuples_as_the_standard_does() -> None:
    value = {"text": '\x00\x1f\x7f\b\t\n\f\r"\\/\u2028', "pair": (1, 2.0)}
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, LARGEST + 1, {1: 2}, {"a": object()}, "\ud800", b"bytes"])
def test_canonical_refuses_what_json_has_not(value: Any) -> None:
    with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError, AttributeError)) as told:
        rfc8785.dumps([value])
    with pytest.raises(told.type):
        canonical([value])
