"""Methodologies over HTTP: read by everyone, drafted and published by those who keep them, and tried out by anyone."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.fields import DIGITS
from cluster_api.foundation.openapi import PRIVATE, PUBLIC, problems
from cluster_api.foundation.paging import Page, PageQuery, next_link
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import CredentialsRequired, PermissionMissing
from cluster_api.identity.permissions import Permission
from cluster_api.indicators.rules import FormBody
from cluster_api.methodology import actions, queries
from cluster_api.methodology.errors import (
    DocumentInvalid,
    FormNotFound,
    MethodologyNotFound,
    MethodologyNotPossible,
    MethodologySealed,
    PriceNotFound,
    SheetInvalid,
    VersionOpen,
)
from cluster_api.methodology.models import Methodology
from cluster_api.methodology.schemas import (
    CODE_PATTERN,
    CheckRead,
    CrosswalkRead,
    MethodologyCreate,
    MethodologyPublish,
    MethodologyQuery,
    MethodologyRead,
    MethodologyRetire,
    MethodologySummary,
    MethodologyUpdate,
    PriceQuery,
    PricesRead,
    ScoreRead,
)

router = APIRouter(prefix="/v1/methodologies", tags=["methodologies"])
prices = APIRouter(prefix="/v1/prices", tags=["methodologies"])

Code = Annotated[
    str,
    Path(
        min_length=1,
        max_length=40,
        pattern=CODE_PATTERN,
        description="Code of the methodology.",
        examples=["ECEI-2013"],
    ),
]
OfVersion = Annotated[
    Annotated[int, Field(ge=1, le=10_000), DIGITS] | None,
    Query(description="Number of the version; the last published one if left out.", examples=[1]),
]
OtherCode = Annotated[
    str,
    Query(
        alias="to", min_length=1, max_length=40, pattern=CODE_PATTERN, description="Code of the set to go to.",
        examples=["ECEI-2026-PROPOSAL"],
    ),
]  # fmt: skip
ScoreSheet = Annotated[dict[str, Any], FormBody("ScoreSheet", queries.shipped_sheets)]
AnyForm = Annotated[dict[str, Any], FormBody("AnyForm", queries.shipped_forms)]
WRITING: tuple[type[Problem], ...] = (CredentialsRequired, PermissionMissing)
CHANGING: tuple[type[Problem], ...] = (*WRITING, MethodologyNotFound, PreconditionRequired, Stale, MoveNotAllowed)
PATCHED = {"application/merge-patch+json": {"schema": {"$ref": "#/components/schemas/MethodologyUpdate"}}}


def _writer(actor: CurrentActor) -> Actor:
    # Who may not write hears that first, before anything is said about the request.
    actor.must(Permission.METHODOLOGIES_WRITE)
    return actor


def _reading(request: Request) -> Iterator[Session]:
    # Trying out changes nothing: it must not wait for those who write, nor keep them waiting. Its answer is not stored
    # under the key either: it is the same every time, and strangers, who have no credentials, would share their keys.
    request.state.unit.keyed = None
    with request.app.state.database.session() as session:
        yield session


Writer = Annotated[Actor, Depends(_writer)]
Reading = Annotated[Session, Depends(_reading)]


def _cached(actor: Actor) -> str:
    # What the public sees is the same for everyone; what others see is theirs.
    return PRIVATE if actor.can(Permission.METHODOLOGIES_READ_ALL) else PUBLIC


def _tagged(response: Response, actor: Actor, edition: queries.Edition) -> None:
    response.headers["Cache-Control"] = _cached(actor)
    response.headers["ETag"] = _tag(actor, edition)


def _tag(actor: Actor, edition: queries.Edition) -> str:
    return f'"{edition.key}-{actor.view}"'


def _paged(request: Request, response: Response, actor: Actor, cursor: str | None) -> None:
    response.headers["Cache-Control"] = _cached(actor)
    if cursor is not None:
        response.headers["Link"] = next_link(request.url.path, request.query_params.multi_items(), cursor)


def to_change(
    session: DbSession, actor: Writer, code: Code, version: OfVersion = None, if_match: IfMatch = None
) -> Methodology:
    """Give the version that is to be changed, if the caller has read it as it is."""
    edition = queries.get_edition(session, actor, code, version)
    row = actions.taken_up(session, actor, edition)
    require_match(if_match, _tag(actor, queries.edition_of(row)))
    return row


def _answered(response: Response, actor: Actor, row: Methodology) -> MethodologyRead:
    edition = queries.edition_of(row)
    _tagged(response, actor, edition)
    return queries.read_edition(actor, edition)


@router.get("", operation_id="list_methodologies", summary="List methodologies")
def list_methodologies(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[MethodologyQuery, Query()],
) -> Page[MethodologySummary]:
    """List the versions of methodologies that fit every filter, by code and version."""
    page = queries.methodology_page(session, actor, query)
    _paged(request, response, actor, page.next)
    return page


@router.post(
    "",
    operation_id="create_methodology",
    summary="Draft a methodology",
    status_code=201,
    responses=problems(*WRITING, MethodologyNotPossible, VersionOpen),
)
def create_methodology(
    session: DbSession,
    actor: Writer,
    given: MethodologyCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> MethodologyRead:
    """Draft a methodology, or the next version of one; its form can be tried out at once."""
    row = actions.create(session, actor, given)
    response.headers["Location"] = f"{router.prefix}/{row.code}?version={row.version}"
    return _answered(response, actor, row)


@router.get(
    "/{code}",
    operation_id="get_methodology",
    summary="Show a methodology",
    responses=problems(MethodologyNotFound),
)
def get_methodology(
    session: DbSession, actor: CurrentActor, code: Code, response: Response, version: OfVersion = None
) -> MethodologyRead:
    """Show a version of a methodology with its document and its seal."""
    edition = queries.get_edition(session, actor, code, version)
    _tagged(response, actor, edition)
    return queries.read_edition(actor, edition)


@router.patch(
    "/{code}",
    operation_id="update_methodology",
    summary="Change a draft",
    responses=problems(*CHANGING, MethodologySealed, DocumentInvalid),
    openapi_extra={"requestBody": {"content": PATCHED}},
)
def update_methodology(
    session: DbSession,
    actor: Writer,
    patch: MethodologyUpdate,
    row: Annotated[Methodology, Depends(to_change)],
    response: Response,
    _dry_run: DryRun,
) -> MethodologyRead:
    """Change the document of a draft by a merge patch: absent members stay, null empties, lists are replaced."""
    actions.update(session, actor, row, patch)
    return _answered(response, actor, row)


@router.get(
    "/{code}/versions",
    operation_id="list_methodology_versions",
    summary="List the versions of a methodology",
    responses=problems(MethodologyNotFound),
)
def list_methodology_versions(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    code: Code,
    query: Annotated[PageQuery, Query()],
) -> Page[MethodologySummary]:
    """List the versions of a methodology, the first one first."""
    page = queries.versions_page(session, actor, code, query)
    _paged(request, response, actor, page.next)
    return page


@router.get(
    "/{code}/schema",
    operation_id="get_methodology_schema",
    summary="Show the JSON Schema of a form",
    responses=problems(MethodologyNotFound, FormNotFound),
)
def get_methodology_schema(
    session: DbSession, actor: CurrentActor, code: Code, response: Response, version: OfVersion = None
) -> dict[str, Any]:
    """Show the JSON Schema of the score sheet, the answers or the checklist that a methodology asks for."""
    edition = queries.get_edition(session, actor, code, version)
    _tagged(response, actor, edition)
    return queries.form_schema(edition)


@router.get(
    "/{code}/crosswalk",
    operation_id="get_methodology_crosswalk",
    summary="Show what of a set is found in another",
    responses=problems(MethodologyNotFound, FormNotFound),
)
def get_methodology_crosswalk(
    session: DbSession, actor: CurrentActor, code: Code, other: OtherCode, response: Response
) -> CrosswalkRead:
    """Show for each item of the other set what it follows in this one, and how much of it is covered."""
    source, target = (queries.get_edition(session, actor, one) for one in (code, other))
    response.headers["Cache-Control"] = _cached(actor)
    return queries.crosswalk_of(source, target)


@router.post(
    "/{code}/score",
    operation_id="score_methodology_sheet",
    summary="Score a sheet without keeping it",
    responses=problems(MethodologyNotFound, FormNotFound, SheetInvalid),
)
def score_methodology_sheet(
    session: Reading,
    actor: CurrentActor,
    code: Code,
    sheet: ScoreSheet,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    version: OfVersion = None,
) -> ScoreRead:
    """Score a sheet by a set of indicators: points, trace, and what is missing; nothing is stored."""
    return queries.score_of(queries.get_edition(session, actor, code, version), sheet)


@router.post(
    "/{code}/check",
    operation_id="check_methodology_form",
    summary="Check a filled form without keeping it",
    responses=problems(MethodologyNotFound, FormNotFound, SheetInvalid),
)
def check_methodology_form(
    session: Reading,
    actor: CurrentActor,
    code: Code,
    form: AnyForm,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    version: OfVersion = None,
) -> CheckRead:
    """Check a score sheet, a questionnaire or a checklist against its methodology; nothing is stored."""
    return queries.check_of(queries.get_edition(session, actor, code, version), form)


@router.post(
    "/{code}/consult",
    operation_id="consult_methodology",
    summary="Put a draft to consultation",
    responses=problems(*CHANGING),
)
def consult_methodology(
    session: DbSession,
    actor: Writer,
    row: Annotated[Methodology, Depends(to_change)],
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> MethodologyRead:
    """Put a draft to consultation: everybody can read it and try it out, nobody can change it."""
    actions.consult(session, actor, row)
    return _answered(response, actor, row)


@router.post(
    "/{code}/revise",
    operation_id="revise_methodology",
    summary="Take a version back to a draft",
    responses=problems(*CHANGING),
)
def revise_methodology(
    session: DbSession,
    actor: Writer,
    row: Annotated[Methodology, Depends(to_change)],
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> MethodologyRead:
    """Take a version in consultation back to a draft, to be changed and consulted on again."""
    actions.revise(session, actor, row)
    return _answered(response, actor, row)


@router.post(
    "/{code}/publish",
    operation_id="publish_methodology",
    summary="Publish and seal a version",
    responses=problems(*CHANGING, MethodologyNotPossible),
)
def publish_methodology(
    session: DbSession,
    actor: Writer,
    given: MethodologyPublish,
    row: Annotated[Methodology, Depends(to_change)],
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> MethodologyRead:
    """Publish a version after its consultation; it is sealed for ever and applies from the day named."""
    actions.publish(session, actor, row, applies_from=given.applies_from)
    return _answered(response, actor, row)


@router.post(
    "/{code}/retire",
    operation_id="retire_methodology",
    summary="Retire a published version",
    responses=problems(*CHANGING, MethodologyNotPossible),
)
def retire_methodology(
    session: DbSession,
    actor: Writer,
    given: MethodologyRetire,
    row: Annotated[Methodology, Depends(to_change)],
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> MethodologyRead:
    """Retire a published version after a day; what it was bound to keeps it."""
    actions.retire(session, actor, row, reason=given.reason, retired_on=given.retired_on)
    return _answered(response, actor, row)


@prices.get("", operation_id="get_prices", summary="Show the price list", responses=problems(PriceNotFound))
def get_prices(
    session: DbSession, actor: CurrentActor, query: Annotated[PriceQuery, Query()], response: Response
) -> PricesRead:
    """Show what each process costs on a day, net of value added tax."""
    response.headers["Cache-Control"] = PUBLIC
    return queries.prices_on(session, query.at or actor.today)
