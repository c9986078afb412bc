"""How a client presents itself at the token endpoint, and what it may ask for. Pure."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from cluster_api.oauth.errors import ClientNotProven, RequestMalformed, ScopeNotGranted

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_ALGORITHMS = ("ES256", "PS256", "RS256", "Ed25519")
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")
MOST_FIELDS = 20
MOST_LETTERS = 8192


@dataclass(frozen=True, slots=True)
class Presented:
    """What a client sent to prove itself: a secret, or an assertion it signed."""

    client_id: str
    secret: str | None = None
    assertion: str | None = None


def read_form(body: bytes) -> dict[str, str]:
    """Answer the parameters of a form; those without a value count as left out (RFC 6749, 3.2).

    Raises:
        RequestMalformed: it is not a form in UTF-8, or a parameter stands in it twice.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise RequestMalformed("The body is not a form (application/x-www-form-urlencoded).") from error
    names = [name for name, _ in pairs]
    repeated = sorted({name[:60] for name in names if names.count(name) > 1})
    if repeated:
        raise RequestMalformed(f"Sent more than once: {', '.join(repeated)}.")
    if any(len(value) > MOST_LETTERS for _, value in pairs):
        raise RequestMalformed(f"A parameter has more than {MOST_LETTERS} characters.")
    return {name: value for name, value in pairs if value}


def presented(form: Mapping[str, str], authorization: str | None) -> Presented:
    """Answer what a client sent to prove itself; exactly one way (RFC 6749, 2.3).

    Raises:
        RequestMalformed: it used several ways, or one that is not known.
        ClientNotProven: it used none, or its header cannot be read.
    """
    ways = [authorization is not None, "client_secret" in form, "client_assertion" in form]
    if sum(ways) > 1:
        raise RequestMalformed("A client proves itself in one way, not in several.")
    if authorization is not None:
        named = _basic(authorization)
        if form.get("client_id", named.client_id) != named.client_id:
            raise RequestMalformed("`client_id` is another one than in the header.")
        return named
    if "client_assertion" in form:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise RequestMalformed(f"`client_assertion_type` must be {ASSERTION_TYPE}.")
        return Presented(form.get("client_id", ""), assertion=form["client_assertion"])
    if "client_secret" not in form or "client_id" not in form:
        raise ClientNotProven("Send `client_id` and `client_secret`, HTTP Basic, or a client assertion.")
    return Presented(form["client_id"], secret=form["client_secret"])


def _basic(authorization: str) -> Presented:
    kind, _, encoded = authorization.strip().partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise ClientNotProven("The Authorization header cannot be read.") from error
    name, colon, secret = decoded.partition(":")
    if kind.lower() != "basic" or not colon:
        raise ClientNotProven("Only HTTP Basic is understood in the Authorization header here.")
    return Presented(unquote_plus(name), secret=unquote_plus(secret))


def granted_scope(asked: str | None, possible: Iterable[str]) -> list[str]:
    """Answer what a token may be used for: what was asked for, or all that is possible.

    Raises:
        ScopeNotGranted: something else was asked for.
    """
    held = set(possible)
    wanted = set(asked.split()) if asked else held
    more = sorted(wanted - held)
    if more:
        raise ScopeNotGranted(f"Not granted to this client: {', '.join(more)[:500]}.")
    return sorted(wanted)
