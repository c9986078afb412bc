"""When a secret is well formed and when a token is to be believed, for given keys and instants."""

import base64
import re
import zlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from cluster_api.tokens import errors
from cluster_api.tokens.rules import (
    API_KEY,
    INVITATION,
    LETTERS,
    check,
    checksum,
    digest_of,
    is_same,
    new_secret,
    peek,
    read_secret,
    refuse_long_life,
    usable_keys,
)
from cluster_api.tokens.schemas import Checked, Secret, Unverified, Wanted

NOW = datetime(2021, 1, 15, 10, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
KEY, OTHER = ECKey.generate_key("P-256", {"kid": "one"}), ECKey.generate_key("P-256", {"kid": "two"})
KEYS = KeySet([OTHER, KEY])
WANTED = Wanted("https://issuer", frozenset({"us", "we"}), ("ES256",), frozenset({"jwt", "at+jwt"}), ("sub",))
CLAIMS: dict[str, Any] = {"iss": "https://issuer", "aud": "us", "sub": "ana", "exp": SECONDS + 300}


def without(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**CLAIMS, **changes}.items() if value is not ...}


def token(claims: dict[str, Any] = CLAIMS, key: Any = KEY, **header: Any) -> str:
    said = {"alg": "ES256", "typ": "JWT", "kid": "one", **header}
    said = {name: value for name, value in said.items() if value is not ...}
    return jws.serialize_compact(said, orjson.dumps(claims), key, algorithms=["ES256", "RS256", "HS256", "Ed25519"])


def encoded(*parts: Any) -> str:
    """Answer parts as a token without a signature."""
    plain = [part if isinstance(part, bytes) else orjson.dumps(part) for part in parts]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in plain)


