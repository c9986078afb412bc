"""One thing of each kind of the areas that run cases, so that the table of access tells of them."""

from datetime import date
from itertools import count
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.appeals.models import Appeal
from cluster_api.appeals.states import AppealState
from cluster_api.assessments.models import Assessment, AssessmentReport, Assignment, Evidence, Sheet
from cluster_api.assessments.states import AssignmentRole, AssignmentState, CaseState, EvidenceState, SheetKind
from cluster_api.batches.models import RoundPairing
from cluster_api.benchmarks.models import Benchmark, BenchmarkReport, BenchmarkVersion, InterviewGuest
from cluster_api.benchmarks.states import BenchmarkState, GuestRole, GuestState
from cluster_api.billing.models import Invoice
from cluster_api.billing.states import InvoiceKind, VatTreatment
from cluster_api.calls.models import ProgrammeCall
from cluster_api.calls.states import CallState
from cluster_api.clusters.states import Level
from cluster_api.complaints.models import Complaint
from cluster_api.complaints.states import ComplaintState, Matter
from cluster_api.conflicts.models import ConflictPin, PairWaiver
from cluster_api.conflicts.states import InterestKind, PairRule, PinEffect
from cluster_api.decisions.models import Decision, DecisionVote
from cluster_api.decisions.states import Choice, DecisionState
from cluster_api.foundation.identifiers import numbered, uuid7
from cluster_api.grants.models import ExchangeCertificate, ExchangeGrant
from cluster_api.grants.states import GrantState
from cluster_api.identity.models import Organisation, Person
from cluster_api.identity.states import Role
from cluster_api.jobs.models import Job
from cluster_api.jobs.states import JobState
from cluster_api.ledger.models import Budget
from cluster_api.matches.models import ExchangeMatch
from cluster_api.matches.states import MatchState
from cluster_api.methodology.queries import shipped
from cluster_api.methodology.states import CaseKind, VisitMode
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.states import ParticipantState
from cluster_api.partnerships.models import Partnership
from cluster_api.payments.models import PaymentFile
from cluster_api.pool.models import Assessor
from cluster_api.pool.states import AssessorState, QualificationRole
from cluster_api.programme.models import ProgressReport
from cluster_api.programme.states import ProgressState
from cluster_api.rounds.states import ExchangeMode, ExchangeRole, ParticipantKind
from cluster_api.stays.rules import Done, Side, statement_of
from cluster_api.yearly.models import YearlyReport
from cluster_api.yearly.states import YearlyState
from tests.assessors.given import (
    given_employment,
    given_interest,
    given_pool_member,
    given_qualification,
)
from tests.billing.given import PAYER
from tests.calls.given import CODE, given_application, given_call
from tests.conftest import NOW
from tests.decisions.given import open_values, sealed_document
from tests.house.test_contract import resolved
from tests.partnerships.given import given_partnership
from tests.worlds.given import put

DATED = {"version": 1, "created_at": NOW, "updated_at": NOW}
BOUND = {
    "rule_set": "2020",
    "indicator_set": "ECEI-2013",
    "eligibility_set": "ELIGIBILITY-2019",
    "prices": "ESCA-PRICES",
}
SELLER = {**PAYER, "name": "Label Office", "iban": "DE02120300000000202051"}
EMPTY: dict[str, Any] = {"answers": {}, "comments": {}, "evidence": {}, "improvements": {}, "points": {}}
SERIALS = count(1)
LEAST = {"uuid": "01767a3e-2f00-7c3a-8d5e-0123456789ab", "date": "2021-01-15", "date-time": "2021-01-15T10:00:00Z"}


def bound(code: str) -> dict[str, Any]:
    """Answer how a case or a benchmark names the edition to which it is bound."""
    edition = shipped(code=code)[0]
    return {"code": edition.code, "version": edition.version, "digest": edition.digest}


