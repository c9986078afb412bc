"""What one can ask of the method.

Published documents come with the package as YAML, sealed by ``data/seals.csv``; whatever was made over HTTP stands in
the database, and a row there goes before the shipped version that it continues. Both are read through ``Edition``.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import orjson
import sqlalchemy as sa
import yaml
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.indicators.rules import FilledForm, compiled, example_form, faults_of
from cluster_api.indicators.schemas import EligibilitySet, Form, IndicatorSet
from cluster_api.methodology import rules
from cluster_api.methodology.errors import (
    FormNotFound,
    MethodologyNotFound,
    PriceNotFound,
    RuleSetNotFound,
    SheetInvalid,
)
from cluster_api.methodology.models import Methodology
from cluster_api.methodology.schemas import (
    AnyDocument,
    CheckRead,
    CrosswalkRead,
    MethodologyQuery,
    MethodologyRead,
    MethodologySummary,
    PriceList,
    PriceRead,
    PricesRead,
    Relation,
    RuleSet,
    RuleSetDocument,
    ScoreRead,
)
from cluster_api.methodology.states import FORMS, LIFE, SEALED, VISIBLE, MethodologyKind, MethodologyState
from cluster_api.scoring.rules import missing, score

PACKAGE = "cluster_api.methodology"
DOCUMENTS: TypeAdapter[Any] = TypeAdapter(AnyDocument, config={"defer_build": True})
PARSED_AT_MOST = 128


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a methodology, wherever it is kept; ``text`` is its document as JSON."""

    code: str
    version: int
    kind: MethodologyKind
    state: MethodologyState
    applies_from: date | None
    retired_on: date | None
    retirement_reason: str | None
    digest: str | None
    revision: int
    is_shipped: bool
    text: bytes

    @property
    def document(self) -> Any:
        """Answer the document, read once."""
        return parsed(self.text)

    @property
    def key(self) -> str:
        """Answer what the entity tag of this version is made of."""
        return f"{self.version}.{self.revision}"

    def applies_on(self, day: date) -> bool:
        """Answer whether it is in force for what begins on this day."""
        begun = self.state in SEALED and self.applies_from is not None and self.applies_from <= day
        return begun and (self.retired_on is None or day <= self.retired_on)


@lru_cache(maxsize=PARSED_AT_MOST)
def parsed(text: bytes) -> Any:
    """Answer the document that a JSON text holds; raise ValidationError if it is none."""
    return DOCUMENTS.validate_json(text)


