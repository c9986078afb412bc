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
from cluster_api.conflicts.models import Interest
from cluster_api.conflicts.states import InterestKind, Source
from cluster_api.foundation.identifiers import numbered
from cluster_api.methodology.queries import shipped
from cluster_api.methodology.states import CaseKind, VisitMode
from cluster_api.pool.models import Assessor
from cluster_api.pool.states import AssessorState
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


def benchmark(session: Session, state: BenchmarkState = BenchmarkState.OPEN, **answers: Any) -> None:
    """Record a benchmark of somebody else's public cluster."""
    edition = bound("ESCA-BRONZE-2019")
    put(
        session, Benchmark, id=HIDDEN, number=numbered("BM", 2021, 1), cluster_id=OPEN, state=state, answers=answers,
        questionnaire=edition["code"], questionnaire_version=edition["version"], questionnaire_digest=edition["digest"],
        country="AT", portfolio="ICT", answers_version=0, opened_on=NOW.date(), **DATED,
    )  # fmt: skip


def case(session: Session, state: CaseState = CaseState.ASSESSED, total: int | None = None) -> None:
    """Record a case of somebody else's public cluster with its assessor, evidence and, with a total, a score sheet."""
    put(
        session, Assessment, id=HIDDEN, number=numbered("AS", 2021, 1), cluster_id=OPEN, level=Level.GOLD,
        kind=CaseKind.FIRST, mode=VisitMode.ON_SITE, state=state, state_since=NOW.date(),
        binding={name: bound(code) for name, code in NAMES.items()}, price_cents=825_000, checklist={}, waivers={},
        visit_dates=[], **DATED,
    )  # fmt: skip
    given.given_person(session, THIRD, "Zephyr Expert", "zephyr@example.org")
    part = {"person_id": THIRD, "role": AssignmentRole.LEAD, "state": AssignmentState.AGREED_BY_CLUSTER}
    put(session, Assignment, id=HIDDEN, assessment_id=HIDDEN, **part, **DATED)
    file = {"name": "zephyr.pdf", "media_type": "application/pdf", "size": 1, "sha256": "0" * 64, "findings": []}
    waits = {"side": "cluster", "state": EvidenceState.QUARANTINED, "version": 1, "created_at": NOW}
    put(session, Evidence, id=HIDDEN, assessment_id=HIDDEN, **file, **waits)
    if total is not None:
        said: dict[str, Any] = {"answers": {}, "comments": {}, "evidence": {}, "improvements": {}, "points": {}}
        own = {"slot": HIDDEN, "kind": SheetKind.SCORES, "assignment_id": HIDDEN, "total": total, "handed_in_at": NOW}
        put(session, Sheet, id=HIDDEN, assessment_id=HIDDEN, **own, **said, **DATED)


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


def complaint(session: Session, text: str = "Zephyr.", contact: str = "zephyr@example.org") -> None:
    """Record a complaint about somebody else's cluster."""
    due = {"received_on": date(2021, 1, 4), "acknowledge_by": date(2021, 1, 11), "answer_by": date(2021, 2, 4)}
    secret = {"public_id": "0" * 12, "digest": "0" * 64}
    put(
        session, Complaint, id=HIDDEN, number=COMPLAINT, matter=Matter.CLUSTER, cluster_id=OPEN, text=text,
        contact=contact, state=ComplaintState.RECEIVED, **secret, **due, **DATED,
    )  # fmt: skip


def invoice(session: Session, *, is_paid: bool = False) -> None:
    """Record an invoice that somebody else has to pay, or has paid."""
    put(
        session, Invoice, id=HIDDEN, number=INVOICE, kind=InvoiceKind.INVOICE, cluster_id=OPEN, organisation_id=KEEPER,
        level=Level.GOLD, case_kind=CaseKind.FIRST, mode=VisitMode.ON_SITE, price_list="ESCA-PRICES",
        price_list_version=1, text="Zephyr", issued_on=date(2020, 12, 1), due_on=date(2020, 12, 31), currency="EUR",
        net_cents=825_000, vat_treatment=VatTreatment.DOMESTIC, vat_category="S", vat_basis_points=2_100,
        vat_cents=173_250, seller={**PAYER, "iban": "DE02120300000000202051"}, payer=PAYER, author="client:x",
        created_at=NOW,
    )  # fmt: skip
    if is_paid:
        paid = {"reference": "Zephyr", "amount_cents": 998_250, "paid_on": NOW.date(), "author": "client:x"}
        put(session, InvoicePayment, id=OTHER, kind=PaymentKind.PAYMENT, invoice_id=HIDDEN, recorded_at=NOW, **paid)
