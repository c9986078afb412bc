"""Reported cases and people of the board, put on record without the long way through the process."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, AssessmentReport, Assignment, Evidence
from cluster_api.assessments.states import SCORING
from cluster_api.clusters.states import Level
from cluster_api.decisions import actions
from cluster_api.decisions.models import Decision
from cluster_api.decisions.queries import data as voting_rows
from cluster_api.decisions.rules import computed, inputs_of, rule_as_kept, voting_rule_on
from cluster_api.decisions.schemas import Conclusion, DecisionOpening, Notice, VoteCast
from cluster_api.decisions.states import Choice, DecisionKind, DecisionState
from cluster_api.foundation.identifiers import numbered, uuid7
from cluster_api.identity.access import Actor, actor_of, service_actor
from cluster_api.identity.models import Person
from cluster_api.identity.schemas import Caller, Held
from cluster_api.identity.states import Role, Standing
from cluster_api.methodology.queries import Edition, in_force, shipped
from cluster_api.methodology.states import MethodologyKind
from cluster_api.reports.queries import digest_of
from cluster_api.scoring.rules import ENGINE, ROUNDING
from tests.assessments.given import SCOPE, whole
from tests.callers import LONG_AGO, given_organisation
from tests.register import given_cluster

DAY = date(2021, 4, 1)
SERIALS = itertools.count(1)


def instant(day: date) -> datetime:
    """Answer ten o'clock of a day."""
    return datetime.combine(day, time(10), UTC)


def given_somebody(session: Session, *roles: Role) -> str:
    """Put a person with roles on record and answer the identifier."""
    person = Person(
        id=str(uuid7()), name="Somebody", email=None, roles=[role.value for role in roles], version=1,
        created_at=LONG_AGO, updated_at=LONG_AGO,
    )  # fmt: skip
    session.add(person)
    session.flush()
    return person.id


def given_board(session: Session, size: int = 5) -> list[str]:
    """Put members of the board on record."""
    return [given_somebody(session, Role.BOARD) for _ in range(size)]


def as_person(person_id: str, day: date, *roles: Role) -> Actor:
    """Answer a person as who acts on a day: of the board, unless other roles are named."""
    held = (Held(person_id, frozenset(roles or (Role.BOARD,)), Standing.OWNER, is_person=True),)
    return actor_of(Caller(name=f"person:{person_id}", person_id=person_id, held=held), instant(day))


def as_secretariat(day: date) -> Actor:
    """Answer the service as who runs the process."""
    return service_actor("secretariat", instant(day))


def _edition(session: Session, kind: MethodologyKind, code: str | None, day: date) -> Edition:
    found = in_force(session, kind, day, code=code)
    return found if found is not None else shipped(kind=kind, code=code)[0]


def given_reported(
    session: Session,
    *,
    level: str = "gold",
    points: int = 150,
    visited_on: date = date(2021, 3, 3),
    sheet: dict[str, Any] | None = None,
    cluster_id: str | None = None,
    **more: Any,
) -> Assessment:
    """Put a case with its sealed report on record, assessed by two experts of their own."""
    cluster_id = cluster_id or given_cluster(
        session, "A cluster", owner_id=given_organisation(session, Role.CLUSTER).id
    )
    day = visited_on
    bound = {
        "rule_set": _edition(session, MethodologyKind.RULE_SET, None, day),
        "indicator_set": _edition(session, MethodologyKind.INDICATOR_SET, "ECEI-2013", day),
        "eligibility_set": _edition(session, MethodologyKind.ELIGIBILITY_SET, None, day),
        "prices": _edition(session, MethodologyKind.PRICE_LIST, None, day),
    }
    binding = {key: {"code": one.code, "version": one.version, "digest": one.digest} for key, one in bound.items()}
    case = Assessment(
        id=str(uuid7()), number=numbered("AS", day.year, next(SERIALS)), cluster_id=cluster_id, level=Level(level),
        mode="on_site", state="reported", state_since=day, binding=binding, price_cents=1, checklist={},
        waivers={}, visit_dates=[str(day - timedelta(days=1)), str(day)], version=1, created_at=instant(day),
        updated_at=instant(day), **{"kind": "first", **more},
    )  # fmt: skip
    session.add(case)
    session.flush()
    scores = []
    for role in SCORING[Level(level)]:
        one = Assignment(
            id=str(uuid7()), assessment_id=case.id, person_id=given_somebody(session, Role.ASSESSOR), role=role,
            state="done", version=1, created_at=instant(day), updated_at=instant(day),
        )  # fmt: skip
        session.add(one)
        scores.append({"assignment_id": one.id, "role": role.value, "digest": "0" * 64})
    file = Evidence(
        id=str(uuid7()), assessment_id=case.id, name="proof.pdf", media_type="application/pdf", size=10,
        sha256="ab" * 32, side="cluster", state="released", findings=[], version=1, created_at=instant(day),
    )  # fmt: skip
    session.add(file)
    session.flush()
    document: dict[str, Any] = {
        "number": case.number, "cluster_id": cluster_id, "level": level, "kind": str(case.kind), "binding": binding,
        "benchmarks_on": ["2019-01-10", "2020-10-01"], "visit_dates": [str(one) for one in case.dates],
        "sheet": sheet or whole(points), "improvements": dict.fromkeys(SCOPE, True) if level == "silver" else {},
        "scores": scores,
        "evidence": [{"id": file.id, "sha256": file.sha256, "size": 10, "media_type": "application/pdf"}],
    }  # fmt: skip
    terms, methodology = bound["rule_set"].document.terms, bound["indicator_set"].document
    document["refusals"] = computed(document, terms, methodology)["refusals"]
    session.add(
        AssessmentReport(assessment_id=case.id, document=document, digest=digest_of(document), sealed_at=instant(day))
    )
    session.flush()
    session.refresh(case)
    return case


