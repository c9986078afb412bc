"""What is refused, or answered, before anybody asks who is calling: secrets in the wrong place, and preflights."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote_plus

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cluster_api.foundation.errors import Forbidden, Problem, Unreadable
from cluster_api.foundation.problems import OAUTH, problem_response
from cluster_api.foundation.secrecy import SECRET_SHAPE

Headers = Iterable[tuple[bytes, bytes]]

SECRET_NAMES = frozenset(
    {
        "accesstoken", "adminkey", "apikey", "apitoken", "assertion", "auth", "authorization", "authtoken",
        "bearer", "clientassertion", "clientsecret", "credential", "credentials", "idtoken", "jwt", "key",
        "passphrase", "passwd", "password", "pwd", "refreshtoken", "secret", "secretkey", "sessiontoken",
        "token", "xapikey",
    }
)  # fmt: skip
"""Names of query parameters that promise a secret, in small letters without signs; no operation has one of them."""

READ = frozenset({b"GET", b"HEAD"})
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Accept, If-None-Match, Traceparent",
    # Browsers keep it two hours at most.
    "Access-Control-Max-Age": "7200",
}


class SecretInQuery(Unreadable):
    """A secret does not belong into an address.

    Addresses are written to logs and histories on their way. Send the secret in the `Authorization` header, or in the
    body where the operation asks for it there, and replace the secret that you sent: others may have read it.
    """


class InsecureTransport(Forbidden):
    """Credentials came over an unencrypted connection.

    The public reaches this service over https; use the https address, and replace the credentials that you sent: others
    may have read them. For the operator: if a proxy speaks TLS for the service, name its address in `TRUSTED_PROXIES`,
    so that what it says about the connection is believed.
    """


def has_credentials(headers: Headers) -> bool:
    """Answer whether a request says who is calling."""
    return any(name in {b"authorization", b"cookie"} for name, _ in headers)


def names_a_secret(query: bytes) -> bool:
    """Answer whether a query string holds a secret, by the name of a parameter or by what stands in it."""
    text = query.decode("latin-1")
    if SECRET_SHAPE.search(text) or SECRET_SHAPE.search(unquote_plus(text)):
        return True
    pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
    return any(re.sub(r"[^a-z]", "", name.lower()) in SECRET_NAMES for name, _ in pairs)


class Guard:
    """The ASGI layer directly inside Traffic: nothing is looked up for what it refuses."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        """Refuse credentials over plain http if the public reaches the service over TLS."""
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, answer, or hand on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif (problem := self._fault(scope)) is not None:
            await problem_response(problem, scope["path"])(scope, receive, send)
        elif scope["method"] == "OPTIONS" and _is_preflight_of_a_read(scope["headers"]):
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _fault(self, scope: Scope) -> Problem | None:
        if self.secure and scope.get("scheme") == "http" and _brings_credentials(scope):
            return InsecureTransport("Use https, and replace the credentials that were sent over plain http.")
        if scope.get("query_string") and names_a_secret(scope["query_string"]):
            return SecretInQuery("Send the secret in a header instead, and replace it: it may stand in logs now.")
        return None


def _brings_credentials(scope: Scope) -> bool:
    # Machines may prove who they are in the body of a request for a token.
    return has_credentials(scope["headers"]) or (scope["method"] == "POST" and scope["path"].startswith(OAUTH))


def _is_preflight_of_a_read(headers: Headers) -> bool:
    told = dict(headers)
    return b"origin" in told and told.get(b"access-control-request-method") in READ
