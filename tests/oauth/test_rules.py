"""How a client presents itself at the token endpoint, without a database."""

import base64

import pytest

from cluster_api.oauth.errors import ClientNotProven, OAuthRefused, RequestMalformed, ScopeNotGranted
from cluster_api.oauth.rules import (
    ASSERTION_TYPE,
    MOST_FIELDS,
    MOST_LETTERS,
    Presented,
    granted_scope,
    presented,
    read_form,
)

NO_FORM = "The body is not a form (application/x-www-form-urlencoded)."
ONE_WAY = "A client proves itself in one way, not in several."
NONE = "Send `client_id` and `client_secret`, HTTP Basic, or a client assertion."
UNREADABLE = "The Authorization header cannot be read."
ONLY_BASIC = "Only HTTP Basic is understood in the Authorization header here."
SECRET = {"client_id": "me", "client_secret": "hidden"}
ASSERTION = {"client_assertion": "a.b.c", "client_assertion_type": ASSERTION_TYPE}


def basic(text: str, kind: str = "Basic ") -> str:
    return kind + base64.b64encode(text.encode()).decode()


def test_form_is_read_and_what_is_empty_counts_as_left_out() -> None:
    body = b"grant_type=client_credentials&scope=a+b%20c&empty=&also&x=%C3%A4"
    assert read_form(body) == {"grant_type": "client_credentials", "scope": "a b c", "x": "ä"}
    assert read_form(b"") == {}


def test_form_has_limits() -> None:
    assert len(read_form("&".join(f"n{at}=1" for at in range(MOST_FIELDS)).encode())) == 20
    assert read_form(b"a=" + b"x" * MOST_LETTERS) == {"a": "x" * 8192}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a=ä".encode(), NO_FORM),
        (b"a=%FF", NO_FORM),
        ("&".join(f"n{at}=1" for at in range(21)).encode(), NO_FORM),
        (b"b=1&a=1&b=2&a=2&c=3", "Sent more than once: a, b."),
        (b"a=1&a=", "Sent more than once: a."),
        (b"%s=1&%s=2" % (b"y" * 61, b"y" * 61), f"Sent more than once: {'y' * 60}."),
        (b"a=" + b"x" * 8193, "A parameter has more than 8192 characters."),
    ],
)
def test_form_that_cannot_be_read_is_refused_with_its_reason(body: bytes, expected: str) -> None:
    with pytest.raises(RequestMalformed) as raised:
        read_form(body)
    assert raised.value.detail == expected


@pytest.mark.parametrize(
    ("form", "header", "expected"),
    [
        (SECRET, None, Presented("me", secret="hidden")),
        ({}, basic("me:hidden"), Presented("me", secret="hidden")),
        ({}, f"  {basic('me:hidden', 'bAsIc   ')} ", Presented("me", secret="hidden")),
        ({"client_id": "me"}, basic("me:hid:den"), Presented("me", secret="hid:den")),
        ({}, basic("m%20e:hid+den%3A"), Presented("m e", secret="hid den:")),
        ({}, basic("mé:"), Presented("mé", secret="")),
        (ASSERTION, None, Presented("", assertion="a.b.c")),
        ({**ASSERTION, "client_id": "me"}, None, Presented("me", assertion="a.b.c")),
    ],
)
def test_client_proves_itself_in_one_of_three_ways(
    form: dict[str, str], header: str | None, expected: Presented
) -> None:
    assert presented(form, header) == expected


@pytest.mark.parametrize(
    ("form", "header", "kind", "expected"),
    [
        (SECRET, basic("me:hidden"), RequestMalformed, ONE_WAY),
        ({**SECRET, **ASSERTION}, None, RequestMalformed, ONE_WAY),
        (ASSERTION, basic("me:hidden"), RequestMalformed, ONE_WAY),
        ({"client_id": "you"}, basic("me:hidden"), RequestMalformed, "`client_id` is another one than in the header."),
        ({"client_assertion": "a.b.c"}, None, RequestMalformed, f"`client_assertion_type` must be {ASSERTION_TYPE}."),
        (
            {**ASSERTION, "client_assertion_type": "jwt"},
            None,
            RequestMalformed,
            f"`client_assertion_type` must be {ASSERTION_TYPE}.",
        ),
        ({}, None, ClientNotProven, NONE),
        ({"client_id": "me"}, None, ClientNotProven, NONE),
        ({"client_secret": "hidden"}, None, ClientNotProven, NONE),
        ({}, "", ClientNotProven, ONLY_BASIC),
        ({}, "Basic", ClientNotProven, ONLY_BASIC),
        ({}, "Basic me:hidden", ClientNotProven, UNREADABLE),
        ({}, "Basic /w==", ClientNotProven, UNREADABLE),
        ({}, basic("hidden"), ClientNotProven, ONLY_BASIC),
        ({}, basic("me:hidden", "Bearer "), ClientNotProven, ONLY_BASIC),
        ({}, basic("me:hidden", "Basic * "), ClientNotProven, UNREADABLE),
    ],
)
def test_other_ways_are_refused_with_their_reason(
    form: dict[str, str], header: str | None, kind: type[OAuthRefused], expected: str
) -> None:
    with pytest.raises(OAuthRefused) as raised:
        presented(form, header)
    assert (type(raised.value), raised.value.detail) == (kind, expected)


def test_scope_is_what_was_asked_for_or_all_that_is_possible() -> None:
    assert granted_scope(None, ["b", "a"]) == ["a", "b"]
    assert granted_scope("", ["b", "a"]) == ["a", "b"]
    assert granted_scope("b  b", ["b", "a"]) == ["b"]
    assert granted_scope("b a", ["b", "a"]) == ["a", "b"]


def test_scope_beyond_what_is_possible_is_refused_by_name() -> None:
    with pytest.raises(ScopeNotGranted) as raised:
        granted_scope("d a c", ["b", "a"])
    assert raised.value.detail == "Not granted to this client: c, d."
    with pytest.raises(ScopeNotGranted) as raised:
        granted_scope("z" * 501, ["a"])
    assert raised.value.detail == f"Not granted to this client: {'z' * 500}."
