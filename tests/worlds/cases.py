"""Worlds that differ in what is recorded about cases: benchmarks, assessments, invoices, complaints and assessors."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, Assignment, Evidence, Interview, Sheet
from cluster_api.assessments.states import AssignmentRole, AssignmentState, CaseState, EvidenceState, SheetKind
from cluster_api.benchmarks.models import Benchmark
from cluster_api.benchmarks.states import BenchmarkState
from cluster_api.billing.models import Invoice, InvoicePayment
from cluster_api.billing.states import InvoiceKind, PaymentKind, VatTreatment
from cluster_api.clusters.states import Level
from cluster_api.complaints.models import Complaint
from cluster_api.complaints.states import ComplaintState, Matter
from cluster_api.conflicts.models import ConflictPin, Interest, PairWaiver
from cluster_api.conflicts.states import InterestKind, PairRule, PinEffect, Source
from cluster_api.foundation.identifiers import numbered
from cluster_api.methodology.queries import shipped
from cluster_api.methodology.states import CaseKind, VisitMode
from cluster_api.pool.models import Assessor, Employment, Engagement, Qualification
from cluster_api.pool.states import AssessorState, EmploymentKind, QualificationRole
from tests.billing.given import PAYER
from tests.conftest import NOW
from tests.worlds import given
from tests.worlds.given import HIDDEN, KEEPER, OPEN, OTHER, THIRD, put

DATED = {"version": 1, "created_at": NOW, "updated_at": NOW}
NAMES = {
    "rule_set": "2020",
    "indicator_set": "ECEI-2013",
    "eligibility_set": "ELIGIBILITY-2019",
    "prices": "ESCA-PRICES",
}
COMPLAINT, INVOICE = numbered("CO", 2021, 7), numbered("IN", 2021, 7)


def bound(code: str) -> dict[str, Any]:
    """Answer how a case names the edition to which it is bound."""
    edition = shipped(code=code)[0]
    return {"code": edition.code, "version": edition.version, "digest": edition.digest}


def benchmark(
    session: Session,
    state: BenchmarkState = BenchmarkState.OPEN,
    expert_id: str | None = None,
    remarks: str | None = None,
    **answers: Any,
) -> None:
    """Record a benchmark of somebody else's public cluster, with its expert and the expert's remarks."""
    edition = bound("ESCA-BRONZE-2019")
    put(
        session, Benchmark, id=HIDDEN, number=numbered("BM", 2021, 1), cluster_id=OPEN, state=state, answers=answers,
        questionnaire=edition["code"], questionnaire_version=edition["version"], questionnaire_digest=edition["digest"],
        country="AT", portfolio="ICT", answers_version=0, opened_on=NOW.date(), expert_id=expert_id,
        remarks=remarks, **DATED,
    )  # fmt: skip


def case(
    session: Session,
    state: CaseState = CaseState.ASSESSED,
    total: int | None = None,
    *,
    consensus: int | None = None,
    experts: tuple[tuple[str, str], ...] = ((HIDDEN, THIRD),),
    part: AssignmentState = AssignmentState.AGREED_BY_CLUSTER,
) -> None:
    """Record a case of somebody else's public cluster with its assessors, evidence and, with totals, score sheets.

    The experts are assignments with people, the lead first; it is the lead's sheet that has a total.
    """
    put(
        session, Assessment, id=HIDDEN, number=numbered("AS", 2021, 1), cluster_id=OPEN, level=Level.GOLD,
        kind=CaseKind.FIRST, mode=VisitMode.ON_SITE, state=state, state_since=NOW.date(),
        binding={name: bound(code) for name, code in NAMES.items()}, price_cents=825_000, checklist={}, waivers={},
        visit_dates=[], **DATED,
    )  # fmt: skip
    given.given_person(session, THIRD, "Zephyr Expert", "zephyr@example.org")
    for (key, person_id), role in zip(experts, (AssignmentRole.LEAD, AssignmentRole.SECOND), strict=False):
        said = {"person_id": person_id, "role": role, "state": part}
        put(session, Assignment, id=key, assessment_id=HIDDEN, **said, **DATED)
    file(session, HIDDEN, "zephyr.pdf")
    if total is not None:
        own = {"id": HIDDEN, "slot": HIDDEN, "kind": SheetKind.SCORES, "assignment_id": HIDDEN}
        _sheet(session, total, **own)
    if consensus is not None:
        _sheet(session, consensus, id=OTHER, slot=SheetKind.CONSENSUS.value, kind=SheetKind.CONSENSUS)


def file(session: Session, key: str, name: str) -> None:
    """Record a file of evidence of the case."""
    sent = {"name": name, "media_type": "application/pdf", "size": 1, "sha256": key[-1] * 64, "findings": []}
    waits = {"side": "cluster", "state": EvidenceState.QUARANTINED, "version": 1, "created_at": NOW}
    put(session, Evidence, id=key, assessment_id=HIDDEN, **sent, **waits)


def with_file(session: Session) -> None:
    """Record a case with one more file of evidence."""
    case(session)
    file(session, OTHER, "boreas.pdf")


def _sheet(session: Session, total: int, **own: Any) -> None:
    said: dict[str, Any] = {"answers": {}, "comments": {}, "evidence": {}, "improvements": {}, "points": {}}
    put(session, Sheet, assessment_id=HIDDEN, total=total, handed_in_at=NOW, **own, **said, **DATED)


def interview(session: Session, *, recommends: bool = True) -> None:
    """Record a bronze case of somebody else's public cluster, and what the expert of its interview found."""
    benchmark(session, BenchmarkState.RELEASED)
    binding = {name: bound(code) for name, code in NAMES.items() if name != "indicator_set"}
    put(
        session, Assessment, id=HIDDEN, number=numbered("AS", 2021, 1), cluster_id=OPEN, level=Level.BRONZE,
        kind=CaseKind.FIRST, mode=VisitMode.VIDEO, state=CaseState.INTERVIEWED, state_since=NOW.date(), binding=binding,
        price_cents=165_000, checklist={}, waivers={}, visit_dates=[str(NOW.date())], **DATED,
    )  # fmt: skip
    given.given_person(session, THIRD, "Zephyr Expert", "zephyr@example.org")
    part = {"person_id": THIRD, "role": AssignmentRole.BENCHMARKING, "state": AssignmentState.ACTIVE}
    put(session, Assignment, id=HIDDEN, assessment_id=HIDDEN, **part, **DATED)
    found = {"checklist": {}, "recommends": recommends, "reasons": "Zephyr.", "found_on": NOW.date()}
    dated = {"created_at": NOW, "updated_at": NOW}
    put(session, Interview, assessment_id=HIDDEN, benchmark_id=HIDDEN, **found, **dated)