def sealed_document(cluster_id: str, number: str, points: int = 150) -> dict[str, Any]:
    """Answer what the sealed report of a gold case without experts says that a decision is computed from."""
    codes = {
        "rule_set": "2020", "indicator_set": "ECEI-2013", "eligibility_set": "ELIGIBILITY-2019",
        "prices": "ESCA-PRICES",
    }  # fmt: skip
    bound = {key: shipped(code=code)[0] for key, code in codes.items()}
    binding = {key: {"code": one.code, "version": one.version, "digest": one.digest} for key, one in bound.items()}
    return {
        "number": number, "cluster_id": cluster_id, "level": "gold", "kind": "first", "binding": binding,
        "benchmarks_on": [], "visit_dates": [], "sheet": whole(points), "improvements": {}, "scores": [],
        "evidence": [],
    }  # fmt: skip


def open_values(document: dict[str, Any], assessment_id: str, digest: str = "0" * 64) -> dict[str, Any]:
    """Answer the columns of an open decision about a gold case whose report is this document, but for who and when."""
    inputs = inputs_of(document, digest)
    result = computed(inputs, shipped(code="2020")[0].document.terms, shipped(code="ECEI-2013")[0].document)
    return {
        "assessment_id": assessment_id, "serial": 1, "kind": DecisionKind.FIRST, "previous_id": None,
        "state": DecisionState.OPEN, "is_final": False, "body": "The board.", "meeting_on": None,
        "report_digest": digest, "inputs": inputs, "inputs_digest": digest_of(inputs), "engine": ENGINE,
        "rounding": ROUNDING, "result": result, "result_digest": digest_of(result), "passes": not result["refusals"],
        "voting": rule_as_kept(voting_rule_on(voting_rows("voting"), DAY, "")),
    }  # fmt: skip


def opened(session: Session, case: Assessment, chair_id: str, day: date = DAY) -> Decision:
    """Open the decision about a case."""
    return actions.open_decision(session, as_secretariat(day), case, DecisionOpening(chair_id=chair_id))


def voted(session: Session, decision: Decision, votes: dict[str, str], day: date = DAY) -> None:
    """Cast votes by person."""
    for person, choice in votes.items():
        reason = "Too close." if choice == "recused" else None
        actions.vote(session, as_person(person, day), decision, VoteCast(choice=Choice(choice), reason=reason))


def concluded(session: Session, decision: Decision, day: date = DAY, **said: Any) -> None:
    """Conclude as the chair."""
    given = Conclusion(**{"reasons": "Because.", **said})
    actions.conclude(session, as_person(decision.chair_id, day), decision, given)


def decided(
    session: Session, case: Assessment, board: list[str], choice: str = "grant", day: date = DAY, **said: Any
) -> Decision:
    """Open, let everybody vote the same, and conclude."""
    decision = opened(session, case, board[0], day)
    voted(session, decision, dict.fromkeys(board, choice), day)
    concluded(session, decision, day, **said)
    return decision


def told(session: Session, decision: Decision, day: date = DAY) -> Decision:
    """Tell the applicant on a day, with which a grant awards its label, and answer the decision."""
    actions.notify(session, as_secretariat(day), decision, Notice(notified_on=day))
    return decision


def refused_and_told(session: Session, board: list[str], day: date = DAY, **more: Any) -> Decision:
    """Answer a refusal of which the applicant was told on its day."""
    return told(session, decided(session, given_reported(session, **more), board, "refuse", day), day)


def assessor_of(session: Session, case: Assessment) -> str:
    """Answer somebody who assessed a case."""
    return session.scalars(sa.select(Assignment.person_id).where(Assignment.assessment_id == case.id)).first() or ""
