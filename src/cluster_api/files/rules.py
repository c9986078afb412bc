"""How dirty text becomes records, cells become values, and values a typed row.

Everything here is a function of its arguments. What could mean two things is refused with a reason, never guessed.
"""

import csv
import re
import unicodedata
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from cluster_api.clusters.states import Level
from cluster_api.files.errors import CellRefused
from cluster_api.files.schemas import DIGITS_OF_A_NUMBER, ROW_MODELS, Limits, RawRow, Row
from cluster_api.files.states import RowKind
from cluster_api.foundation.errors import Fault
from cluster_api.labels.states import LabelKind
from cluster_api.vocabularies.rules import lookup_key

E = TypeVar("E", bound=StrEnum)
Find = Callable[[str], str | None]

# In this order where two explain the words of a file equally well: what Windows writes before what is rare today.
ENCODINGS = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257"),
    *("iso8859_2", "iso8859_5", "iso8859_7", "iso8859_13", "iso8859_15"),
)
DELIMITERS = ",;\t|"

# Soft hyphen, zero-width space, word joiner and byte order mark carry no meaning inside a word; the two joiners do in
# some scripts and are taken away at the ends only.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_OUTER_SPACE = re.compile("^[\u200c\u200d\\s]+|[\u200c\u200d\\s]+$")
_NOTHING = frozenset({"", "-", "\u2013", "\u2014", "n/a"})
_SPREADSHEET_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
_TOTALS = re.compile(
    "(?:grand |sub )?(?:totals?|sum|summe|gesamt|suma|razem|itogo|obshcho|vsego|totale|totaal|celkem|spolu|osszesen)"
    "(?: number of [a-z ]+)?[ 0-9]*"
)
_YES = frozenset({"yes", "y", "true", "1", "ja", "oui", "si", "sim", "tak", "da", "ano", "nai"})
_NO = frozenset({"no", "n", "false", "0", "nein", "non", "nao", "nej", "nie", "ne", "nu", "okhi"})
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})\.?(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})\.?")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_GROUPED_NUMBER = re.compile(r"[+-]?[0-9]{1,3}([ .,'\u2019])[0-9]{3}(?:\1[0-9]{3})*(?:(?!\1)[.,][0-9]+)?")
_HOST = re.compile(r"[^\W_][\w-]*(?:\.[\w-]+)+\.?")
_QUOTED = re.compile(' *"((?:[^"]|"")*)" *')
VISIBLE = re.compile("[^\\s\u200b\u2060\ufeff]")
_PUNCTUATION = re.compile("[\u2018-\u201e\u2013\u2014\u2026\u00ab\u00bb\u00b7\u00b0\u00a7\u00a0\u2116]")


def guessed_encodings(words: Iterable[bytes], alphabets: Mapping[str, frozenset[str]]) -> list[str]:
    """Answer the encodings that can hold these words, first the one in which they are best spelt.

    A word is well spelt if its letters are those of one language and no capital follows a small letter; what most
    words have in common, one language, counts again.
    """
    seen = list(words)
    able = {name: text.split(" ") for name in ENCODINGS if (text := _decoded(b" ".join(seen), name)) is not None}
    return sorted(able, key=lambda name: -_well_spelt(able[name], alphabets.values()))


def _decoded(text: bytes, encoding: str) -> str | None:
    try:
        return text.decode(encoding)
    except UnicodeDecodeError:
        return None


def _well_spelt(words: Iterable[str], alphabets: Collection[frozenset[str]]) -> int:
    spelt = [_PUNCTUATION.sub("", word) for word in words]
    steady = [word for word in spelt if not any(a.islower() and b.isupper() for a, b in pairwise(word))]
    spellings = [frozenset(word.lower()) for word in steady]
    anyhow = sum(any(spelling <= alphabet for alphabet in alphabets) for spelling in spellings)
    return anyhow + max(sum(spelling <= alphabet for spelling in spellings) for alphabet in alphabets)


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one line before anybody knows its columns; ``exact`` is False where quotes had to be ignored."""

    line: int
    cells: Sequence[str]
    exact: bool = True


def delimiter_of(head: Sequence[str], names: Mapping[str, str]) -> str:
    """Answer the delimiter under which the header has the most columns with known names, then the most columns.

    What stands in the rows below does not matter, so that bars, commas and quotes in names mislead nobody.
    """

    def fit(delimiter: str) -> tuple[int, int]:
        header = next(filter(is_filled, csv_records(iter(head), delimiter, Limits())), Record(0, ()))
        return sum(lookup_key(cell) in names for cell in header.cells), len(header.cells)

    return max(DELIMITERS, key=fit)


class _Rewinding(Iterator[str]):
    """Lines of which those of the present record can be read again, all but its first."""

    def __init__(self, lines: Iterator[str], limit: int) -> None:
        self.line = 1
        self._lines = lines
        self._room = self._limit = limit
        self._taken: list[str] = []
        self._again: deque[str] = deque()

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        self._room -= len(line)
        if self._room < 0:
            raise csv.Error("no closing quote in sight")
        return line

    def begin(self) -> None:
        self.line += len(self._taken)
        self._taken = []
        self._room = self._limit

    def rewind(self) -> str:
        self._again.extendleft(reversed(self._taken[1:]))
        self._taken = self._taken[:1]
        return self._taken[0]


def csv_records(lines: Iterator[str], delimiter: str, limits: Limits) -> Iterator[Record]:
    """Answer the records of a CSV text (RFC 4180) with the physical line on which each begins.

    A cell that begins with a quote but is not quoted as a whole, such as one for ``"Food" Cluster``, is taken literally
    and its record marked inexact: the lines after it are not swallowed.
    """
    source = _Rewinding(lines, limits.line_characters)
    reader = csv.reader(source, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        source.begin()
        try:
            yield Record(source.line, next(reader))
        except StopIteration:
            return
        except csv.Error:
            # A quote that belongs to a name opens a cell that nothing closes: take its line as it stands.
            yield Record(source.line, _as_written(source.rewind(), delimiter), exact=False)


def _as_written(line: str, delimiter: str) -> list[str]:
    cells = line.rstrip("\r\n").split(delimiter)
    return [found[1].replace('""', '"') if (found := _QUOTED.fullmatch(cell)) else cell for cell in cells]


def is_filled(record: Record) -> bool:
    """Answer whether anything can be seen in a record."""
    return any(map(VISIBLE.search, record.cells))


def cleaned(text: str) -> str | None:
    """Answer text in Unicode NFC without invisible characters and outer space; None where it says nothing.

    A lone dash and ``n/a`` say nothing; ``NA`` is the code of Namibia. Raises CellRefused for what a spreadsheet
    writes in place of a value it could not compute.
    """
    seen = unicodedata.normalize("NFC", _OUTER_SPACE.sub("", _INVISIBLE.sub("", text)))
    if seen in _SPREADSHEET_ERRORS:
        raise CellRefused("spreadsheet_error", f"The spreadsheet could not compute this cell: {seen}.")
    return None if seen.lower() in _NOTHING else seen


def line_of_text(text: str) -> str:
    """Answer text on one line: a name broken over lines in a cell is still one name."""
    return " ".join(text.split())


def block_of_text(text: str) -> str:
    """Answer text of several lines, each ended by a line feed alone."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def civil_day(text: str) -> date:
    """Answer a day written yyyy/mm/dd (the public register), yyyy-mm-dd, dd.mm.yyyy, or with slashes if unmistakable.

    Raises CellRefused for 03/04/2020, which is March in one country and April in the next, and for a time of day.
    """
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = int(found[1]), int(found[3]), int(found[4])
    elif found := _YEAR_LAST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
        if found[2] != "." and month > 12:
            day, month = month, day
        elif found[2] != "." and day != month and day <= 12:
            raise CellRefused("date_ambiguous", f"{text} may be two different days; write it as yyyy-mm-dd.")
    else:
        raise CellRefused("date_unreadable", f"{_quoted(text)} is not a day; write it as yyyy-mm-dd.")
    if not 1900 <= year <= 2199:
        raise CellRefused("date_out_of_range", f"{text} is outside the years 1900 to 2199.")
    try:
        return date(year, month, day)
    except ValueError:
        raise CellRefused("date_unreal", f"{text} does not exist in the calendar.") from None


def whole_number(text: str) -> int:
    """Answer a whole number; thousands may be parted by space, point, comma or apostrophe, decimals must be zeros."""
    plain = line_of_text(text)
    if found := _GROUPED_NUMBER.fullmatch(plain):
        plain = plain.replace(found[1], "")
    number = re.fullmatch(r"([+-]?[0-9]+)(?:[.,]0+)?", plain)
    if number is None or len(number[1]) > DIGITS_OF_A_NUMBER:
        raise CellRefused("whole_number_unreadable", f"{_quoted(text)} is not a whole number.")
    return int(number[1])


def decimal_number(text: str) -> Decimal:
    """Answer a number with a decimal point or comma.

    Raises CellRefused for 1.250 and 1,250, which are a thousand in one country and about one in the next.
    """
    plain = line_of_text(text)
    if len(plain) > DIGITS_OF_A_NUMBER:
        raise CellRefused("number_unreadable", f"{_quoted(text)} is too long for a number.")
    if re.fullmatch(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}", plain):
        raise CellRefused("number_ambiguous", f"{plain} may be thousands or decimals; write it without the mark.")
    if _PLAIN_NUMBER.fullmatch(plain):
        return Decimal(plain.replace(",", "."))
    if found := _GROUPED_NUMBER.fullmatch(plain):
        return Decimal(plain.replace(found[1], "").replace(",", "."))
    raise CellRefused("number_unreadable", f"{_quoted(text)} is not a number.")


def yes_or_no(text: str) -> bool:
    """Answer whether a cell says yes, in the ways in which forms of the member countries say it."""
    word = lookup_key(text)
    if word in _YES or word in _NO:
        return word in _YES
    raise CellRefused("yes_or_no_unreadable", f"{_quoted(text)} says neither yes nor no.")


def items_of(text: str) -> list[str]:
    """Answer the items of a list parted by ``;`` or ``|``, each once, in order."""
    return list(dict.fromkeys(item for part in re.split("[;|]", text) if (item := line_of_text(part))))


def label_level(text: str) -> Level:
    """Answer the one level that a cell names, also inside a phrase such as "Bronze Label"."""
    named = {level for level in Level if level in lookup_key(text).split()}
    if len(named) != 1:
        raise CellRefused("level_unreadable", f"{_quoted(text)} names no single level of bronze, silver and gold.")
    return named.pop()


def member_of(kind: type[E], text: str) -> E:
    """Answer the member of an enumeration that a cell names by its value."""
    for member in kind:
        if lookup_key(member) == lookup_key(text):
            return member
    wanted = ", ".join(kind)
    raise CellRefused("choice_unknown", f"{_quoted(text)} is not one of {wanted}.")


def web_address(text: str) -> str:
    """Answer a web address; one without scheme gets ``https://``, everything else stays as written."""
    address = text if "://" in text else f"https://{text}"
    if not _is_web_address(address):
        raise CellRefused("web_address_unreadable", f"{_quoted(text)} is not one http or https address.")
    return address


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.username is None and port != 0 and not re.search(r"\s", address)
    return plain and parts.scheme in {"http", "https"} and _HOST.fullmatch(host) is not None


def code_for(text: str, find: Find, noun: str) -> str:
    """Answer the code that ``find`` knows for a code, a name or an alias."""
    code = find(line_of_text(text))
    if code is None:
        raise CellRefused(f"{noun}_unknown", f"{_quoted(text)} is not known among {noun.replace('_', ' ')}.")
    return code


def is_total(text: str) -> bool:
    """Answer whether a cell begins a row of totals, such as "Total: 12", in the languages of the registers."""
    return _TOTALS.fullmatch(lookup_key(text)) is not None


_CELLS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("legal_name", "short_name", "names", "city", "host_organisation", "contact_role"), line_of_text),
    **dict.fromkeys(("support_programme", "identifiers", "registry_code", "external_id", "source"), line_of_text),
    **dict.fromkeys(("founded_year", "participants", "committed_members", "members"), whole_number),
    **dict.fromkeys(("valid_from", "valid_until", "assessed_on", "awarded_on"), civil_day),
    **dict.fromkeys(("website", "english_page"), web_address),
    "descriptions": block_of_text,
    "staff_fte": decimal_number,
    "is_social_economy": yes_or_no,
    "level": label_level,
    "kind": lambda text: member_of(LabelKind, text),
}
_CODED = frozenset({"country", "portfolio", "region", "legal_form"})
_CODED_LISTS = frozenset({"ecosystems", "emerging_industries", "activities"})