def assessor(session: Session, statement: str | None = None) -> None:
    """Take somebody into the pool, with a statement of an interest in somebody else's cluster if there is one."""
    given.given_person(session, HIDDEN, "Zephyr Person", "pool@example.org")
    about = {"country": "LU", "languages": ["en"], "portfolios": ["ICT"], "state": AssessorState.ACTIVE}
    put(session, Assessor, id=HIDDEN, person_id=HIDDEN, **about, **DATED)
    if statement is not None:
        known = {"source": Source.ASSESSOR, "recorded_at": NOW, "author": "client:x", "statement": statement}
        own = {"assessor_id": HIDDEN, "person_id": HIDDEN, "kind": InterestKind.OTHER, "cluster_id": OPEN}
        put(session, Interest, id=HIDDEN, **own, **known)


def employed(session: Session, name: str) -> None:
    """Take somebody into the pool who works for this employer."""
    assessor(session)
    about = {"kind": EmploymentKind.EMPLOYED, "name": name, "key": name.lower(), "began_on": NOW.date()}
    known = {"recorded_at": NOW, "author": "client:x"}
    put(session, Employment, id=HIDDEN, assessor_id=HIDDEN, person_id=HIDDEN, **about, **known)


def qualified(session: Session, role: QualificationRole) -> None:
    """Take somebody into the pool who is qualified for this."""
    assessor(session)
    days = {"granted_on": NOW.date(), "valid_until": date(2022, 12, 31), "recorded_at": NOW}
    put(session, Qualification, id=HIDDEN, assessor_id=HIDDEN, role=role, **days)


