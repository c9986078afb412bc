"""Types of fields that every area shares, so that the document and the behaviour say the same.

Bounds and patterns stand in the types: what the OpenAPI document allows is accepted, everything else is refused. None
of them knows a word of the domain.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_CONTROL = r"\x00-\x1f\x7f-\x9f"
_CONTROL_BUT_BREAKS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]{8,}([Zz]|[+-][0-9]{2}:[0-9]{2})")
_WHOLE = re.compile(r"-?[0-9]{1,18}")

LINE_PATTERN = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
PROSE_PATTERN = rf"^[^{_CONTROL_BUT_BREAKS}]*[^\s{_CONTROL_BUT_BREAKS}][^{_CONTROL_BUT_BREAKS}]*$"
# Nobody's password belongs into a register: an address with a user part is refused.
WEB_PATTERN = rf'^https?://[^\s/?#@"<>\\{_CONTROL}]+([/?#][^\s"<>\\{_CONTROL}]*)?$'
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"


def whole(value: Any) -> Any:
    """Answer 227 for 227.0, which JSON Schema calls an integer; leave everything else for the strict type to refuse."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def digits(value: Any) -> Any:
    """Answer the integer that a query parameter writes in digits.

    Raises:
        ValueError: it is written in another way, such as ``1e3``, ``5.0`` or ``٣``.
    """
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value):
            raise ValueError("A whole number in digits is wanted.")
        return int(value)
    return value


def true_or_false(value: Any) -> Any:
    """Answer the boolean that a query parameter spells out.

    Raises:
        ValueError: it is neither ``true`` nor ``false``.
    """
    if isinstance(value, str):
        if value not in {"true", "false"}:
            raise ValueError("true or false is wanted.")
        return value == "true"
    return value


def civil_day(value: Any) -> Any:
    """Leave a day written ``YYYY-MM-DD`` to the type.

    Raises:
        ValueError: it is written in another way, such as seconds since 1970.
    """
    if not isinstance(value, date) and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("A date in the form YYYY-MM-DD is wanted.")
    return value


def rfc3339(value: Any) -> Any:
    """Leave an instant written by RFC 3339 to the type.

    Raises:
        ValueError: it is written in another way or lacks its offset from UTC.
    """
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("An instant by RFC 3339 with its offset is wanted, such as 2020-12-31T23:59:59Z.")
    return value.upper()


def in_utc(instant: datetime) -> datetime:
    """Answer an instant in UTC; at the ends of the calendar, where UTC would leave it, the last instant inside."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if instant.year == 1 else datetime.max.replace(tzinfo=UTC)


def distinct(found: list[Any]) -> list[Any]:
    """Answer the list.

    Raises:
        ValueError: two entries are the same.
    """
    if any(item in found[:position] for position, item in enumerate(found)):
        raise ValueError("The entries must differ from each other.")
    return found


def without_defaults(schema: dict[str, Any]) -> None:
    """Leave out the defaults of a merge patch: an absent member is no null, and the document promises none."""
    for member in schema["properties"].values():
        member.pop("default", None)


@dataclass(frozen=True)
class CodeOf:
    """Marks text as a code of a list; the document names all of them, and every other text is refused.

    ``meaning`` answers the code that is kept where several are written for one thing.
    """

    possible: Callable[[], Collection[str]]
    description: str
    meaning: Callable[[str], str] = str

    def _known(self, code: str) -> str:
        if code not in self.possible():
            raise ValueError(f"Unknown code. Wanted: {self.description}")
        return self.meaning(code)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Answer how to validate: as text first, then as a code."""
        return core_schema.no_info_after_validator_function(self._known, handler(source))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Answer how to describe: the list of codes."""
        return {"type": "string", "enum": sorted(self.possible()), "description": self.description}


DISTINCT = AfterValidator(distinct)
"""For a list whose schema says ``uniqueItems``."""
WHOLE = BeforeValidator(whole)
"""Last in an ``Annotated[int, Field(ge=…, le=…, strict=True), WHOLE]``, or the document loses the bounds."""
DIGITS = BeforeValidator(digits)
"""The same for query parameters, without ``strict``: there everything is text."""
STRIPPED = AfterValidator(str.strip)

Flag = Annotated[bool, BeforeValidator(true_or_false)]
CivilDay = Annotated[date, BeforeValidator(civil_day)]
Instant = Annotated[AwareDatetime, AfterValidator(in_utc), BeforeValidator(rfc3339)]

ShortLine = Annotated[str, Field(min_length=1, max_length=120, pattern=LINE_PATTERN), STRIPPED]
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=LINE_PATTERN), STRIPPED]
Prose = Annotated[str, Field(min_length=1, max_length=5000, pattern=PROSE_PATTERN), STRIPPED]
WebAddress = Annotated[str, Field(min_length=8, max_length=500, pattern=WEB_PATTERN)]
LanguageCode = Annotated[str, Field(min_length=2, max_length=11, pattern=LANGUAGE_PATTERN)]
