"""Edges of what is refused in a file: sizes, flags, names that only begin alike, archives that are none."""

import io
import zipfile

import pytest

from cluster_api.evidence.rules import MOST_MEMBERS, MOST_UNPACKED, findings_in, type_of
from tests.assessments.given import PDF, archive
from tests.evidence.test_rules import DOCUMENT, DOCX, ODT, WORD

CENTRAL = b"PK\x01\x02"


def findings(content: bytes, name: str = "plan.docx", media_type: str = DOCX) -> list[str]:
    return findings_in(io.BytesIO(content), name, media_type)


def in_pdf(text: bytes) -> list[str]:
    return findings(PDF + text, "proof.pdf", "application/pdf")


def altered(content: bytes, offset: int, value: bytes) -> bytes:
    """Answer an archive with other bytes in the last record of its directory."""
    whole = bytearray(content)
    at = whole.rindex(CENTRAL) + offset
    whole[at : at + len(value)] = value
    return bytes(whole)


def sized(total: int) -> bytes:
    """Answer a document whose directory says that it unpacks to so many bytes."""
    others = sum(len(text) for text in DOCUMENT.values()) - len([*DOCUMENT.values()][-1])
    return altered(WORD, 24, (total - others).to_bytes(4, "little"))


def test_file_of_a_type_that_is_not_taken_has_no_ending_that_fits() -> None:
    assert findings(b"Hello.", "hello.txt", "text/plain") == ["other_type", "other_ending"]


def test_archive_that_cannot_be_read_is_told_so() -> None:
    assert findings(b"PK\x03\x04 no archive at all") == ["other_type", "unreadable"]


@pytest.mark.parametrize(("more", "expected"), [(0, []), (1, ["too_much_inside"])])
def test_document_may_unpack_to_a_gigabyte(more: int, expected: list[str]) -> None:
    assert findings(sized(MOST_UNPACKED + more)) == expected


@pytest.mark.parametrize(("count", "expected"), [(MOST_MEMBERS, []), (MOST_MEMBERS + 1, ["too_much_inside"])])
def test_document_may_have_ten_thousand_members(count: int, expected: list[str]) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name in ("[Content_Types].xml", "word/document.xml", *map(str, range(count - 2))):
            file.writestr(name, "")
    assert findings(written.getvalue()) == expected


@pytest.mark.parametrize(("flags", "expected"), [(0, []), (1, ["encrypted"]), (2, []), (3, ["encrypted"])])
def test_locked_archive_is_refused(flags: int, expected: list[str]) -> None:
    assert findings(altered(WORD, 8, flags.to_bytes(2, "little"))) == expected


@pytest.mark.parametrize(
    ("said", "media_type"),
    [(ODT, ODT), (f"{ODT}\n", ODT), (f"{ODT}-template", None), (f"{ODT}é", None), (ODT[:-1], None)],
)
def test_marker_must_say_the_whole_type(said: str, media_type: str | None) -> None:
    assert type_of(io.BytesIO(archive(mimetype=said))) == media_type


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"/JS (x) /JSON 1", ["script"]),
        (b"/JSON 1 /JS (x) /JSON 2", ["script"]),
        (b"/JSON 1 /JSON 2", []),
        (b"/JSa(x)", []),
        (b"/JS", ["script"]),
    ],
)
def test_names_are_looked_for_everywhere_and_whole(text: bytes, expected: list[str]) -> None:
    assert in_pdf(text) == expected


def test_name_at_the_very_beginning_is_found() -> None:
    assert findings(b"/JavaScript", "proof.pdf", "application/pdf") == ["other_type", "script"]