def pinned(session: Session, reason: str) -> None:
    """Take somebody into the pool of whom the secretariat says that there is a conflict with a public cluster."""
    assessor(session)
    why = {"cluster_id": OPEN, "reason": reason, "began_on": NOW.date(), "recorded_at": NOW, "author": "x"}
    put(session, ConflictPin, id=HIDDEN, assessor_id=HIDDEN, effect=PinEffect.CONFLICT, **why)


def waived(session: Session, reason: str) -> None:
    """Take two into the pool who may work together although their employer is the same."""
    assessor(session)
    given.given_person(session, OTHER, "Zephyr Colleague", "colleague@example.org")
    about = {"country": "LU", "languages": ["en"], "portfolios": ["ICT"], "state": AssessorState.ACTIVE}
    put(session, Assessor, id=OTHER, person_id=OTHER, **about, **DATED)
    why = {"cluster_id": OPEN, "reason": reason, "began_on": NOW.date(), "recorded_at": NOW, "author": "x"}
    put(session, PairWaiver, id=HIDDEN, first_id=HIDDEN, second_id=OTHER, rule=PairRule.EMPLOYERS_DIFFER, **why)


def engaged(session: Session, fee_cents: int) -> None:
    """Take somebody into the pool who did a case for this fee."""
    assessor(session)
    done = {"case_id": HIDDEN, "cluster_id": OPEN, "role": QualificationRole.GOLD, "began_on": NOW.date()}
    paid = {"ended_on": NOW.date(), "days": 2, "fee_cents": fee_cents, "recorded_at": NOW}
    put(session, Engagement, id=HIDDEN, assessor_id=HIDDEN, **done, **paid)


def complaint(
    session: Session, text: str = "Zephyr.", contact: str = "zephyr@example.org", person_id: str | None = None
) -> None:
    """Record a complaint about somebody else's cluster, or about a person who assesses."""
    due = {"received_on": date(2021, 1, 4), "acknowledge_by": date(2021, 1, 11), "answer_by": date(2021, 2, 4)}
    secret = {"public_id": "0" * 12, "digest": "0" * 64}
    put(
        session, Complaint, id=HIDDEN, number=COMPLAINT, text=text, contact=contact, state=ComplaintState.RECEIVED,
        matter=Matter.CLUSTER if person_id is None else Matter.ASSESSOR, assessor_id=person_id,
        cluster_id=OPEN if person_id is None else None, **secret, **due, **DATED,
    )  # fmt: skip


def invoice(session: Session, *, is_paid: bool = False, net_cents: int = 825_000) -> None:
    """Record an invoice that somebody else has to pay, or has paid."""
    put(
        session, Invoice, id=HIDDEN, number=INVOICE, kind=InvoiceKind.INVOICE, cluster_id=OPEN, organisation_id=KEEPER,
        level=Level.GOLD, case_kind=CaseKind.FIRST, mode=VisitMode.ON_SITE, price_list="ESCA-PRICES",
        price_list_version=1, text="Zephyr", issued_on=date(2020, 12, 1), due_on=date(2020, 12, 31), currency="EUR",
        net_cents=net_cents, vat_treatment=VatTreatment.DOMESTIC, vat_category="S", vat_basis_points=2_100,
        vat_cents=173_250, seller={**PAYER, "iban": "DE02120300000000202051"}, payer=PAYER, author="client:x",
        created_at=NOW,
    )  # fmt: skip
    if is_paid:
        paid = {"reference": "Zephyr", "amount_cents": 998_250, "paid_on": NOW.date(), "author": "client:x"}
        put(session, InvoicePayment, id=OTHER, kind=PaymentKind.PAYMENT, invoice_id=HIDDEN, recorded_at=NOW, **paid)
