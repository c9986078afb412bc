"""Files by digest, in a folder and in an object storage: kept whole or not at all, given only as they were kept."""

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import SecretStr, ValidationError

from cluster_api.foundation.filestore import PIECE, FileMissing, FileStore, FolderStore
from cluster_api.foundation.objectstore import ObjectStore, StorageUnreachable
from cluster_api.foundation.settings import ObjectStorage, Settings
from cluster_api.foundation.storage import evidence_store
from tests.storages import BUCKET, client_of, emptied, keys, running_storage, spoil

CONTENT = b"proof" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PLACE = f"{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"


class World(NamedTuple):
    """A store, what it keeps behind its back, and how that is spoilt and lost there."""

    store: FileStore
    kept: Callable[[], list[str]]
    spoil: Callable[[bytes], None]
    lose: Callable[[], None]


@pytest.fixture(scope="module")
def storage() -> Iterator[ObjectStorage]:
    """Give a served storage."""
    with running_storage() as access:
        yield access


@pytest.fixture(params=["folder", "s3"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Give an empty store of each kind."""
    if request.param == "folder":
        place = tmp_path / PLACE
        return World(
            FolderStore(tmp_path),
            lambda: [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()],
            place.write_bytes,  # type: ignore[arg-type] # what it answers is not looked at
            place.unlink,
        )
    access: ObjectStorage = request.getfixturevalue("storage")
    emptied(access)
    key = f"evidence/{PLACE}"
    return World(
        ObjectStore(BUCKET, "/evidence/", access),
        lambda: [key.removeprefix("evidence/") for key in keys(access)],
        lambda content: spoil(access, key, content),
        lambda: client_of(access).delete_object(Bucket=BUCKET, Key=key),
    )


def test_file_is_found_by_its_digest(world: World) -> None:
    file = io.BytesIO(CONTENT)
    assert world.store.keep(file) == (DIGEST, len(CONTENT))
    assert not file.closed
    assert world.store.keep(io.BytesIO(CONTENT)) == (DIGEST, len(CONTENT))
    with world.store.open(DIGEST) as found:
        assert found.read() == CONTENT
    assert world.kept() == [PLACE]


def test_file_larger_than_a_piece_comes_back_whole(world: World) -> None:
    content = bytes(range(256)) * (PIECE // 100)
    digest, size = world.store.keep(io.BytesIO(content))
    with world.store.open(digest) as found:
        assert (found.read(), size) == (content, len(content))


def test_spoilt_file_is_not_given_and_is_mended_by_keeping_it_again(world: World) -> None:
    world.store.keep(io.BytesIO(CONTENT))
    world.spoil(b"other")
    assert not world.store.is_intact(DIGEST)
    with pytest.raises(FileMissing):
        world.store.open(DIGEST)
    world.store.keep(io.BytesIO(CONTENT))
    assert world.store.is_intact(DIGEST)


def test_lost_file_is_missing_until_it_is_kept_again(world: World) -> None:
    world.store.keep(io.BytesIO(CONTENT))
    world.lose()
    assert not world.store.is_intact(DIGEST)
    with pytest.raises(FileMissing):
        world.store.open(DIGEST)
    world.store.keep(io.BytesIO(CONTENT))
    assert world.kept() == [PLACE]


def test_unknown_file_is_missing(world: World) -> None:
    world.store.keep(io.BytesIO(b"something else"))
    assert not world.store.is_intact(DIGEST)
    with pytest.raises(FileMissing):
        world.store.open(DIGEST)


def test_one_file_sent_by_many_at_once_is_one(world: World) -> None:
    start = threading.Barrier(4)

    def keep(_: int) -> tuple[str, int]:
        start.wait()
        return world.store.keep(io.BytesIO(CONTENT))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(keep, range(4))) == [(DIGEST, len(CONTENT))] * 4
    assert world.kept() == [PLACE]
    assert world.store.is_intact(DIGEST)


def test_storage_that_does_not_answer_is_not_taken_for_a_lost_file() -> None:
    nowhere = ObjectStorage(
        endpoint="http://127.0.0.1:9", access_key="a", secret_key=SecretStr("not-a-secret"), timeout_seconds=1
    )
    store = ObjectStore(BUCKET, "", nowhere)
    for ask in (lambda: store.open(DIGEST), lambda: store.is_intact(DIGEST), lambda: store.keep(io.BytesIO(CONTENT))):
        with pytest.raises(StorageUnreachable):
            ask()


def test_bucket_that_is_not_there_is_not_taken_for_a_lost_file(storage: ObjectStorage) -> None:
    with pytest.raises(StorageUnreachable, match="NoSuchBucket"):
        ObjectStore("another", "", storage).is_intact(DIGEST)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("", "var/evidence"), ("/srv/proofs", "/srv/proofs"), ("s3://proofs", ("proofs", "")),
     ("s3://proofs/of/cases/", ("proofs", "of/cases"))],
)  # fmt: skip
def test_one_setting_names_the_store(setting: str, expected: str | tuple[str, str]) -> None:
    found = evidence_store(Settings(_env_file=None, evidence_store=setting))
    if isinstance(found, ObjectStore):
        assert (found.bucket, found.prefix) == expected
    else:
        assert isinstance(found, FolderStore)
        assert str(found.folder) == expected


@pytest.mark.parametrize("setting", ["s3://", "s3://UPPER", "ftp://host/x", "s3://proofs/a b"])
def test_store_that_cannot_be_is_refused_at_the_start(setting: str) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, evidence_store=setting)


def test_key_of_the_storage_is_a_pair_and_never_shown() -> None:
    with pytest.raises(ValidationError):
        ObjectStorage(access_key="a")
    access = ObjectStorage(access_key="a", secret_key=SecretStr("very secret indeed"))
    settings = Settings(_env_file=None, object_storage=access)
    assert "very secret indeed" not in settings.shown("object_storage")
    assert "very secret indeed" in settings.secrets()