def parsed_document(document: Mapping[str, Any]) -> Any:
    """Answer the document that plain values hold, read once."""
    return parsed(orjson.dumps(document, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=PARSED_AT_MOST)
def _compiled(code: str, text: bytes) -> type[FilledForm]:
    return compiled(code, parsed(text))


@cache
def _shipped_edition(code: str, version: int) -> Edition:
    text = files(PACKAGE).joinpath("data", "published", f"{code}.v{version}.yaml").read_text(encoding="utf-8")
    # The safe loader, in C: a set of indicators is a thousand lines.
    found = yaml.load(text, Loader=yaml.CSafeLoader)
    document = DOCUMENTS.validate_python(found["document"]).model_dump(mode="json")
    applies_from = found.get("applies_from")
    digest = rules.seal(code, version, applies_from, document)
    if digest != _seals()[code, version]["digest"]:
        raise RuntimeError(f"The shipped document {code}, version {version}, was changed: its seal is broken.")
    state = MethodologyState(found["state"])
    return Edition(
        code=code,
        version=version,
        kind=MethodologyKind(document["kind"]),
        state=state,
        applies_from=applies_from,
        retired_on=None,
        retirement_reason=None,
        digest=digest if state in SEALED else None,
        revision=1,
        is_shipped=True,
        text=orjson.dumps(document),
    )


@cache
def _seals() -> dict[tuple[str, int], dict[str, str]]:
    return {(row["code"], int(row["version"])): row for row in data_rows(PACKAGE, "seals")}


def shipped(*, kind: MethodologyKind | None = None, code: str | None = None) -> list[Edition]:
    """Answer what comes with the package, by code and version; only files that are asked for are read."""
    return [
        _shipped_edition(*place)
        for place, row in sorted(_seals().items())
        if kind in {None, row["kind"]} and code in {None, place[0]}
    ]


def edition_of(row: Methodology) -> Edition:
    """Answer a row as an edition."""
    return Edition(
        code=row.code,
        version=row.version,
        kind=row.kind,
        state=row.state,
        applies_from=row.applies_from,
        retired_on=row.retired_on,
        retirement_reason=row.retirement_reason,
        digest=row.digest,
        revision=row.revision,
        is_shipped=(row.code, row.version) in _seals(),
        text=orjson.dumps(row.document, option=orjson.OPT_SORT_KEYS),
    )


def editions(
    session: Session,
    *,
    code: str | None = None,
    kind: MethodologyKind | None = None,
    states: Collection[MethodologyState] = tuple(MethodologyState),
) -> list[Edition]:
    """Answer every version in one of these states, by code and version.

    The database is asked for no other, but for rows that continue what is shipped: they tell what became of it.
    """
    place = sa.tuple_(Methodology.code, Methodology.version)
    statement = sa.select(Methodology).where(sa.or_(Methodology.state.in_(states), place.in_(sorted(_seals()))))
    if code is not None:
        statement = statement.where(Methodology.code == code)
    if kind is not None:
        statement = statement.where(Methodology.kind == kind)
    found = {(one.code, one.version): one for one in shipped(kind=kind, code=code)}
    found |= {(row.code, row.version): edition_of(row) for row in session.scalars(statement)}
    return [found[place] for place in sorted(found) if found[place].state in states]


def visible_editions(
    session: Session, actor: Actor, *, code: str | None = None, kind: MethodologyKind | None = None
) -> list[Edition]:
    """Answer the versions of which this caller may know, by code and version."""
    every = actor.can(Permission.METHODOLOGIES_READ_ALL)
    return editions(session, code=code, kind=kind, states=tuple(MethodologyState) if every else VISIBLE)


def get_edition(session: Session, actor: Actor, code: str, version: int | None = None) -> Edition:
    """Answer a version: the one asked for, else the last published one, else the last there is.

    Raises:
        MethodologyNotFound: there is none of which this caller may know.
    """
    found = visible_editions(session, actor, code=code)
    if version is not None:
        found = [one for one in found if one.version == version]
    if not found:
        raise MethodologyNotFound
    return next((one for one in reversed(found) if one.state is MethodologyState.PUBLISHED), found[-1])


def seal_of(edition: Edition) -> str:
    """Answer the seal that the document of a version has today, whatever is kept as its digest."""
    return _sealed(edition.code, edition.version, edition.applies_from, edition.text)


@lru_cache(maxsize=PARSED_AT_MOST)
def _sealed(code: str, version: int, applies_from: date | None, text: bytes) -> str:
    return rules.seal(code, version, applies_from, orjson.loads(text))


def find_row(session: Session, edition: Edition) -> Methodology | None:
    """Answer the row of a version, locked until the transaction ends; None if it only stands in the package."""
    statement = sa.select(Methodology).where(Methodology.code == edition.code, Methodology.version == edition.version)
    return session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def in_force(session: Session, kind: MethodologyKind, day: date, *, code: str | None = None) -> Edition | None:
    """Answer what applies to a case that begins on this day: of all that do, the one that applies from the last day."""
    applying = [one for one in editions(session, code=code, kind=kind, states=SEALED) if one.applies_on(day)]
    return max(applying, key=lambda one: (one.applies_from or day, one.version), default=None)


def form_of(edition: Edition) -> type[FilledForm]:
    """Answer the compiled form of a version; raise FormNotFound for what is not filled in."""
    if edition.kind not in FORMS:
        raise FormNotFound(f"{edition.code} is a {edition.kind.value}, which is only read.")
    return _compiled(edition.code, edition.text)


def form_schema(edition: Edition) -> dict[str, Any]:
    """Answer the JSON Schema (2020-12) of the form of a version, with an example."""
    schema = form_of(edition).model_json_schema()
    example = example_form(edition.code, edition.document)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "examples": [example]}


def checked_form(edition: Edition, given: Any) -> FilledForm:
    """Answer a filled form as its methodology demands it.

    Raises:
        SheetInvalid: naming every field that is missing, unknown, out of range, or contradicts another.
        FormNotFound: the methodology has no form.
    """
    try:
        return form_of(edition).model_validate(given)
    except ValidationError as error:
        faults = faults_of(error)
        places = ", ".join(fault.pointer for fault in faults[:5])
        raise SheetInvalid(f"{len(faults)} place(s) of the form are wrong: {places}.", faults=faults) from error


def score_of(edition: Edition, given: Any) -> ScoreRead:
    """Answer the score of a sheet and what is missing; raise SheetInvalid, or FormNotFound if nothing is scored."""
    if edition.kind is not MethodologyKind.INDICATOR_SET:
        raise FormNotFound(f"{edition.code} is a {edition.kind.value}, which is not scored.")
    sheet = checked_form(edition, given).model_dump()
    document: IndicatorSet = edition.document
    return ScoreRead(
        methodology=edition.code,
        version=edition.version,
        digest=edition.digest,
        missing=missing(document, sheet),
        **dict(score(document, sheet)),
    )


def check_of(edition: Edition, given: Any) -> CheckRead:
    """Answer that a form is filled in well, and for a checklist which criteria are not met; raise SheetInvalid."""
    filled = checked_form(edition, given).model_dump()
    unmet: list[str] = []
    if isinstance(edition.document, EligibilitySet):
        unmet = [one.code for one in rules.unmet_criteria(edition.document, filled, {})]
    return CheckRead(methodology=edition.code, version=edition.version, digest=edition.digest, unmet=unmet)


def summary_of(edition: Edition) -> MethodologySummary:
    """Answer a version without its document."""
    return MethodologySummary(title=edition.document.title, **_told(edition))