def given_assessor(session: Session, person_id: str, cluster_id: str) -> dict[str, str]:
    """Take a person into the pool with one record of each kind, and answer their identifiers by parameter."""
    assessor = Assessor(
        id=str(uuid7()), person_id=person_id, country="IE", languages=["en"], portfolios=["ICT"],
        state=AssessorState.ACTIVE, **DATED,
    )  # fmt: skip
    session.add(assessor)
    session.flush()
    first, second = sorted((assessor.id, given_pool_member(session).id))
    found = {"assessor_id": assessor.id, "pin_id": str(uuid7()), "waiver_id": str(uuid7())}
    found["employment_id"] = given_employment(session, assessor, "An employer").id
    found["interest_id"] = given_interest(session, assessor, InterestKind.OTHER, cluster_id=cluster_id).id
    found["qualification_id"] = given_qualification(session, assessor, QualificationRole.GOLD).id
    why = {"cluster_id": cluster_id, "reason": "Known.", "began_on": NOW.date(), "recorded_at": NOW, "author": "x"}
    put(session, ConflictPin, id=found["pin_id"], assessor_id=assessor.id, effect=PinEffect.CONFLICT, **why)
    pair = {"first_id": first, "second_id": second, "rule": PairRule.EMPLOYERS_DIFFER}
    put(session, PairWaiver, id=found["waiver_id"], **pair, **why)
    return found


def given_case(session: Session, cluster_id: str, person_id: str, serial: int, state: CaseState) -> dict[str, str]:
    """Record a gold case that a person leads, with evidence, scores and a report, and answer their identifiers."""
    found = {name: str(uuid7()) for name in ("assessment_id", "assignment_id", "evidence_id")}
    case = {"assessment_id": found["assessment_id"]}
    put(
        session, Assessment, id=found["assessment_id"], number=numbered("AS", 2021, serial), cluster_id=cluster_id,
        level=Level.GOLD, kind=CaseKind.FIRST, mode=VisitMode.ON_SITE, state=state, state_since=NOW.date(),
        binding={name: bound(code) for name, code in BOUND.items()}, price_cents=825_000, checklist={}, waivers={},
        visit_dates=[], **DATED,
    )  # fmt: skip
    part = {"person_id": person_id, "role": AssignmentRole.LEAD, "state": AssignmentState.AGREED_BY_CLUSTER}
    put(session, Assignment, id=found["assignment_id"], **case, **part, **DATED)
    file = {
        "name": "proof.pdf",
        "media_type": "application/pdf",
        "size": 1,
        "sha256": f"{serial:064x}",
        "side": "cluster",
    }
    waits = {"state": EvidenceState.QUARANTINED, "findings": [], "version": 1, "created_at": NOW}
    put(session, Evidence, id=found["evidence_id"], **case, **file, **waits)
    handed_in = {"total": 0, "handed_in_at": NOW, **EMPTY, **DATED}
    for kind in (SheetKind.SELF_ASSESSMENT, SheetKind.CONSENSUS):
        put(session, Sheet, id=str(uuid7()), slot=kind.value, kind=kind, **case, **handed_in)
    own = {"slot": found["assignment_id"], "assignment_id": found["assignment_id"], "kind": SheetKind.SCORES}
    put(session, Sheet, id=str(uuid7()), **own, **case, **handed_in)
    return found


