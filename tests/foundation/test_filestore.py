"""Files by digest: kept whole or not at all, given only as they were kept."""

import hashlib
import io
from pathlib import Path

import pytest

from cluster_api.foundation.filestore import FileMissing, FileStore

CONTENT = b"proof" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def test_file_is_found_by_its_digest(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    assert store.keep(io.BytesIO(CONTENT)) == (DIGEST, len(CONTENT))
    assert store.keep(io.BytesIO(CONTENT)) == (DIGEST, len(CONTENT))
    with store.open(DIGEST) as file:
        assert file.read() == CONTENT
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [DIGEST]


def test_spoilt_file_is_not_given_and_is_mended_by_keeping_it_again(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.keep(io.BytesIO(CONTENT))
    place = next(path for path in tmp_path.rglob("*") if path.is_file())
    place.write_bytes(b"other")
    assert not store.is_intact(DIGEST)
    with pytest.raises(FileMissing):
        store.open(DIGEST)
    store.keep(io.BytesIO(CONTENT))
    assert store.is_intact(DIGEST)


def test_unknown_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        FileStore(tmp_path).open(DIGEST)
