"""Clusters made for tests: complete enough to be published, and changed as each test says."""

from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.clusters import actions
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.schemas import EXAMPLE, ClusterCreate
from cluster_api.identity.access import Actor
from cluster_api.profiles import actions as profiles

COMPLETE: dict[str, Any] = {**EXAMPLE, "identifiers": []}


def created(session: Session, actor: Actor, **facts: Any) -> Cluster:
    """Record a draft with these facts besides those of a complete one."""
    given = ClusterCreate(**{**COMPLETE, **facts})
    return actions.create(session, actor, given, allow_duplicate=True)


def published(session: Session, actor: Actor, **facts: Any) -> Cluster:
    """Record a cluster with these facts and publish it."""
    cluster = created(session, actor, **facts)
    profiles.submit(session, actor, cluster)
    profiles.publish(session, actor, cluster)
    return cluster


def posted(client: TestClient, admin: dict[str, str], **facts: Any) -> str:
    """Record a draft over HTTP and answer its path."""
    answer = client.post("/v1/clusters?allow_duplicate=true", json={**COMPLETE, **facts}, headers=admin)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def moved(client: TestClient, admin: dict[str, str], path: str, *verbs: str, **body: Any) -> None:
    """Move the profile of the cluster at this path by these verbs."""
    for verb in verbs:
        tag = client.get(path, headers=admin).headers["ETag"]
        answer = client.post(f"{path}/profile/{verb}", json=body, headers={**admin, "If-Match": tag})
        assert answer.status_code == 200, answer.text
