"""Invoices as the tests need them, issued over HTTP."""

from typing import Any

from starlette.testclient import TestClient

from cluster_api.foundation.identifiers import uuid7

Headers = dict[str, str]
PATH = "/v1/invoices"
GROSS = 998_250
PAYER = {"name": "Ministry", "street": "Rue 1", "postal_code": "1000", "city": "Brussels", "country": "BE"}


def keyed(headers: Headers) -> Headers:
    """Answer headers with a fresh idempotency key."""
    return {**headers, "Idempotency-Key": str(uuid7())}


def asked(cluster: str, **more: Any) -> dict[str, Any]:
    """Answer the body of an invoice over a first gold label."""
    process = {"level": "gold", "kind": "first", "mode": "on_site", "applied_on": "2021-01-15"}
    return {"cluster_id": cluster, "payer": PAYER, **process, **more}


def issued(client: TestClient, headers: Headers, cluster: str, **more: Any) -> dict[str, Any]:
    """Issue an invoice and answer it."""
    answer = client.post(PATH, json=asked(cluster, **more), headers=keyed(headers))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def act(client: TestClient, number: str, verb: str, headers: Headers, body: Any) -> Any:
    """Do something with an invoice as it is now."""
    tag = client.get(f"{PATH}/{number}", headers=headers).headers.get("ETag", "*")
    return client.post(f"{PATH}/{number}/{verb}", json=body, headers=keyed({**headers, "If-Match": tag}))


def kind(answer: Any) -> tuple[int, str]:
    """Answer the status and the problem of an answer."""
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")