def typed_row(raw: RawRow, kind: RowKind, finders: Mapping[str, Find]) -> Row | tuple[Fault, ...]:
    """Answer the row its cells tell of, or every fault in it with pointers such as ``/rows/17/valid_until``.

    ``finders`` gives, for each field that holds codes (country, portfolio, region, legal_form, ecosystems,
    emerging_industries, activities), the function from what people write to the code, or None if nothing is known
    under that name.
    """
    values: dict[str, Any] = {"line": raw.line}
    refused: dict[str, Fault] = {}
    for field, text in raw.values.items():
        if text is None:
            continue
        try:
            value = _value(field, text, finders)
        except CellRefused as reason:
            pointer = pointer_to(raw.line, field)
            refused[pointer] = Fault(pointer, reason.code, reason.detail)
            continue
        group, _, key = field.partition("/")
        if value is not None and key:
            values.setdefault(group, {})[key] = value
        elif value is not None:
            values[group] = value
    try:
        row = ROW_MODELS[kind].model_validate(values)
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_context=False, include_input=False):
            pointer = pointer_to(raw.line, *wrong["loc"])
            refused.setdefault(pointer, Fault(pointer, wrong["type"], wrong["msg"]))
        return tuple(refused.values())
    return tuple(refused.values()) or row


def _value(field: str, text: str, finders: Mapping[str, Find]) -> Any:
    seen = cleaned(text)
    group = field.partition("/")[0]
    if seen is None:
        return None
    if group in _CODED:
        return code_for(seen, finders[group], group)
    if group in _CODED_LISTS:
        return [code_for(item, finders[group], group) for item in items_of(seen)]
    return _CELLS[group](seen)


def pointer_to(line: int, *places: str | int) -> str:
    """Answer the RFC 6901 pointer to a row, a field of it (``group/key`` is two steps), or a place in a field."""
    return "/".join(("/rows", str(line), *(str(place) for place in places)))


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}..."'
