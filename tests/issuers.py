"""An OpenID Connect issuer of the tests' own: discovery and keys over HTTP, tokens signed by keys that can rotate."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from joserfc import jws
from joserfc.jwk import ECKey, KeyParameters, RSAKey

from cluster_api.foundation.settings import Issuer

AUDIENCE = "cluster-api"
SigningKey = ECKey | RSAKey


def new_key(algorithm: str, kid: str) -> SigningKey:
    """Make a key for one of the two algorithms of this issuer."""
    about: KeyParameters = {"use": "sig", "alg": algorithm, "kid": kid}
    if algorithm == "RS256":
        return RSAKey.generate_key(2048, about, private=True)
    return ECKey.generate_key("P-256", about, private=True)


class TestIssuer:
    """An issuer on a port of this machine."""

    __test__ = False

    def __init__(self, algorithm: str = "ES256") -> None:
        """Listen, but answer only while ``running`` is entered."""
        self.algorithm = algorithm
        self.asked: Counter[str] = Counter()
        self.status = 200
        self.delay = 0.0
        self.garbage: bytes | None = None
        self.keys = [new_key(algorithm, "first")]
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.name = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator["TestIssuer"]:
        """Answer while the block runs."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    @property
    def settings(self) -> Issuer:
        """Answer how the service is told of this issuer."""
        return Issuer(issuer=self.name, jwks_uri=f"{self.name}/jwks", audience=AUDIENCE)

    def rotate(self, kid: str) -> None:
        """Sign with a new key from now on; the old one is not shown any more."""
        self.keys = [new_key(self.algorithm, kid)]

    def body(self, path: str) -> Mapping[str, Any] | None:
        """Answer the document at a path."""
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.name, "jwks_uri": f"{self.name}/jwks"}
        return {"keys": [key.as_dict(private=False) for key in self.keys]} if path == "/jwks" else None

    def claims(self, now: datetime, subject: str = "ana", **other: Any) -> dict[str, Any]:
        """Answer what a good token says; a claim given as None is left out."""
        said = {
            "iss": self.name,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
            **other,
        }
        return {name: value for name, value in said.items() if value is not None}

    def token(self, now: datetime, subject: str = "ana", **other: Any) -> str:
        """Answer a token signed by the present key."""
        return signed(self.keys[0], self.claims(now, subject, **other), self.algorithm)

    def headers(self, now: datetime, subject: str = "ana", **other: Any) -> dict[str, str]:
        """Answer the headers that carry such a token."""
        return {"Authorization": f"Bearer {self.token(now, subject, **other)}"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked[self.path] += 1
                time.sleep(issuer.delay)
                found = issuer.body(self.path)
                body = issuer.garbage if issuer.garbage is not None else orjson.dumps(found)
                self.send_response(issuer.status if found is not None else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def signed(key: SigningKey, claims: Mapping[str, Any], algorithm: str, **header: Any) -> str:
    """Answer a compact JWS over claims."""
    about = {"alg": algorithm, "typ": "JWT", "kid": key.kid, **header}
    return jws.serialize_compact(about, orjson.dumps(dict(claims)), key, algorithms=[algorithm])
