"""No secret is ever written, whether by the name of its field, by its shape, or inside the text of an error."""

import logging
import time
from collections.abc import Iterator

import pytest
import structlog

from cluster_api.foundation.guard import names_a_secret
from cluster_api.foundation.logs import configure_logs, log
from cluster_api.foundation.secrecy import blanked, without_secrets
from cluster_api.foundation.settings import Settings

JWS = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjbGllbnQifQ.c2lnbmF0dXJlLW9mLXRlc3Q"
KEY = "cak_0123456789abcdefABCDEF"
SECRET = "ccs_0123456789abcdefABCDEF"
OWN = "the-operators-own-secret-of-no-shape"
ALL = (JWS, KEY, SECRET, OWN)


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    configure_logs("info", [OWN, ""])
    yield
    structlog.reset_defaults()
    for name in ("uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).filters.clear()


def fail(text: str) -> None:
    raise ValueError(text)


def test_no_secret_reaches_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    for secret in ALL:
        log.info("plain", text=f"before {secret} after", nested={"deep": [{"er": secret}]}, raw=secret.encode())
        log.info(f"event {secret}")
        try:
            fail(f"cannot use {secret}")
        except ValueError as error:
            log.exception("failed", cause=error)
    log.info("named", password="hunter22", client_secret="x1y2z3", Authorization="Basic abc", headers={"cookie": "a=b"})
    text = capsys.readouterr().out
    assert len(text.splitlines()) == 13
    assert not any(word in text for word in (*ALL, "hunter22", "x1y2z3", "Basic abc", "a=b"))
    assert "before [hidden] after" in text


def test_harmless_fields_stay(capsys: pytest.CaptureFixture[str]) -> None:
    log.info(
        "request.answered", path="/v1/clusters", status=200, milliseconds=1.5, keys=3, secretariat="Berlin", none=None
    )
    assert (
        '"path": "/v1/clusters", "status": 200, "milliseconds": 1.5, "keys": 3, "secretariat": "Berlin", "none": null'
        in (capsys.readouterr().out)
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql+psycopg://user:pass word@host/db", "postgresql+psycopg://user:pass word@host/db"),
        ("postgresql+psycopg://user:password@host/db", "postgresql+psycopg://user:[hidden]@host/db"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: [hidden]"),
        ("sent Bearer abcdefghijkl twice", "sent Bearer [hidden] twice"),
        ("?access_token=abc&limit=1", "?access_token=[hidden]&limit=1"),
        ("{'client_secret': 'abc', 'x': 1}", "{'client_secret': '[hidden]', 'x': 1}"),
        ("host=db password=abc dbname=x", "host=db password=[hidden] dbname=x"),
        ("https://host:8000/v1", "https://host:8000/v1"),
        ("a token is missing", "a token is missing"),
    ],
)
def test_secrets_in_text_are_blanked(text: str, shown: str) -> None:
    assert blanked(text) == shown


@pytest.mark.parametrize(
    "part", ["eyJ", "eyJaaaaa.", "cak_", "Bearer ", "token", "token=", "://a:", "secret_", "_", "a"]
)
def test_long_texts_made_of_beginnings_cost_little(part: str) -> None:
    text = part * (300_000 // len(part))
    began = time.monotonic()
    blanked(text)
    names_a_secret(text.encode())
    assert time.monotonic() - began < 3


def test_values_of_other_kinds_are_made_text() -> None:
    assert without_secrets([ValueError(KEY), (KEY,), {KEY}, None, 1, True]) == [
        "ValueError('[hidden]')", ["[hidden]"], ["[hidden]"], None, 1, True,
    ]  # fmt: skip


def test_lines_of_the_server_are_blanked(caplog: pytest.LogCaptureFixture) -> None:
    access, error = logging.getLogger("uvicorn.access"), logging.getLogger("uvicorn.error")
    access.warning('%s - "%s %s HTTP/%s" %d', "192.0.2.7:1", "GET", f"/v1/register?q={KEY}", "1.1", 400)
    try:
        fail(f"with {JWS} and {OWN}")
    except ValueError:
        error.exception("Exception in ASGI application\n")
    assert not any(secret in caplog.text for secret in ALL)
    assert ("ValueError: with [hidden]" in caplog.text, "HTTP/1.1" in caplog.text) == (True, True)


def test_settings_know_their_secrets() -> None:
    settings = Settings(_env_file=None, secret_key="b" * 32, database_url="postgresql+psycopg://u:password@h/n")
    assert settings.secrets() == ["b" * 32, "password"]
    shown = [settings.shown(name) for name in Settings.model_fields]
    assert not any(secret in text for secret in settings.secrets() for text in shown)
    assert settings.shown("database_url") == "postgresql+psycopg://u:***@h/n"
