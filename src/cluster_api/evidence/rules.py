"""What a file is by its content, and what in it is refused: macros, executables, scripts.

The check is a first sieve, not a virus scanner: what is compressed inside a PDF is not looked into. Types and refused
contents are data.
"""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import BinaryIO

from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.filestore import PIECE

PACKAGE = "cluster_api.evidence"
LONGEST_MAGIC = 16
MOST_MEMBERS = 10_000
MOST_UNPACKED = 1024 * 1024 * 1024
"""A gigabyte: documents that unpack to more are meant to hurt."""
OVERLAP = 32


def type_of(file: BinaryIO) -> str | None:
    """Answer the media type of a file by its content; None if it is none of those taken."""
    file.seek(0)
    start = file.read(LONGEST_MAGIC)
    for row in data_rows(PACKAGE, "file_types"):
        if start.startswith(bytes.fromhex(row["magic"])) and _has_marker(file, row["marker"], row["media_type"]):
            return row["media_type"]
    return None


def _has_marker(file: BinaryIO, marker: str, media_type: str) -> bool:
    if not marker:
        return True
    try:
        with zipfile.ZipFile(file) as archive:
            if marker != "mimetype":
                return marker in archive.namelist()
            with archive.open(marker) as said:
                return said.read(len(media_type) + 1).decode("ascii", "replace").strip() == media_type
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError):
        return False


def endings_of(media_type: str) -> Sequence[str]:
    """Answer the endings that names of this type have."""
    rows = (row for row in data_rows(PACKAGE, "file_types") if row["media_type"] == media_type)
    return next((row["endings"].split() for row in rows), ())


def findings_in(file: BinaryIO, name: str, media_type: str) -> list[str]:
    """Answer what is wrong with a file, as codes; nothing if it can be released."""
    found = [] if type_of(file) == media_type else ["other_type"]
    if PurePath(name).suffix.lower().removeprefix(".") not in endings_of(media_type):
        found.append("other_ending")
    file.seek(0)
    is_archive = file.read(4) == b"PK\x03\x04"
    found += _in_archive(file) if is_archive else _in_content(file, media_type)
    return list(dict.fromkeys(found))


def _in_archive(file: BinaryIO) -> Iterator[str]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError):
        yield "unreadable"
        return
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
        yield "too_much_inside"
    if any(one.flag_bits & 1 for one in members):
        yield "encrypted"
    for name in (one.filename.lower() for one in members):
        for row in data_rows(PACKAGE, "refused_content"):
            if _is_refused(name, row["where"], row["pattern"]):
                yield row["code"]


def _is_refused(name: str, where: str, pattern: str) -> bool:
    match where:
        case "member":
            return PurePath(name).name == pattern
        case "member_start":
            return name.startswith(pattern)
        case "member_ending":
            return name.endswith(tuple(pattern.split()))
    return False


def _in_content(file: BinaryIO, media_type: str) -> Iterator[str]:
    if media_type != "application/pdf":
        return
    wanted = [row for row in data_rows(PACKAGE, "refused_content") if row["where"] == "content"]
    file.seek(0)
    before = b""
    while piece := file.read(PIECE):
        looked_at = before + piece
        for row in wanted:
            if _names(looked_at, row["pattern"].encode()):
                yield row["code"]
        before = looked_at[-OVERLAP:]


def _names(content: bytes, word: bytes) -> bool:
    """Answer whether a name of PDF occurs as a whole: ``/JS`` does not in ``/JSON``."""
    at = content.find(word)
    while at >= 0:
        after = content[at + len(word) : at + len(word) + 1]
        if not after.isalnum():
            return True
        at = content.find(word, at + 1)
    return False
