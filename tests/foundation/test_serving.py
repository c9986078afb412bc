"""A real server believes the proxies it is told of and nobody else, and speaks TLS."""

import math
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import uvicorn
from pydantic import ValidationError
from starlette.testclient import TestClient

from cluster_api.app import create_app, create_service
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.serving import server_options
from cluster_api.foundation.settings import Settings
from cluster_api.foundation.sharedlimits import RequestCount
from tests.foundation.certificates import given_certificate

Serve = Callable[..., str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(settings: Settings, clock: FixedClock, database: Database) -> Iterator[str]:
    service = create_service(settings, clock=clock, database=database)
    server = uvicorn.Server(uvicorn.Config(service, **server_options(settings), lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"{'https' if settings.tls_certificate else 'http'}://localhost:{settings.port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def serve(settings: Settings, clock: FixedClock, database: Database) -> Iterator[Serve]:
    """Give a function that serves with other settings on this machine and answers the address."""
    with ExitStack() as stack:

        def start(**other: Any) -> str:
            changed = settings.model_copy(update={"port": free_port(), **other})
            return stack.enter_context(running(changed, clock, database))

        yield start


def statuses(base: str, requests: int) -> list[int]:
    """Answer how requests fare of which each claims to come from another client."""
    with httpx.Client(base_url=base) as client:
        return [
            client.get("/v1/nothing", headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
            for number in range(requests)
        ]


def test_stranger_cannot_pretend_to_be_another_client(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    # Neither this machine nor the environment of the server is a reason to believe.
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    for proxies in ("", "10.0.0.0/8"):
        assert statuses(serve(requests_per_minute=3, trusted_proxies=proxies), 5) == [404, 404, 404, 429, 429]


def test_trusted_proxy_is_believed(serve: Serve) -> None:
    assert statuses(serve(requests_per_minute=1, trusted_proxies="10.0.0.0/8, 127.0.0.1, ::1"), 5) == [404] * 5


def test_client_behind_two_proxies_cannot_pretend_either(serve: Serve) -> None:
    base = serve(requests_per_minute=1, trusted_proxies="127.0.0.1,::1,10.0.0.0/8")
    told = [f"198.51.100.{number}, 192.0.2.7, 10.0.0.1" for number in range(3)]
    answers = [httpx.get(f"{base}/v1/nothing", headers={"X-Forwarded-For": text}) for text in told]
    assert [answer.status_code for answer in answers] == [404, 429, 429]


def test_stranger_cannot_pretend_that_the_connection_was_secure(serve: Serve, admin: dict[str, str]) -> None:
    headers = {**admin, "X-Forwarded-Proto": "https"}
    bases = [serve(public_url="https://register.example", trusted_proxies=proxies) for proxies in ("", "127.0.0.1,::1")]
    answers = [httpx.get(f"{base}/v1/clusters", headers=headers) for base in bases]
    assert [answer.status_code for answer in answers] == [403, 200]
    assert answers[0].json()["type"] == "/problems/insecure-transport"


def test_server_says_nothing_of_itself(serve: Serve) -> None:
    assert "server" not in httpx.get(f"{serve()}/health/live").headers


def test_service_speaks_tls_itself(serve: Serve, tmp_path: Path, admin: dict[str, str]) -> None:
    certificate, key, believing = given_certificate(tmp_path, "localhost")
    base = serve(tls_certificate=certificate, tls_key=key, public_url="https://localhost")
    assert httpx.get(f"{base}/v1/clusters", headers=admin, verify=believing).status_code == 200
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{base}/v1/clusters", verify=ssl.create_default_context())


@pytest.mark.parametrize(
    "wrong", [{"trusted_proxies": "*"}, {"trusted_proxies": "proxy.example"}, {"tls_key": "key.pem"}]
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **wrong)


def test_processes_count_together(
    own_postgres_database: str, migrated: Callable[..., Database], tmp_path: Path
) -> None:
    database = migrated("postgresql", own_postgres_database)
    with served(own_postgres_database, tmp_path) as one, served(own_postgres_database, tmp_path) as two:
        began = time.monotonic()
        assert [status_of(one) for _ in range(12)] == [404] * 12
        assert status_of(two) == 404  # a process asks about those whom it has seen itself
        wait_until(lambda: requests_told(database) == 13)
        time.sleep(0.5)  # from the commit of what it told to its own knowledge of what the other has told
        answers = [status_of(two) for _ in range(19)]
        # In a new minute the minute before counts less with every second.
        forgotten = math.ceil(20 * (time.monotonic() - began) / 60)
    assert answers == sorted(answers)
    # Alone it would let 19 more through.
    assert 7 <= answers.count(404) <= 7 + forgotten < 19


def test_more_than_one_worker_count_together(own_postgres_database: str, tmp_path: Path) -> None:
    """What `--workers` sets is what the processes find: the command is run, and only the server is another."""
    code = (
        "import os, uvicorn\n"
        "uvicorn.run = lambda *_, workers, **__: print(workers, os.environ.get('SHARED_LIMITS'))\n"
        "from cluster_api.cli import main\nmain()"
    )
    environment = {**os.environ, "DATABASE_URL": own_postgres_database, "DATA_DIR": str(tmp_path)}
    environment.pop("SHARED_LIMITS", None)
    migrate = [sys.executable, "-c", code, "migrate"]
    subprocess.run(migrate, env=environment, cwd=tmp_path, check=True, capture_output=True)
    for workers, told in (("1", "1 None"), ("2", "2 true")):
        command = [sys.executable, "-c", code, "serve", "--workers", workers]
        run = subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True, text=True)
        assert told in run.stdout.splitlines()


@contextmanager
def served(database_url: str, folder: Path) -> Iterator[httpx.Client]:
    """Serve by the command in a process that shares its limit, and answer a client of it."""
    port = free_port()
    environment = {
        **os.environ, "DATABASE_URL": database_url, "DATA_DIR": str(folder), "PORT": str(port),
        "REQUESTS_PER_MINUTE": "20", "SHARED_LIMITS": "true",
    }  # fmt: skip
    command = [sys.executable, "-c", "from cluster_api.cli import main; main()", "serve"]
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def status_of(client: httpx.Client) -> int:
    return client.get("/v1/nothing").status_code


def requests_told(database: Database) -> int:
    with database.session() as session:
        return session.scalar(sa.select(sa.func.coalesce(sa.func.sum(RequestCount.count), 0))) or 0


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(100):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("waited ten seconds in vain")


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not listen within 20 s")


def test_database_that_was_given_stays_open_after_the_service(
    settings: Settings, clock: FixedClock, database: Database
) -> None:
    reader = database.reader
    with TestClient(create_service(settings, clock=clock, database=database), base_url="http://127.0.0.1:8000") as one:
        assert one.get("/v1/register").status_code == 200
    assert database.reader is reader
    assert reader.fetch(reader.prepare(sa.select(sa.literal(1))), {}) == [(1,)]


def test_database_of_its_own_is_closed_with_the_service(
    settings: Settings, clock: FixedClock, database: Database
) -> None:
    changed = settings.model_copy(update={"database_url": database.url.render_as_string(hide_password=False)})
    service = create_app(changed, clock=clock)
    with TestClient(service, base_url="http://127.0.0.1:8000") as one:
        assert one.get("/v1/register").status_code == 200
        reader = service.state.database.reader
    assert service.state.database.reader is not reader
    service.state.database.close()
