"""Files kept by the SHA-256 of their content in an object storage that speaks S3.

The library is an extra of the package, loaded when a store is first used. What is kept is compared with its digest
each time it is given out: the storage is believed no more than a disk is.
"""

import base64
from functools import cache
from importlib import import_module
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from cluster_api.foundation.errors import Unavailable
from cluster_api.foundation.filestore import PIECE, FileMissing, digest_and_size
from cluster_api.foundation.settings import ObjectStorage

SPOOLED = 8 * 1024 * 1024
ABSENT = {"404", "NoSuchKey", "NotFound"}
"""How storages say that there is no such object."""


class StorageNotInstalled(Unavailable):
    """Files cannot be kept in an object storage here.

    The operator of this service has left out the extra `s3` (`pip install cluster-api[s3]`).
    """


class StorageUnreachable(Unavailable):
    """The storage of the files does not answer, or refuses the service.

    Nothing was changed. Repeat after the number of seconds in `Retry-After`; if it lasts, whoever runs the service
    looks at the settings of the storage.
    """


class ObjectStore:
    """A bucket of files by digest below a prefix."""

    def __init__(self, bucket: str, prefix: str, access: ObjectStorage) -> None:
        """Keep files in this bucket, which must be there, under keys that begin with the prefix."""
        self.bucket, self.prefix, self.access = bucket, prefix.strip("/"), access

    def _key(self, digest: str) -> str:
        return "/".join(part for part in (self.prefix, digest[:2], digest[2:4], digest) if part)

    def _ask(self, verb: str, digest: str, **more: Any) -> Any:
        failures, client = _client(self.access)
        try:
            return getattr(client, verb)(Bucket=self.bucket, Key=self._key(digest), **more)
        except failures.ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ABSENT:
                raise FileMissing(digest) from error
            raise StorageUnreachable(f"The storage of the files answers {code}.") from error
        except failures.BotoCoreError as error:
            raise StorageUnreachable(f"The storage of the files does not answer: {type(error).__name__}.") from error

    def keep(self, file: BinaryIO) -> tuple[str, int]:
        """Keep a file, whole or not at all, and answer its digest and size; a copy that was spoilt is replaced.

        The storage is told the digest and refuses what comes otherwise.

        Raises:
            StorageNotInstalled, StorageUnreachable: as named.
        """
        digest, size = digest_and_size(file)
        if not self.is_intact(digest):
            said = base64.b64encode(bytes.fromhex(digest)).decode()
            self._ask("put_object", digest, Body=file, ContentLength=size, ChecksumSHA256=said)
            file.seek(0)
        return digest, size

    def is_intact(self, digest: str) -> bool:
        """Answer whether the file is there and still has its digest.

        Raises:
            StorageNotInstalled, StorageUnreachable: as named.
        """
        try:
            self.open(digest).close()
        except FileMissing:
            return False
        return True

    def open(self, digest: str) -> BinaryIO:
        """Answer the file, to be closed by the caller.

        Raises:
            FileMissing: it is not there, or was changed in the storage.
            StorageNotInstalled, StorageUnreachable: as named.
        """
        answer = self._ask("get_object", digest)
        # What was compared is what is given: a copy of its own, not a second answer of the storage.
        file = cast("BinaryIO", SpooledTemporaryFile(max_size=SPOOLED))  # noqa: SIM115 - closed by the caller
        _copy(answer["Body"], file, self.access)
        if digest_and_size(file)[0] != digest:
            file.close()
            raise FileMissing(digest)
        return file


def _copy(source: Any, target: BinaryIO, access: ObjectStorage) -> None:
    failures, _ = _client(access)
    try:
        while piece := source.read(PIECE):
            target.write(piece)
    except failures.BotoCoreError as error:
        target.close()
        raise StorageUnreachable("The storage of the files stopped in the middle of a file.") from error
    finally:
        source.close()


@cache
def _client(access: ObjectStorage) -> tuple[Any, Any]:
    """Answer the failures of the library and a client of the storage, which several threads may use at once."""
    try:
        failures, config = import_module("botocore.exceptions"), import_module("botocore.config")
        session = import_module("boto3.session").Session()
    except ModuleNotFoundError as error:
        raise StorageNotInstalled from error
    secret = None if access.secret_key is None else access.secret_key.get_secret_value()
    client = session.client(
        "s3",
        endpoint_url=access.endpoint,
        region_name=access.region,
        aws_access_key_id=access.access_key,
        aws_secret_access_key=secret,
        config=config.Config(
            connect_timeout=access.timeout_seconds,
            read_timeout=access.timeout_seconds,
            retries={"mode": "standard", "max_attempts": 2},
            # Storages other than Amazon's seldom have a host name for each bucket.
            s3={"addressing_style": "auto" if access.endpoint is None else "path"},
        ),
    )
    return failures, client
