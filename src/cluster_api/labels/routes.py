"""The public register over HTTP: list, holder, label, verification. Nothing here needs credentials."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.datastructures import State

from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.hotreads import twin
from cluster_api.foundation.identifiers import is_well_formed, normalised_number
from cluster_api.foundation.openapi import PUBLIC, problems
from cluster_api.foundation.paging import CountedPage, next_link
from cluster_api.foundation.times import TimeQuery
from cluster_api.labels import queries
from cluster_api.labels.errors import HolderNotFound, LabelNotFound, LabelNumberMistyped
from cluster_api.labels.queries import KnownLabel
from cluster_api.labels.rules import as_known, current_level, highest_held_steps, level_periods, standing, verdict
from cluster_api.labels.schemas import (
    HolderRead,
    LabelHappening,
    LabelRead,
    LabelSummary,
    LevelHeld,
    RegisterEntry,
    RegisterQuery,
    VerificationRead,
    VerificationStep,
)

router = APIRouter(tags=["register"])

Number = Annotated[
    str,
    Path(
        min_length=1,
        max_length=60,
        pattern=r"^[0-9A-Za-z \-]+$",
        description="Number of a label; case, spaces and dashes do not matter.",
        examples=["LB-2019-000123-09"],
    ),
]
ClusterId = Annotated[UUID, Path(description="Identifier of the cluster organisation.")]
Times = Annotated[TimeQuery, Query()]


def _today(state: State) -> date:
    return civil_date(state.clock.now())


def _public(body: bytes, **headers: str) -> Response:
    return Response(body, media_type="application/json", headers={"Cache-Control": PUBLIC, **headers})


@router.get(
    "/v1/register",
    operation_id="list_register",
    summary="List holders of labels",
    response_model=CountedPage[RegisterEntry],
    response_model_exclude_unset=True,
)
async def list_register(request: Request, query: Annotated[RegisterQuery, Query()]) -> Response:
    """List the organisations that hold a valid label on a day, or that have ever held one."""
    return await _register(request.app.state, {}, query, "")


async def _register(state: State, _keys: Mapping[str, str], query: RegisterQuery, _accept: str) -> Response:
    page = await queries.register_page(state.database.reader, query, _today(state))
    link = {}
    if page["next"]:
        asked = query.model_dump(mode="json", exclude_unset=True)
        link["Link"] = next_link("/v1/register", [(name, _text(value)) for name, value in asked.items()], page["next"])
    return _public(orjson.dumps(page, option=orjson.OPT_UTC_Z), **link)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@router.get(
    "/v1/register/{cluster_id}",
    operation_id="get_holder",
    summary="Show an organisation with its labels",
    response_model=HolderRead,
    responses=problems(HolderNotFound),
)
async def get_holder(request: Request, cluster_id: ClusterId, times: Times) -> Response:
    """Show an organisation and the history of the labels it held, as of any day and as known at any instant."""
    found = await _history(request.app.state, {"cluster_id": str(cluster_id)}, times, "")
    if found is None:
        raise HolderNotFound
    return found


async def _history(state: State, keys: Mapping[str, str], times: TimeQuery, _accept: str) -> Response | None:
    reader = state.database.reader
    labels = await queries.labels_of(reader, keys["cluster_id"])
    holder = await queries.find_holder(reader, keys["cluster_id"]) if labels else None
    if holder is None:
        return None
    return _public(_holder(holder, labels, times.at or _today(state), times.known_at))


def _holder(holder: dict[str, Any], labels: list[KnownLabel], at: date, known_at: datetime | None) -> bytes:
    facts = [label.facts for label in labels]
    known = [label for label in labels if as_known(label.facts, known_at) is not None]
    steps = [level for day, level in highest_held_steps(facts, known_at) if day <= at]
    body = {
        **holder,
        "is_synthetic": bool(holder["is_synthetic"]),
        "at": at,
        "level": current_level(facts, at, known_at),
        "highest_held": steps[-1] if steps else None,
        "levels": [
            LevelHeld(level=span.level, starts_on=span.starts_on, ends_on=span.ends_on, label_number=span.number)
            for span in level_periods(facts, known_at)
        ],
        "labels": [_summary(label, labels, at, known_at) for label in known],
    }
    return orjson.dumps(body, default=_as_dict, option=orjson.OPT_UTC_Z)


def _as_dict(value: Any) -> Any:
    return value.__dict__


def _summary(label: KnownLabel, beside: list[KnownLabel], at: date, known_at: datetime | None) -> LabelSummary:
    known = as_known(label.facts, known_at) or label.facts
    return LabelSummary.model_construct(
        number=known.number,
        level=known.level,
        kind=label.row["kind"],
        awarded_on=label.row["awarded_on"],
        valid_from=known.valid_from,
        valid_until=known.valid_until,
        standing=standing(label.facts, [other.facts for other in beside], at, known_at),
    )


@router.get(
    "/v1/labels/{number}",
    operation_id="get_label",
    summary="Show a label",
    response_model=LabelRead,
    responses=problems(LabelNotFound, LabelNumberMistyped),
)
async def get_label(request: Request, number: Number, times: Times) -> Response:
    """Show a label as the public may see it: level, holder, validity, standing, what happened to it."""
    if not is_well_formed(number):
        detail = "The form or the check digits of the number do not fit."
        raise LabelNumberMistyped(detail, faults=[Fault("/path/number", "mistyped", detail)])
    reader = request.app.state.database.reader
    beside = await queries.labels_beside(reader, normalised_number(number))
    label = next((one for one in beside if one.facts.number == normalised_number(number)), None)
    if label is None or as_known(label.facts, times.known_at) is None:
        raise LabelNotFound
    holder = await queries.find_holder(reader, str(label.row["cluster_id"]))
    return _public(_label(label, beside, holder or {}, (times.at or _today(request.app.state), times.known_at)))


AS_RECORDED = ("cluster_id", "country", "portfolio", "rule_set", "assessed_on", "source")


def _label(
    label: KnownLabel, beside: list[KnownLabel], holder: dict[str, Any], times: tuple[date, datetime | None]
) -> bytes:
    at, known_at = times
    numbers = {other.id: other.facts.number for other in beside}
    renewals = [one for one in beside if str(one.row["previous_label_id"]) == label.id]
    known = as_known(label.facts, known_at) or label.facts
    body = {
        **_summary(label, beside, at, known_at).__dict__,
        **{name: label.row[name] for name in AS_RECORDED},
        "holder": holder.get("name"),
        "previous": numbers.get(str(label.row["previous_label_id"])),
        "next": renewals[0].facts.number if renewals and as_known(renewals[0].facts, known_at) else None,
        "is_synthetic": bool(label.row["is_synthetic"]),
        "at": at,
        "events": [
            LabelHappening.model_construct(
                kind=event.kind, effective_on=event.effective_on, recorded_at=event.recorded_at
            )
            for event in known.events
        ],
    }
    return orjson.dumps(body, default=_as_dict, option=orjson.OPT_UTC_Z)


@router.get(
    "/v1/verifications/{number}",
    operation_id="verify_label",
    summary="Verify a label",
    response_model=VerificationRead,
)
async def verify_label(request: Request, number: Number, times: Times) -> Response:
    """Verify a label step by step, as of any day and as known at any instant; also a number that does not exist."""
    at, shown = times.at or _today(request.app.state), normalised_number(number)
    reader = request.app.state.database.reader
    beside = await queries.labels_beside(reader, shown) if is_well_formed(number) else []
    label = next((one for one in beside if one.facts.number == shown), None)
    found = verdict(label.facts if label else None, number, [one.facts for one in beside], at, times.known_at)
    known = as_known(label.facts, times.known_at) if label else None
    holder = await queries.find_holder(reader, str(label.row["cluster_id"])) if label and known else None
    body = VerificationRead(
        number=shown,
        standing=found.standing,
        is_valid=found.standing == "valid",
        at=at,
        known_at=times.known_at,
        level=known.level if known else None,
        holder=holder["name"] if holder else None,
        cluster_id=label.row["cluster_id"] if label and known else None,
        valid_from=known.valid_from if known else None,
        valid_until=known.valid_until if known else None,
        steps=[VerificationStep(code=step.code, passed=step.passed, sentence=step.sentence) for step in found.steps],
    )
    return _public(body.model_dump_json().encode())


TWINS = (
    twin("/v1/register", RegisterQuery, _register),
    twin("/v1/register/{cluster_id}", TimeQuery, _history),
)
