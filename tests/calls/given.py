"""Calls for tests: planned as the document shows them, applied to by consortia of three countries."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.calls.models import CallApplicant, CallApplication, ProgrammeCall
from cluster_api.calls.schemas import CallCreate
from cluster_api.calls.states import ApplicationState, CallState
from cluster_api.foundation.identifiers import numbered, uuid7
from cluster_api.partnerships.states import PartnerRole
from tests.conftest import NOW
from tests.worlds.given import put

CODE = "COS-CLUSTER-2021-1-01"
PATH = f"/v1/calls/{CODE}"
PLAN: dict[str, Any] = {
    "code": CODE, "title": "European Cluster Excellence Programme", "opens_on": "2021-01-15",
    "deadline_on": "2021-02-15", "budget_cents": 60_000_000, "max_grant_cents": 36_000_000,
}  # fmt: skip


def given_call(session: Session, state: CallState, **fields: Any) -> ProgrammeCall:
    """Put a call on record."""
    plan = CallCreate.model_validate({**PLAN, **fields})
    call = ProgrammeCall(id=str(uuid7()), state=state, version=1, created_at=NOW, updated_at=NOW, **plan.model_dump())
    session.add(call)
    session.flush()
    return call


def given_application(
    session: Session, call: ProgrammeCall, organisation_id: str, clusters: tuple[str, ...], serial: int
) -> str:
    """Put an eligible application on record and answer its number."""
    proof: dict[str, Any] = {
        "call": call.code, "call_version": 1, "on": "2021-01-15", "months": 24, "total_cents": 1,
        "requested_cents": 1, "consortium": [], "rules": [],
    }  # fmt: skip
    number, key = numbered("CA", 2021, serial), str(uuid7())
    put(
        session, CallApplication, id=key, number=number, call_id=call.id, organisation_id=organisation_id,
        acronym="TIDES", title="Tides", months=24, total_cents=60_000_000, requested_cents=36_000_000, ecosystems=[],
        targets={}, agreement="We agree.", state=ApplicationState.SUBMITTED, is_eligible=True, proof=proof,
        proof_digest="0" * 64, version=1, submitted_at=NOW, updated_at=NOW,
    )  # fmt: skip
    for position, cluster_id in enumerate(clusters):
        role = PartnerRole.PARTNER if position else PartnerRole.COORDINATOR
        put(session, CallApplicant, application_id=key, cluster_id=cluster_id, role=role, country="DE")
    return number


def asked(clusters: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """Answer the body of an application of these clusters, the first of which coordinates."""
    partners = [{"cluster_id": one, "role": "partner", "development": "more_developed"} for one in clusters]
    partners[0]["role"], partners[-1]["development"] = "coordinator", "transition"
    return {
        "acronym": "TIDES", "title": "Tides of excellence", "months": 24, "total_cents": 48_000_000,
        "requested_cents": 36_000_000, "targets": {"CXC_EXCHANGES": 50}, "partners": partners,
        "agreement": "The partners agree.", **more,
    }  # fmt: skip


AFTER = date(2021, 2, 16)