def naive_checksum(text: str) -> str:
    number = zlib.crc32(text.encode())
    return "".join(LETTERS[number // 62**place % 62] for place in (5, 4, 3, 2, 1, 0))


def test_secret_has_a_public_part_and_a_checksum_and_is_never_the_same() -> None:
    made, again = new_secret(API_KEY), new_secret(API_KEY)
    prefix, public, rest = made.text.split("_")
    assert (prefix, public, len(public), len(rest)) == ("cak", made.public_id, 12, 38)
    assert made.text[-6:] == naive_checksum(made.text[:-6])
    assert made.digest == sha256(made.text.encode()).hexdigest()
    assert set(public + rest) <= set(LETTERS)
    assert len({made.text, again.text}) == len({made.public_id, again.public_id}) == len({rest, again.text[-38:]}) == 2


@pytest.mark.parametrize("text", ["", "cak_one", "ä", "x" * 100])
def test_checksum_is_crc_32_in_six_letters(text: str) -> None:
    assert checksum(text) == naive_checksum(text)


def test_secret_is_read_back_by_its_prefix_only() -> None:
    made = new_secret(API_KEY)
    assert read_secret(made.text, API_KEY) == made
    assert read_secret(made.text, INVITATION, API_KEY) == made
    assert read_secret(made.text, INVITATION) is None
    assert read_secret(made.text) is None


def test_mistyped_cut_or_foreign_secret_is_none() -> None:
    made = new_secret(API_KEY)
    other = "A" if made.text[20] != "A" else "B"
    for wrong in (
        made.text[:-1], made.text + "x", made.text[:20] + other + made.text[21:], f" {made.text}", "", "cak",
        made.text.replace("cak", "xyz"), made.text.upper(),
    ):  # fmt: skip
        assert read_secret(wrong, API_KEY, "xyz", "CAK") is None


def test_digests_are_compared_whole() -> None:
    assert digest_of("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert is_same("abc", "abc")
    assert not is_same("abc", "abd")


def test_peek_answers_what_a_token_says_unchecked() -> None:
    header = {"alg": "none", "kid": "k"}
    assert peek(encoded(header, {"iss": "me"}, b"")) == Unverified("me", "k", header)
    assert peek(encoded({"kid": 7}, {"iss": "me"}, b"")).key_id is None
    assert peek(encoded({}, {"iss": "me"}, b"")).key_id is None
    padded = encoded({"a": "?>?>"}, {"iss": "me"}, b"")
    assert peek(padded).header == {"a": "?>?>"}
    for more in range(4):
        assert peek(encoded({"a": "x" * more}, {"iss": "m" * more}, b"")).issuer == "m" * more


def test_longest_token_has_8192_characters() -> None:
    start = encoded({}, {"iss": "me"}) + "."
    assert peek(start + "x" * (8192 - len(start))).issuer == "me"
    with pytest.raises(errors.TokenUnreadable) as raised:
        peek(start + "x" * (8193 - len(start)))
    assert raised.value.detail == "The token has more than 8192 characters."


@pytest.mark.parametrize(
    "text",
    [
        "", "a.b", f"{encoded({}, {'iss': 'me'})}", f"{encoded({}, {'iss': 'me'})}..", f"$.{encoded({'iss': 'me'})}.x",
        f"{encoded(b'[', {'iss': 'me'})}.x", f"{encoded([], {'iss': 'me'})}.x", f"{encoded({}, ['iss'])}.x",
        f"{encoded({}, b'{')}.x",
    ],
)  # fmt: skip
def test_what_is_no_token_is_unreadable(text: str) -> None:
    with pytest.raises(errors.TokenUnreadable) as raised:
        peek(text)
    assert raised.value.detail == errors.TokenUnreadable.title()


def test_letters_outside_the_alphabet_are_not_passed_over() -> None:
    good = encoded({}, {"iss": "me"}, b"")
    assert peek(good).issuer == "me"
    for wrong in ("!", "\n", " "):
        with pytest.raises(errors.TokenUnreadable):
            peek(good[:5] + wrong + good[5:])


@pytest.mark.parametrize("issuer", [None, 7, ["me"]])
def test_token_without_an_issuer_is_incomplete(issuer: Any) -> None:
    with pytest.raises(errors.TokenIncomplete) as raised:
        peek(encoded({}, {"iss": issuer}, b""))
    assert raised.value.detail == "The token names no issuer (`iss`)."


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        (CLAIMS, {}),
        (CLAIMS, {"typ": "application/AT+JWT"}),
        (CLAIMS, {"kid": ...}),
        (without(aud=["others", "we"]), {}),
        (without(exp=SECONDS - 59), {}),
        (without(nbf=SECONDS + 60, iat=SECONDS + 60), {}),
        (without(iat=0), {}),
        (without(exp=2**37 - 1), {}),
        (without(exp=SECONDS + 0.5), {}),
    ],
)
def test_good_token_is_believed_and_says_when_it_expires(claims: dict[str, Any], header: dict[str, Any]) -> None:
    found = check(token(claims, **header), KEYS, WANTED, NOW)
    assert found == Checked(claims, datetime.fromtimestamp(claims["exp"], UTC))


def test_type_is_not_asked_where_the_issuer_may_choose() -> None:
    free = Wanted("https://issuer", frozenset({"us"}), ("ES256",))
    assert check(token(typ="weather"), KEYS, free, NOW).claims == CLAIMS
    assert check(token(without(sub=...), typ=...), KEYS, free, NOW).claims == without(sub=...)


CRITICAL = "The token demands extensions (`crit`) that are not understood here."
NUMBER = "is not a number of seconds since 1970."


@pytest.mark.parametrize(
    ("claims", "header", "kind", "detail"),
    [
        (CLAIMS, {"crit": ["exp"]}, errors.TokenUnreadable, CRITICAL),
        (CLAIMS, {"typ": "id+jwt"}, errors.TokenIncomplete, "The `typ` of the token must be at+jwt or jwt."),
        (CLAIMS, {"typ": ...}, errors.TokenIncomplete, "The `typ` of the token must be at+jwt or jwt."),
        (without(iss="https://other"), {}, errors.IssuerUnknown, None),
        (without(aud="others"), {}, errors.TokenForOthers, None),
        (without(aud=["others"]), {}, errors.TokenForOthers, None),
        (without(aud=...), {}, errors.TokenForOthers, None),
        (without(aud={"us": 1}), {}, errors.TokenForOthers, None),
        (without(sub=...), {}, errors.TokenIncomplete, "The token lacks sub."),
        (without(sub=""), {}, errors.TokenIncomplete, "The token lacks sub."),
        (without(sub=7), {}, errors.TokenIncomplete, "The token lacks sub."),
        (without(exp=...), {}, errors.TokenIncomplete, "The token does not say when it expires (`exp`)."),
        (without(exp=SECONDS - 60), {}, errors.TokenExpired, None),
        (without(nbf=SECONDS + 61), {}, errors.TokenNotYetValid, None),
        (without(iat=SECONDS + 61), {}, errors.TokenNotYetValid, None),
        (without(exp=True), {}, errors.TokenIncomplete, f"`exp` {NUMBER}"),
        (without(exp="soon"), {}, errors.TokenIncomplete, f"`exp` {NUMBER}"),
        (without(exp=-1), {}, errors.TokenIncomplete, f"`exp` {NUMBER}"),
        (without(exp=2**37), {}, errors.TokenIncomplete, f"`exp` {NUMBER}"),
        (without(nbf="now"), {}, errors.TokenIncomplete, f"`nbf` {NUMBER}"),
        (without(iat=False), {}, errors.TokenIncomplete, f"`iat` {NUMBER}"),
    ],
)  # fmt: skip
def test_every_fault_of_a_token_has_its_reason(
    claims: dict[str, Any], header: dict[str, Any], kind: type[errors.CredentialsNotAccepted], detail: str | None
) -> None:
    made = token(claims, **{name: value for name, value in header.items() if name != "crit"})
    if "crit" in header:
        made = encoded({"alg": "ES256", "typ": "JWT", **header}, claims, b"x")
    with pytest.raises(errors.CredentialsNotAccepted) as raised:
        check(made, KEYS, WANTED, NOW)
    assert (type(raised.value), raised.value.detail) == (kind, detail or kind.title())


def test_several_claims_that_lack_are_named_together() -> None:
    wanted = Wanted("https://issuer", frozenset({"us"}), ("ES256",), None, ("sub", "jti", "client_id"))
    with pytest.raises(errors.TokenIncomplete) as raised:
        check(token(), KEYS, wanted, NOW)
    assert raised.value.detail == "The token lacks jti, client_id."


def test_unsigned_symmetric_and_other_algorithms_are_never_accepted() -> None:
    wanted = Wanted("https://issuer", frozenset({"us"}), ("ES256", "RS256"))
    symmetric = token(key=OctKey.generate_key(256), alg="HS256")
    for made in (encoded({"alg": "none"}, CLAIMS, b""), symmetric, encoded({}, CLAIMS, b"")):
        with pytest.raises(errors.AlgorithmNotAccepted) as raised:
            check(made, KEYS, wanted, NOW)
        assert raised.value.detail == "Accepted here: ES256, RS256."


def test_signature_must_be_of_the_named_key_unless_any_key_will_do() -> None:
    assert check(token(key=KEY, kid="two"), KEYS, WANTED, NOW, any_key=True).claims == CLAIMS
    for made in (token(key=KEY, kid="two"), token(kid="three"), token(key=ECKey.generate_key("P-256"))):
        with pytest.raises(errors.SignatureWrong):
            check(made, KEYS, WANTED, NOW)
    with pytest.raises(errors.SignatureWrong):
        check(token(key=ECKey.generate_key("P-256")), KEYS, WANTED, NOW, any_key=True)


def test_keys_of_other_kinds_are_passed_over() -> None:
    mixed = KeySet([RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519"), KEY])
    assert check(token(kid=...), mixed, WANTED, NOW).claims == CLAIMS


def public(key: Any, **more: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **more}


def test_usable_keys_are_public_ones_for_signatures_of_known_kinds() -> None:
    rsa, okp = RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")
    listed = [
        public(KEY, use="sig"), public(OTHER, use="enc"), OctKey.generate_key(256).as_dict(), "key", public(rsa),
        {"kty": "EC"}, public(okp, kid="okp"), KEY.as_dict(private=True),
    ]  # fmt: skip
    found = usable_keys({"keys": listed}).keys
    assert [one.thumbprint() for one in found] == [one.thumbprint() for one in (KEY, rsa, okp, KEY)]
    assert [one.is_private for one in found] == [False] * 4
    assert [found[0].kid, found[2].kid] == ["one", "okp"]


def test_more_than_a_hundred_keys_are_not_read() -> None:
    assert len(usable_keys({"keys": ["key"] * 99 + [public(KEY), public(OTHER)]}).keys) == 1


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        ({"keys": []}, "None of its keys can check a signature."),
        ({"keys": ["key"] * 100 + [public(KEY)]}, "None of its keys can check a signature."),
        ({"keys": {}}, "This is not a JWK set: it has no list `keys`."),
        ({}, "This is not a JWK set: it has no list `keys`."),
        ([public(KEY)], "This is not a JWK set: it has no list `keys`."),
        (None, "This is not a JWK set: it has no list `keys`."),
    ],
)
def test_document_without_usable_keys_is_refused(document: Any, detail: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(detail)}$"):
        usable_keys(document)


def test_life_of_a_token_is_limited_up_to_the_leeway() -> None:
    longest = timedelta(minutes=10)
    refuse_long_life(Checked({}, NOW + timedelta(seconds=660)), NOW, longest)
    with pytest.raises(errors.CredentialsNotAccepted) as raised:
        refuse_long_life(Checked({}, NOW + timedelta(seconds=661)), NOW, longest)
    assert raised.value.detail == "It may live at most 600 s."


def test_secret_is_plain_data() -> None:
    made = new_secret(INVITATION)
    assert made == Secret(made.text, made.text[4:16], digest_of(made.text))
