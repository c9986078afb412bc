"""What a file is by its content, and what in it is refused."""

import io

import pytest

from cluster_api.evidence.rules import findings_in, type_of
from tests.assessments.given import PDF, archive

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
DOCUMENT = {"_Content_Types__DOT_xml": "<Types/>", "word__document_DOT_xml": "<document/>"}
WORD = archive(**DOCUMENT)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 20, "image/png"),
        (b"\xff\xd8\xff\xe0" + b"x" * 20, "image/jpeg"),
        (WORD, DOCX),
        (archive(xl__workbook_DOT_xml="<workbook/>"), XLSX),
        (archive(mimetype=ODT, content_DOT_xml="<office/>"), ODT),
        (archive(mimetype="application/epub+zip"), None),
        (archive(readme_DOT_txt="Hello."), None),
        (b"PK\x03\x04 no archive at all", None),
        (b"MZ\x90\x00" + b"x" * 60, None),
        (b"\x7fELF" + b"x" * 60, None),
        (b"#!/bin/sh\nrm -rf /\n", None),
        (b"<html><script>alert(1)</script></html>", None),
        (b" %PDF-1.7", None),
        (b"", None),
    ],
)
def test_type_is_what_the_content_says(content: bytes, media_type: str | None) -> None:
    assert type_of(io.BytesIO(content)) == media_type


@pytest.mark.parametrize(
    ("content", "name", "media_type", "found"),
    [
        (PDF, "proof.pdf", "application/pdf", []),
        (PDF, "PROOF.PDF", "application/pdf", []),
        (PDF, "proof.png", "application/pdf", ["other_ending"]),
        (PDF, "proof", "application/pdf", ["other_ending"]),
        (PDF, "proof.png", "image/png", ["other_type"]),
        (WORD, "plan.docx", DOCX, []),
        (archive(**DOCUMENT, word__vbaProject_DOT_bin="x"), "plan.docx", DOCX, ["macro"]),
        (archive(**DOCUMENT, word__VBAPROJECT_DOT_BIN="x"), "plan.docx", DOCX, ["macro"]),
        (archive(**DOCUMENT, word__media__run_DOT_EXE="x"), "plan.docx", DOCX, ["executable"]),
        (archive(**DOCUMENT, word__embeddings__oleObject1_DOT_bin="x"), "plan.docx", DOCX, ["embedded_object"]),
        (archive(mimetype=ODT, Basic__Standard__Module1_DOT_xml="x"), "plan.odt", ODT, ["macro"]),
        (PDF + b"/OpenAction << /S /JavaScript /JS (x) >>", "proof.pdf", "application/pdf", ["script"]),
        (PDF + b"<< /S /Launch /F (x) >>", "proof.pdf", "application/pdf", ["launch"]),
        (PDF + b"<< /JSON 1 /Launchpad 2 >>", "proof.pdf", "application/pdf", []),
        (PDF + b" " * (1024 * 1024 - len(PDF) - 4) + b"/JavaScript (x)", "proof.pdf", "application/pdf", ["script"]),
    ],
)
def test_check_finds_what_is_refused(content: bytes, name: str, media_type: str, found: list[str]) -> None:
    assert findings_in(io.BytesIO(content), name, media_type) == found


def test_archive_that_unpacks_to_too_much_is_refused() -> None:
    whole = bytearray(WORD)
    at = whole.rindex(b"PK\x01\x02")
    whole[at + 24 : at + 28] = (2**31).to_bytes(4, "little")
    assert "too_much_inside" in findings_in(io.BytesIO(bytes(whole)), "plan.docx", DOCX)
