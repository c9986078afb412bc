"""Where the material is read from the data files of this area; ``sources.csv`` says what each file rests on."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files

from cluster_api.clusters.states import Level
from cluster_api.demonstration.schemas import (
    CountedFrom,
    Field,
    FirstYear,
    History,
    Material,
    NamePattern,
    Place,
    PublishedLabel,
    PublishedOrganisation,
    Quota,
    Step,
    Topic,
    Verb,
)
from cluster_api.methodology.queries import rule_sets
from cluster_api.vocabularies.rules import lookup_key

Row = dict[str, str]


@cache
def material() -> Material:
    """Answer everything the register is made from."""
    return Material(
        rule_sets=rule_sets(),
        quotas=tuple(
            Quota(row["country"], {level: int(row[level.value]) for level in Level}) for row in _rows("countries")
        ),
        places=_places(),
        fields=tuple(_field(row) for row in _rows("portfolios")),
        topics=_topics(),
        patterns=_patterns(),
        histories=_histories(),
        first_years=tuple(
            FirstYear(int(row["year"]), int(row["first_month"]), int(row["organisations"]))
            for row in _rows("first_years")
        ),
        distributions=_distributions(),
        published=_published(),
    )


def _rows(file: str) -> Iterator[Row]:
    text = files(__package__).joinpath("data", f"{file}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines(), strict=True)


def _address(text: str) -> str:
    return lookup_key(text).replace(" ", "-")


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


def _places() -> dict[str, tuple[Place, ...]]:
    found: dict[str, list[Place]] = defaultdict(list)
    for row in _rows("places"):
        place = Place(
            country=row["country"],
            region=row["region"] or None,
            city=row["city"],
            english=row["english"],
            language=row["language"],
            address=_address(row["english"]),
        )
        found[place.country].append(place)
    return {country: tuple(places) for country, places in found.items()}


def _field(row: Row) -> Field:
    return Field(
        portfolio=row["portfolio"],
        weight=int(row["weight"]),
        stem=row["stem"],
        ecosystems=_codes(row["ecosystems"]),
        activities=_codes(row["activities"]),
        emerging_industries=_codes(row["emerging_industries"]),
    )


def _topics() -> dict[tuple[str, str], tuple[Topic, ...]]:
    found: dict[tuple[str, str], list[Topic]] = defaultdict(list)
    for row in _rows("topics"):
        found[row["language"], row["portfolio"]].append(Topic(row["topic"], row["english"], _address(row["english"])))
    return {key: tuple(topics) for key, topics in found.items()}


def _patterns() -> dict[str, tuple[NamePattern, ...]]:
    found: dict[str, list[NamePattern]] = defaultdict(list)
    for row in _rows("names"):
        found[row["language"]].append(NamePattern(row["pattern"], row["legal_form"]))
    return {language: tuple(patterns) for language, patterns in found.items()}


def _histories() -> dict[Level, tuple[History, ...]]:
    steps = {row["step"]: _step(row) for row in _rows("steps")}
    found: dict[Level, list[History]] = defaultdict(list)
    for row in _rows("histories"):
        course = tuple(steps[name] for name in row["steps"].split())
        found[Level(row["highest"])].append(History(Level(row["highest"]), int(row["weight"]), course))
    return {level: tuple(histories) for level, histories in found.items()}


def _step(row: Row) -> Step:
    return Step(
        name=row["step"],
        verb=Verb(row["verb"]),
        counted_from=CountedFrom(row["counted_from"]),
        months_from=int(row["months_from"]),
        months_until=int(row["months_until"]),
        reason=row["reason"] or None,
    )


def _distributions() -> dict[str, tuple[tuple[float, int], ...]]:
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for row in _rows("distributions"):
        found[row["quantity"]].append((float(row["share"]), int(row["value"])))
    return {quantity: tuple(points) for quantity, points in found.items()}


def _published() -> tuple[PublishedOrganisation, ...]:
    labels: dict[str, list[PublishedLabel]] = defaultdict(list)
    for row in _rows("labels"):
        assessed_on = date.fromisoformat(row["assessed_on"])
        label = PublishedLabel(Level(row["level"]), assessed_on, row["source"], row["confidence"])
        labels[row["organisation"]].append(label)
    return tuple(_organisation(row, tuple(labels[row["key"]])) for row in _rows("organisations"))


def _organisation(row: Row, labels: tuple[PublishedLabel, ...]) -> PublishedOrganisation:
    return PublishedOrganisation(
        key=row["key"],
        legal_name=row["legal_name"],
        short_name=row["short_name"] or None,
        country=row["country"],
        region=row["region"] or None,
        city=row["city"] or None,
        website=row["website"] or None,
        portfolio=row["portfolio"] or None,
        partner_codes=tuple(row["partner_codes"].split()),
        source=row["source"],
        labels=labels,
    )
