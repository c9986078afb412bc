"""Shared field types: what they accept, what they refuse, and that the document says the same."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from cluster_api.foundation.fields import (
    DIGITS,
    DISTINCT,
    WHOLE,
    CivilDay,
    CodeOf,
    Flag,
    Instant,
    LanguageCode,
    Line,
    Prose,
    WebAddress,
)

Count = Annotated[int, Field(ge=0, le=5, strict=True), WHOLE]
CountAsked = Annotated[int, Field(ge=0, le=5), DIGITS]
Greek = Annotated[str, CodeOf(lambda: {"EL", "GR"}, "Greece.", lambda code: {"EL": "GR"}.get(code, code))]
Distinct = Annotated[list[int], DISTINCT]


def taken(kind: Any, value: Any) -> Any:
    """Answer what a type makes of a value, or the word refused."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return "refused"


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (Count, 3, 3),
        (Count, 3.0, 3),
        (Count, 3.5, "refused"),
        (Count, True, "refused"),
        (Count, "3", "refused"),
        (Count, 6, "refused"),
        (Count, float("inf"), "refused"),
        (CountAsked, "3", 3),
        (CountAsked, "3.0", "refused"),
        (CountAsked, "٣", "refused"),
        (CountAsked, "9" * 30, "refused"),
        (Flag, "true", True),
        (Flag, "false", False),
        (Flag, "1", "refused"),
        (Flag, "yes", "refused"),
        (CivilDay, "2020-02-29", date(2020, 2, 29)),
        (CivilDay, "2021-02-29", "refused"),
        (CivilDay, "20200229", "refused"),
        (CivilDay, 0, "refused"),
        (Instant, "2020-12-31T23:59:59Z", datetime(2020, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (Instant, "2020-12-31t23:59:59.5+01:00", datetime(2020, 12, 31, 22, 59, 59, 500_000, tzinfo=UTC)),
        (Instant, "2020-12-31T23:59:59", "refused"),
        (Instant, "1609459199", "refused"),
        (Instant, "0001-01-01T00:00:00+14:00", datetime.min.replace(tzinfo=UTC)),
        (Instant, "9999-12-31T23:59:59-14:00", datetime.max.replace(tzinfo=UTC)),
        (Line, "  Pôle Énergie ", "Pôle Énergie"),
        (Line, "   ", "refused"),
        (Line, "two\nlines", "refused"),
        (Line, "nul\x00", "refused"),
        (Line, "half \ud800", "refused"),
        (Prose, "two\nlines", "two\nlines"),
        (Prose, "bell\x07", "refused"),
        (WebAddress, "https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        (WebAddress, "https://köln.example", "https://köln.example"),
        (WebAddress, "ftp://example.org", "refused"),
        (WebAddress, "https://user@example.org", "refused"),
        (WebAddress, "https://exa mple.org", "refused"),
        (LanguageCode, "sr-Latn-RS", "sr-Latn-RS"),
        (LanguageCode, "EN", "refused"),
        (Greek, "EL", "GR"),
        (Greek, "el", "refused"),
        (Distinct, [1, 2], [1, 2]),
        (Distinct, [1, 1], "refused"),
    ],
)
def test_value_is_taken_or_refused(kind: Any, given: Any, expected: Any) -> None:
    assert taken(kind, given) == expected


def test_whole_number_keeps_its_bounds_in_the_document() -> None:
    assert TypeAdapter(Count).json_schema() == {"type": "integer", "minimum": 0, "maximum": 5}


def test_code_lists_every_code_in_the_document() -> None:
    assert TypeAdapter(Greek).json_schema() == {"type": "string", "enum": ["EL", "GR"], "description": "Greece."}
