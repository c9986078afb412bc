"""What is sealed is opened by the same secrets only, old ones included; answers that hold a secret are sealed."""

import stat
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.idempotency import StoredAnswer
from cluster_api.foundation.settings import Settings
from cluster_api.foundation.transactions import Transactions
from cluster_api.foundation.vault import NotSealedHere, Vault, vault_of

OLD, NEW = "old-secret-" * 4, "new-secret-" * 4


def test_sealed_bytes_are_opened_and_unreadable() -> None:
    vault = Vault([NEW])
    sealed = vault.seal(b"shown once")
    assert (vault.open(sealed), b"shown once" in sealed, vault.seal(b"shown once") == sealed) == (
        b"shown once", False, False,
    )  # fmt: skip


def test_secrets_can_be_replaced() -> None:
    sealed = Vault([OLD]).seal(b"x")
    assert Vault([NEW, OLD]).open(sealed) == b"x"
    newer = Vault([NEW, OLD]).seal(b"y")
    assert Vault([NEW]).open(newer) == b"y"
    with pytest.raises(NotSealedHere):
        Vault([NEW]).open(sealed)


@pytest.mark.parametrize("sealed", [b"", b"nonsense", b"gAAAAA"])
def test_damaged_bytes_are_refused(sealed: bytes) -> None:
    with pytest.raises(NotSealedHere):
        Vault([NEW]).open(sealed)


@pytest.mark.parametrize("secret", ["", "short", f"{NEW},short"])
def test_short_secrets_are_refused(secret: str) -> None:
    with pytest.raises(ValidationError, match="32 characters") as refused:
        Settings(_env_file=None, secret_key=secret)
    assert NEW not in str(refused.value)


def test_secret_of_the_settings_is_used(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, secret_key=f"{NEW}, {OLD}", data_dir=tmp_path)
    assert vault_of(settings).open(Vault([OLD]).seal(b"x")) == b"x"
    assert list(tmp_path.iterdir()) == []


def seal_in(folder: Path) -> bytes:
    return vault_of(Settings(_env_file=None, data_dir=folder)).seal(b"x")


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        sealed = list(pool.map(seal_in, [folder] * 4))
    vault = vault_of(Settings(_env_file=None, data_dir=folder))
    assert [vault.open(one) for one in sealed] == [b"x"] * 4
    assert [file.name for file in folder.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600


class Named:
    """Stands where callers are made out: the name under which a request is counted comes with it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = dict(scope["headers"]).get(b"x-name") if scope["type"] == "http" else None
        if name:
            scope.setdefault("state", {})["allowance"] = name.decode()
        await self.app(scope, receive, send)


async def shown_once(request: Request) -> JSONResponse:
    await request.body()
    request.state.unit.open()
    request.app.state.made += 1
    return JSONResponse({"secret": f"ccs_{request.app.state.made}"}, 201, headers={"Cache-Control": "no-store"})


def service(database: Database, secret: str) -> TestClient:
    clock = FixedClock(datetime(2021, 1, 15, tzinfo=UTC))
    layers = [
        Middleware(Named),
        Middleware(Transactions, database=database, clock=clock, constraints={}, vault=Vault([secret])),
    ]
    app = Starlette(routes=[Route("/secrets", shown_once, methods=["POST"])], middleware=layers)
    app.state.made = 0
    return TestClient(app)


@pytest.fixture
def client_of_one(database: Database) -> Iterator[TestClient]:
    """Give a client of an application that gives out a secret."""
    with service(database, NEW) as client:
        yield client


def test_answer_with_a_secret_is_sealed_and_given_again(client_of_one: TestClient, database: Database) -> None:
    answers = [client_of_one.post("/secrets", headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"secret": "ccs_1"}] * 2
    assert answers[1].headers["idempotency-replayed"] == "true"
    with database.session() as session:
        assert b"ccs_1" not in (session.scalar(sa.select(StoredAnswer.body)) or b"")


def test_answer_sealed_with_a_lost_secret_is_a_conflict(client_of_one: TestClient, database: Database) -> None:
    client_of_one.post("/secrets", headers={"Idempotency-Key": "k"})
    answer = service(database, OLD).post("/secrets", headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/answer-not-readable")


def test_renewed_token_is_the_same_caller_and_another_name_is_not(client_of_one: TestClient) -> None:
    secrets = [
        client_of_one.post(
            "/secrets", headers={"Idempotency-Key": "k", "X-Name": name, "Authorization": f"Bearer {token}"}
        ).json()["secret"]
        for name, token in (("client:1", "a"), ("client:1", "b"), ("client:2", "b"))
    ]
    assert secrets == ["ccs_1", "ccs_1", "ccs_2"]


def test_header_that_reads_like_a_name_is_another_caller(client_of_one: TestClient) -> None:
    client_of_one.post("/secrets", headers={"Idempotency-Key": "k", "X-Name": "client:1"})
    answer = client_of_one.post("/secrets", headers={"Idempotency-Key": "k", "Authorization": "client:1"})
    assert answer.json() == {"secret": "ccs_2"}
