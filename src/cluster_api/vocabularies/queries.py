"""What one can ask of vocabularies.

Each is a CSV file beside this code, described by a row of ``data/index.csv`` and read when it is first asked for, so
that starting costs nothing; after that, answers come from memory.
"""

import csv
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from io import StringIO
from itertools import groupby, islice
from operator import attrgetter

from cluster_api.foundation.paging import Page, PageQuery, page_of, question_of, read_cursor, write_cursor
from cluster_api.vocabularies.errors import CodeNotFound, VocabularyNotFound
from cluster_api.vocabularies.rules import fold, has_words, lookup_key
from cluster_api.vocabularies.schemas import (
    Country,
    Region,
    VocabularyEntryRead,
    VocabularyPage,
    VocabularyQuery,
    VocabularyRead,
)

Row = dict[str, str]


@cache
def vocabularies() -> tuple[VocabularyRead, ...]:
    """Answer every vocabulary, in the order of the index."""
    return tuple(get_vocabulary(name) for name in _index())


@cache
def get_vocabulary(name: str) -> VocabularyRead:
    """Answer what a vocabulary lists; raise VocabularyNotFound if there is none of this name."""
    about = _about(name)
    return VocabularyRead(
        name=name,
        title=about["title"],
        edition=about["edition"],
        valid_from=date.fromisoformat(about["valid_from"]) if about["valid_from"] else None,
        licence=about["licence"],
        source=about["source"] or None,
        count=len(entries(name)),
    )


@cache
def entries(name: str) -> tuple[VocabularyEntryRead, ...]:
    """Answer all entries of a vocabulary in their own order; raise VocabularyNotFound."""
    about = _about(name)
    return tuple(_entry(row, about) for row in _rows(name))


def search_entries(name: str, q: str | None = None, parent: str | None = None) -> tuple[VocabularyEntryRead, ...]:
    """Answer the entries that hold every word of ``q`` and stand directly under ``parent``; raise VocabularyNotFound.

    A country as parent may be written as anything that ``find_country`` understands.
    """
    return tuple(entry for _, entry in _matching(name, q, parent))


def vocabulary_page(name: str, query: VocabularyQuery) -> VocabularyPage:
    """Answer a vocabulary with one page of the entries asked for; raise VocabularyNotFound or Invalid (cursor)."""
    about = get_vocabulary(name)
    question = question_of({"of": name, "edition": about.edition, **query.model_dump()})
    after = _position(query, question)
    found = ((at, entry) for at, entry in _matching(name, query.q, query.parent) if at > after)
    page = list(islice(found, query.limit + 1))
    return VocabularyPage(
        **about.model_dump(),
        items=[entry for _, entry in page[: query.limit]],
        next=write_cursor(question, [page[query.limit - 1][0]]) if len(page) > query.limit else None,
    )


def list_page(query: PageQuery) -> Page[VocabularyRead]:
    """Answer one page of the vocabularies; raise Invalid for a cursor that is not of this list."""
    return page_of(vocabularies(), query, of="vocabularies")


@cache
def codes(name: str) -> frozenset[str]:
    """Answer the codes of a vocabulary; raise VocabularyNotFound."""
    return frozenset(entry.code for entry in entries(name))


def label_of(name: str, code: str) -> str:
    """Answer the name for people of a code; raise VocabularyNotFound or CodeNotFound."""
    try:
        return _labels(name)[code]
    except KeyError:
        raise CodeNotFound(f"{name} has no code {code!r}.") from None


def find_code(name: str, text: str) -> str | None:
    """Answer the one code that a code, name or other name means, however spelt; None if none or several."""
    return _names(name).get(lookup_key(text))


def find_country(text: str) -> str | None:
    """Answer the ISO 3166-1 alpha-2 code of a country written as ISO or Eurostat code or as a name in many languages.

    ``EL`` and ``UK`` are GR and GB; case, accents, punctuation and scripts do not matter.
    """
    return find_code("countries", text)


def country(iso2: str) -> Country:
    """Answer a country by its ISO 3166-1 alpha-2 code; raise CodeNotFound."""
    try:
        return _countries()[iso2]
    except KeyError:
        raise CodeNotFound(f"countries has no code {iso2!r}.") from None