def given_benchmark(
    session: Session, cluster_id: str, expert_id: str, serial: int, state: BenchmarkState
) -> dict[str, str]:
    """Record a benchmark that a person holds the interview of, and answer how it is named."""
    found, edition = {"benchmark_id": str(uuid7())}, bound("ESCA-BRONZE-2019")
    put(
        session, Benchmark, id=found["benchmark_id"], number=numbered("BM", 2021, serial), cluster_id=cluster_id,
        questionnaire=edition["code"], questionnaire_version=edition["version"],
        questionnaire_digest=edition["digest"], country="DE", portfolio="ICT", answers={}, state=state,
        expert_id=expert_id, interview_on=NOW.date(), interview_mode=VisitMode.VIDEO, answers_version=1,
        released_on=NOW.date() if state is BenchmarkState.RELEASED else None, opened_on=NOW.date(), **DATED,
    )  # fmt: skip
    key = {"benchmark_id": found["benchmark_id"], "number": 1, "digest": "0" * 64}
    put(session, BenchmarkVersion, answers={}, author="client:x", recorded_at=NOW, **key)
    found["guest_id"] = str(uuid7())
    guest = {"person_id": expert_id, "role": GuestRole.TRAINEE, "state": GuestState.AGREED}
    put(session, InterviewGuest, id=found["guest_id"], benchmark_id=found["benchmark_id"], **guest, **DATED)
    return found


def given_invoice(session: Session, cluster_id: str, organisation_id: str, serial: int) -> dict[str, str]:
    """Record an invoice that an organisation pays, and answer how it is named."""
    found = {"invoices/number": numbered("IN", 2021, serial)}
    put(
        session, Invoice, id=str(uuid7()), number=found["invoices/number"], kind=InvoiceKind.INVOICE,
        cluster_id=cluster_id, organisation_id=organisation_id, level=Level.GOLD, case_kind=CaseKind.FIRST,
        mode=VisitMode.ON_SITE, price_list="ESCA-PRICES", price_list_version=1, text="First gold label",
        issued_on=NOW.date(), due_on=NOW.date(), currency="EUR", net_cents=825_000,
        vat_treatment=VatTreatment.DOMESTIC, vat_category="S", vat_basis_points=2_100, vat_cents=173_250,
        seller=SELLER, payer=PAYER, author="client:x", created_at=NOW,
    )  # fmt: skip
    return found


def given_complaint(session: Session, serial: int) -> dict[str, str]:
    """Record a complaint of somebody who is not known, and answer how it is named."""
    found = {"complaints/number": numbered("CO", 2021, serial)}
    due = {"received_on": date(2021, 1, 4), "acknowledge_by": date(2021, 1, 11), "answer_by": date(2021, 2, 4)}
    put(
        session, Complaint, id=str(uuid7()), number=found["complaints/number"], matter=Matter.PROCESS, text="Slow.",
        contact="somebody@example.org", public_id=f"{serial:012x}", digest="0" * 64, state=ComplaintState.RECEIVED,
        **due, **DATED,
    )  # fmt: skip
    return found