def read_edition(actor: Actor, edition: Edition) -> MethodologyRead:
    """Answer a version as it is shown to this caller."""
    moves = [move.verb for move in LIFE.moves_from(edition.state) if actor.can(Permission(move.permission))]
    document = edition.document
    return MethodologyRead(title=document.title, document=document, allowed_moves=moves, **_told(edition))


def _told(edition: Edition) -> dict[str, Any]:
    left_out = {"title", "document", "allowed_moves"}
    return {name: getattr(edition, name) for name in MethodologyRead.model_fields if name not in left_out}


def methodology_page(session: Session, actor: Actor, query: MethodologyQuery) -> Page[MethodologySummary]:
    """Answer a page of versions that fit every filter, by code and version."""
    found = visible_editions(session, actor, kind=query.kind)
    wanted = [one for one in found if query.state in {None, one.state}]
    return _page(wanted, query, {**query.model_dump(mode="json"), "view": actor.view})


def versions_page(session: Session, actor: Actor, code: str, query: PageQuery) -> Page[MethodologySummary]:
    """Answer a page of the versions of a methodology, the first one first; raise MethodologyNotFound."""
    found = visible_editions(session, actor, code=code)
    if not found:
        raise MethodologyNotFound
    return _page(found, query, {"code": code, "view": actor.view})


def _page(found: Sequence[Edition], query: PageQuery, asked: dict[str, Any]) -> Page[MethodologySummary]:
    question = question_of(asked)
    if query.cursor is not None:
        code, version = read_cursor(query.cursor, question, [str, int])
        found = [one for one in found if (one.code, one.version) > (code, version)]
    shown = found[: query.limit]
    last = shown[-1] if len(found) > query.limit else None
    cursor = write_cursor(question, [last.code, last.version]) if last else None
    return Page[MethodologySummary](items=[summary_of(one) for one in shown], next=cursor)


def crosswalk_of(source: Edition, target: Edition) -> CrosswalkRead:
    """Answer what of one set is found in another; raise FormNotFound unless both are forms of one kind."""
    for one in (source, target):
        form_of(one)
    if source.kind is not target.kind:
        raise FormNotFound(f"{source.code} and {target.code} are of different kinds.")
    rows = rules.crosswalk(source.code, source.document, target.code, target.document)
    return CrosswalkRead(
        source=source.code,
        source_version=source.version,
        target=target.code,
        target_version=target.version,
        carried_over=rules.share_of(rows, Relation.SAME),
        covered=rules.share_of(rows, Relation.SAME, Relation.RELATED),
        rows=rows,
        dropped=rules.dropped(source.document, rows),
    )


def prices_on(session: Session, day: date) -> PricesRead:
    """Answer the price list of a day; raise PriceNotFound before the first."""
    found = in_force(session, MethodologyKind.PRICE_LIST, day)
    if found is None or found.applies_from is None:
        raise PriceNotFound(f"No price list applies on {day}.")
    document: PriceList = found.document
    prices = [PriceRead(currency=document.currency, **price.model_dump(mode="json")) for price in document.prices]
    return PricesRead(methodology=found.code, version=found.version, applies_from=found.applies_from, prices=prices)


@cache
def rule_sets() -> tuple[RuleSet, ...]:
    """Answer the rules of validity of every shipped rule set, the oldest first.

    Further versions of one differ in who decides and not in these rules (a test says so): the first stands for all.
    """
    found: dict[str, RuleSet] = {}
    for edition in shipped(kind=MethodologyKind.RULE_SET):
        document: RuleSetDocument = edition.document
        if edition.applies_from is not None:
            found.setdefault(edition.code, rules.rule_set_of(edition.code, edition.applies_from, document))
    return tuple(sorted(found.values(), key=lambda one: one.applies_from))


def get_rule_set(code: str) -> RuleSet:
    """Answer the rule set with this code; raise RuleSetNotFound if there is none."""
    for found in rule_sets():
        if found.code == code:
            return found
    raise RuleSetNotFound(f"There is no rule set {code!r}; there are {_codes()}.")


def rule_set_on(day: date) -> RuleSet:
    """Answer the rule set under which an assessment on this day falls.

    Raises:
        RuleSetNotFound: the day lies before the scheme began.
    """
    for found in rule_sets():
        if found.applies_on(day):
            return found
    raise RuleSetNotFound(f"No rule set applies on {day}; the first applies from {rule_sets()[0].applies_from}.")


def _codes() -> str:
    return ", ".join(found.code for found in rule_sets())


def shipped_forms() -> list[tuple[str, Form, type[FilledForm]]]:
    """Answer code, document and compiled form of every shipped form, score sheets first: what OpenAPI names."""
    return [(one.code, one.document, form_of(one)) for kind in FORMS for one in shipped(kind=kind)]


def shipped_sheets() -> list[tuple[str, Form, type[FilledForm]]]:
    """Answer the same of the forms that are scored."""
    return [place for place in shipped_forms() if isinstance(place[1], IndicatorSet)]