def eurostat_code(iso2: str) -> str:
    """Answer the code Eurostat writes for a country (EL for GR, UK for GB); raise CodeNotFound."""
    return country(iso2).eurostat_code


def find_region(code: str) -> Region | None:
    """Answer a region by its NUTS 2021 code, or None."""
    return _regions().get(code)


def regions_of(iso2: str) -> tuple[Region, ...]:
    """Answer the regions of a country, by code; empty where NUTS 2021 lists none."""
    return _regions_by_country().get(iso2, ())


def _matching(name: str, q: str | None, parent: str | None) -> Iterator[tuple[int, VocabularyEntryRead]]:
    is_searched = q is not None and bool(q.strip())
    words = fold(q or "").split()
    under = _parent_code(name, parent)
    for at, (entry, text) in enumerate(zip(entries(name), _texts(name), strict=True)):
        if (parent is None or entry.parent == under) and (not is_searched or has_words(text, words)):
            yield at, entry


def _parent_code(name: str, parent: str | None) -> str | None:
    if parent is not None and _about(name)["parent_column"] == "country":
        return find_country(parent) or parent
    return parent


def _position(query: PageQuery, question: str) -> int:
    if query.cursor is None:
        return -1
    position: int = read_cursor(query.cursor, question, [int])[0]
    return position


def _about(name: str) -> Row:
    try:
        return _index()[name]
    except KeyError:
        raise VocabularyNotFound(f"There is no vocabulary {name!r}.") from None


@cache
def _index() -> dict[str, Row]:
    return {row["name"]: row for row in _read("index")}


@cache
def _rows(name: str) -> tuple[Row, ...]:
    return tuple(_read(name.replace("-", "_")))


def _read(file: str) -> Iterator[Row]:
    text = files(__package__).joinpath("data", f"{file}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(StringIO(text), strict=True)


def _entry(row: Row, about: Row) -> VocabularyEntryRead:
    named = {about["key_column"], about["label_column"]}
    parent = about["parent_column"]
    return VocabularyEntryRead(
        code=row[about["key_column"]],
        label=row[about["label_column"]],
        parent=row[parent] or None if parent else None,
        attributes={column: value for column, value in row.items() if value and column not in named},
    )


def _other_names(name: str, row: Row) -> list[str]:
    columns = [column for column in _about(name)["alias_columns"].split("|") if column]
    return [alias for column in columns for alias in row[column].split("|") if alias]


@cache
def _texts(name: str) -> tuple[str, ...]:
    columns = [column for column in _about(name)["search_columns"].split("|") if column]
    return tuple(
        fold(" ".join([entry.code, entry.label, *_other_names(name, row), *(row[column] for column in columns)]))
        for entry, row in zip(entries(name), _rows(name), strict=True)
    )


@cache
def _labels(name: str) -> dict[str, str]:
    return {entry.code: entry.label for entry in entries(name)}


@cache
def _names(name: str) -> dict[str, str]:
    claims: dict[str, set[str]] = {}
    for entry, row in zip(entries(name), _rows(name), strict=True):
        for text in (entry.label, *_other_names(name, row)):
            claims.setdefault(lookup_key(text), set()).add(entry.code)
    certain = {key: next(iter(claimed)) for key, claimed in claims.items() if len(claimed) == 1}
    # A code means itself, whatever else is called the same.
    return certain | {lookup_key(code): code for code in codes(name)}


@cache
def _countries() -> dict[str, Country]:
    fields = ("iso2", "iso3", "eurostat_code", "name", "group", "region_system")
    return {row["iso2"]: Country(**{field: row[field] for field in fields}) for row in _rows("countries")}


@cache
def _regions() -> dict[str, Region]:
    return {
        row["code"]: Region(
            code=row["code"],
            country=row["country"],
            name=row["name"],
            longitude=_degrees(row["longitude"]),
            latitude=_degrees(row["latitude"]),
            is_outermost=row["outermost"] == "yes",
        )
        for row in _rows("regions")
    }


@cache
def _regions_by_country() -> dict[str, tuple[Region, ...]]:
    ordered = sorted(_regions().values(), key=attrgetter("country", "code"))
    return {iso2: tuple(group) for iso2, group in groupby(ordered, key=attrgetter("country"))}


def _degrees(text: str) -> float | None:
    return float(text) if text else None