def least_of(schema: dict[str, Any]) -> Any:
    """Answer the least that a schema of the document allows."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return least_of(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema["type"]
    if kind == "object":
        return {name: least_of(schema["properties"][name]) for name in schema.get("required", [])}
    if kind == "string":
        return LEAST.get(schema.get("format", ""), "0" * schema.get("minLength", 2))
    return {"array": [], "boolean": False}.get(kind, schema.get("minimum", 0))


def given_reports(session: Session, assessment_id: str, benchmark_id: str) -> None:
    """Record the sealed report of a case and the released one of a benchmark, as the document shows them."""
    sealed, released = (least_of({"$ref": f"#/components/schemas/{name}"}) for name in ("ReportDocument", "ReportRead"))
    put(session, AssessmentReport, assessment_id=assessment_id, document=sealed, digest="0" * 64, sealed_at=NOW)
    document = {"document": orjson.dumps(released).decode(), "digest": "0" * 64, "created_at": NOW}
    put(session, BenchmarkReport, benchmark_id=benchmark_id, number=1, **document)


def given_decision(session: Session, assessment_id: str, cluster_id: str, serial: int) -> dict[str, str]:
    """Record a refusal of a case of which the applicant was told, with a vote and an appeal, and answer their names."""
    found = {"decision_id": str(uuid7()), "appeal_id": str(uuid7())}
    chair_id = str(uuid7())
    person = {"name": "Chair", "email": None, "roles": [Role.BOARD.value], **DATED}
    put(session, Person, id=chair_id, **person)
    session.execute(sa.update(Assessment).where(Assessment.id == assessment_id).values(state=CaseState.IN_DECISION))
    document = sealed_document(cluster_id, numbered("AS", 2021, serial))
    opened = open_values(document, assessment_id)
    put(
        session,
        Decision,
        **opened,
        id=found["decision_id"],
        number=numbered("DE", 2021, serial),
        chair_id=chair_id,
        **DATED,
    )
    put(
        session, DecisionVote, decision_id=found["decision_id"], person_id=chair_id, choice=Choice.REFUSE, reason=None,
        cast_at=NOW,
    )  # fmt: skip
    told = {"reasons": "Too few members.", "concluded_at": NOW, "notified_on": NOW.date()}
    refused = {"state": DecisionState.REFUSED, "is_final": True, **told}
    session.execute(sa.update(Decision).where(Decision.id == found["decision_id"]).values(**refused))
    session.execute(sa.update(Assessment).where(Assessment.id == assessment_id).values(state=CaseState.REFUSED))
    days = {"received_on": NOW.date(), "due_on": date(2021, 2, 14), "decide_by": date(2021, 4, 15)}
    put(
        session, Appeal, id=found["appeal_id"], number=numbered("AP", 2021, serial), decision_id=found["decision_id"],
        state=AppealState.ADMISSIBLE, grounds="Members were not counted.", **days, **DATED,
    )  # fmt: skip
    return found


def given_programme(session: Session, cluster_id: str, organisation_id: str, serial: int) -> dict[str, str]:
    """Record an application to the closed call and a partnership with a budget, and answer how they are named."""
    organisation = session.get_one(Organisation, organisation_id)
    partnership = given_partnership(session, organisation, (cluster_id,))
    put(session, Budget, partnership_id=partnership.id, version=0, created_at=NOW, updated_at=NOW)
    call = session.scalar(sa.select(ProgrammeCall).where(ProgrammeCall.state == CallState.CLOSED))
    call = call or given_call(session, CallState.CLOSED)
    number = given_application(session, call, organisation_id, (cluster_id,), serial)
    period = {"since": partnership.begins_on, "until": NOW.date(), "summary": "Done.", "deviations": None}
    put(
        session, ProgressReport, id=str(uuid7()), partnership_id=partnership.id, number=1, **period,
        indicators={"items": []}, digest="0" * 64, author="x", submitted_at=NOW, state=ProgressState.SUBMITTED,
        version=1,
    )  # fmt: skip
    found = {"partnership_id": partnership.id, "calls/code": CODE, "calls/number": number, "partnerships/number": "1"}
    return found | given_exchange(session, organisation, partnership, serial)


def given_exchange(
    session: Session, organisation: Organisation, partnership: Partnership, serial: int
) -> dict[str, str]:
    """Record an exchange of an organisation with itself, and answer how its parts are named."""
    found = {
        "participant_id": str(uuid7()),
        "match_id": str(uuid7()),
        "exchange-grants/number": numbered("EX", 2021, serial),
    }
    host_id, grant_id = str(uuid7()), str(uuid7())
    common = {
        "organisation_id": organisation.id, "kind": ParticipantKind.SME, "country": "BE", "is_in_network": False,
        "is_approved": False, "partnership_id": partnership.id, "is_assigned": False, "motivation": "Markets.",
        "ecosystems": [], "aims": [], "activities": [], "wanted_countries": [], "open_exchanges": 1, **DATED,
    }  # fmt: skip
    for key, code, visits in ((found["participant_id"], "pilot", True), (host_id, "second", False)):
        state = ParticipantState.SUBMITTED
        put(
            session,
            ExchangeParticipant,
            id=key,
            round=code,
            is_visitor=visits,
            is_host=not visits,
            state=state,
            **common,
        )
    sides = {"visitor_id": found["participant_id"], "host_id": host_id}
    days = {"proposed_on": NOW.date(), "answer_by": NOW.date()}
    put(
        session,
        ExchangeMatch,
        id=found["match_id"],
        **sides,
        **days,
        proposed_by=ExchangeRole.VISITOR,
        state=MatchState.CONFIRMED,
        **DATED,
    )
    offices = {"visitor_partnership_id": partnership.id, "host_partnership_id": partnership.id}
    both = {"visitor_organisation_id": organisation.id, "host_organisation_id": organisation.id}
    put(
        session, ExchangeGrant, id=grant_id, number=found["exchange-grants/number"], match_id=found["match_id"],
        round="pilot", **sides, **both, **offices, mode=ExchangeMode.VIRTUAL, agenda={}, overrides={},
        account=None, calculation=None, state=GrantState.BUILDING, **DATED,
    )  # fmt: skip
    done = Done(found["exchange-grants/number"], "pilot", ExchangeMode.VIRTUAL, NOW.date(), NOW.date(), NOW.date())
    statement = statement_of(done, Side("Tide", "BE", "TIDES"), Side("Lab", "PT", "TIDES"), 3)
    certificate = {"sha256": f"{serial:064x}", "statement": statement, "issued_on": NOW.date()}
    put(session, ExchangeCertificate, grant_id=grant_id, **certificate)
    file = {
        "message_id": grant_id.replace("-", ""),
        "execution_on": NOW.date(),
        "content": "<Document/>",
        "sha256": "0" * 64,
    }
    found["pairing_id"] = given_matching(session)
    found["file_id"] = str(uuid7())
    put(session, PaymentFile, id=found["file_id"], partnership_id=partnership.id, author="x", created_at=NOW, **file)
    return found


def given_matching(session: Session) -> str:
    """Record a matching of a round that is done, and answer its identifier."""
    key, job_id = str(uuid7()), str(uuid7())
    asked = {"kind": "round_pairing", "state": JobState.SUCCEEDED, "request": {}, "author": "x", "request_id": "1" * 32}
    put(session, Job, id=job_id, **asked, requested_at=NOW, done=0, resume_line=0, counts={}, version=1)
    made = {"seed": "x", "least_points": 0, "visitor_quota": 1, "host_quota": 1, "weights": {"version": 1}}
    kept = {"inputs": "{}", "inputs_sha256": "0" * 64, "visitors": 0, "hosts": 0, "pairs": 0, "completed_at": NOW}
    put(
        session, RoundPairing, id=key, round="pilot", reason=None, job_id=job_id, author="x",
        requested_at=NOW, **made, **kept,
    )  # fmt: skip
    return key


def given_yearly_report(session: Session) -> str:
    """Record the draft of a yearly report, and answer its identifier."""
    key, content = str(uuid7()), {"fewest": 5, "figures": [], "methods": []}
    put(
        session, YearlyReport, id=key, year=2019, number=1, state=YearlyState.DRAFT, known_at=NOW, content=content,
        digest="0" * 64, correction=None, author="x", created_at=NOW, version=1,
    )  # fmt: skip
    return key


def given_cases(
    session: Session, cluster_id: str, organisation_id: str, person_id: str, *, is_done: bool
) -> dict[str, str]:
    """Record one thing of each kind about a cluster, its organisation and a person; done or on the way."""
    serial = next(SERIALS)
    found = given_assessor(session, person_id, cluster_id)
    found |= given_case(session, cluster_id, person_id, serial, CaseState.REPORTED if is_done else CaseState.ASSESSED)
    state = BenchmarkState.RELEASED if is_done else BenchmarkState.IN_INTERVIEW
    found |= given_benchmark(session, cluster_id, person_id, serial, state)
    found |= given_invoice(session, cluster_id, organisation_id, serial)
    found |= given_programme(session, cluster_id, organisation_id, serial)
    if is_done:
        given_reports(session, found["assessment_id"], found["benchmark_id"])
        found |= given_decision(session, found["assessment_id"], cluster_id, serial)
    return found
