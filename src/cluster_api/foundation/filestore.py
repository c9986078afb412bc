"""Files kept by the SHA-256 of their content; a file is never changed, and whoever changes it is found out.

All that stands above needs is the three verbs of a store. Here stands the store in a folder; the one in an object
storage stands in ``objectstore``, and ``storage`` says which of them a setting names.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO, Protocol

PIECE = 1024 * 1024


class FileMissing(Exception):  # noqa: N818 - names state the fact, without a suffix
    """The store has no such file, or one whose content is not what its name promises."""


def digest_and_size(file: BinaryIO) -> tuple[str, int]:
    """Answer the SHA-256 and the length of a file, read from its beginning; it stands at its beginning afterwards."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return digest.hexdigest(), size


class FileStore(Protocol):
    """Where files are kept by their digests."""

    def keep(self, file: BinaryIO) -> tuple[str, int]:
        """Keep a file, whole or not at all, and answer its digest and size; a copy that was spoilt is replaced."""

    def is_intact(self, digest: str) -> bool:
        """Answer whether the file is there and still has its digest."""

    def open(self, digest: str) -> BinaryIO:
        """Answer the file, to be closed by the caller; raise FileMissing if it is not there, or is not what it was."""


class FolderStore:
    """A folder of files by digest, in sub-folders by the first letters."""

    def __init__(self, folder: Path) -> None:
        """Keep files below this folder, which is made when the first one comes."""
        self.folder = folder

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest[2:4] / digest

    def keep(self, file: BinaryIO) -> tuple[str, int]:
        """Keep a file, whole or not at all, and answer its digest and size; a copy that was spoilt is replaced."""
        digest, size = digest_and_size(file)
        place = self._place(digest)
        if not self.is_intact(digest):
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=place.parent)
            with os.fdopen(handle, "wb") as written:
                while piece := file.read(PIECE):
                    written.write(piece)
                written.flush()
                os.fsync(written.fileno())
            Path(name).replace(place)
        return digest, size

    def is_intact(self, digest: str) -> bool:
        """Answer whether the file is there and still has its digest."""
        place = self._place(digest)
        if not place.is_file():
            return False
        with place.open("rb") as file:
            return digest_and_size(file)[0] == digest

    def open(self, digest: str) -> BinaryIO:
        """Answer the file, to be closed by the caller.

        Raises:
            FileMissing: it is not there, or was changed on the disk.
        """
        place = self._place(digest)
        if not place.is_file():
            raise FileMissing(digest)
        # What was compared is what is given: the same open file, not the same name.
        file = place.open("rb")
        if digest_and_size(file)[0] != digest:
            file.close()
            raise FileMissing(digest)
        return file
