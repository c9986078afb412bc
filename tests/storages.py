"""A storage that speaks S3, served on this machine for the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import boto3
from pydantic import SecretStr

from cluster_api.foundation.settings import ObjectStorage

BUCKET = "proofs"


@contextmanager
def running_storage() -> Iterator[ObjectStorage]:
    """Serve an empty storage with one bucket, and answer how it is reached."""
    server = import_module("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    access = ObjectStorage(
        endpoint=f"http://{host}:{port}", region="eu-west-1", access_key="tester", secret_key=SecretStr("not-a-secret")
    )
    # Servers in one process share what they keep.
    if BUCKET not in [one["Name"] for one in client_of(access).list_buckets()["Buckets"]]:
        place = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
        client_of(access).create_bucket(Bucket=BUCKET, **place)
    emptied(access)
    yield access
    server.stop()


def client_of(access: ObjectStorage) -> Any:
    """Answer a client of the storage of its own, as whoever runs the storage has one."""
    secret = access.secret_key
    return boto3.session.Session().client(
        "s3",
        endpoint_url=access.endpoint,
        region_name=access.region,
        aws_access_key_id=access.access_key,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
    )


def keys(access: ObjectStorage) -> list[str]:
    """Answer the keys of all that is kept in the bucket."""
    return [one["Key"] for one in client_of(access).list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def emptied(access: ObjectStorage) -> None:
    """Remove everything from the bucket."""
    for key in keys(access):
        client_of(access).delete_object(Bucket=BUCKET, Key=key)


def spoil(access: ObjectStorage, key: str, content: bytes) -> None:
    """Put another content under a key, behind the back of the service."""
    client_of(access).put_object(Bucket=BUCKET, Key=key, Body=content)
