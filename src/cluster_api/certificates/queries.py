"""What one can ask of certificates: whether one is issued, the file itself, and the credential."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment
from cluster_api.assessments.queries import terms_of
from cluster_api.billing.queries import certificate_waits
from cluster_api.certificates import rules
from cluster_api.certificates.errors import CertificateNotIssued, LabelNotShown
from cluster_api.certificates.rules import Credential, Design, Statement
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import Level
from cluster_api.decisions.models import Decision
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.identifiers import normalised_number
from cluster_api.foundation.typesetting import pdf_of
from cluster_api.labels.errors import LabelNotFound
from cluster_api.labels.models import Label
from cluster_api.labels.queries import facts_of_holders
from cluster_api.labels.rules import LabelFacts, standing


@cache
def designs() -> Sequence[Design]:
    """Answer every design there is or was."""
    return [
        Design(
            row["version"],
            date.fromisoformat(row["since"]),
            Level(row["level"]),
            row["motto"],
            row["achievement"],
            row["colour"],
        )
        for row in data_rows("cluster_api.certificates", "designs")
    ]


@cache
def template() -> str:
    """Answer the page as the typesetter reads it."""
    return files("cluster_api.certificates").joinpath("data", "certificate.typ").read_text(encoding="utf-8")


def is_issued(session: Session, label: Label, today: date) -> bool:
    """Answer whether the certificate of a label is issued: what its case is bound to may ask for a payment first.

    A label that was awarded elsewhere, and taken into the register, asks for nothing here. Source: domain invariant 23.
    """
    statement = sa.select(Assessment).join(Decision, Decision.assessment_id == Assessment.id)
    case = session.scalar(statement.where(Decision.label_id == label.id))
    return case is None or not certificate_waits(session, case.id, terms_of(session, case), today)


def certificate(session: Session, number: str, today: date, public_url: str) -> bytes:
    """Answer the certificate of a label as PDF: the same bytes as long as the register says the same.

    Raises:
        LabelNotFound: there is no such label.
        LabelNotShown: it is suspended or withdrawn today.
        CertificateNotIssued: something is left to be done before.
        ReportsNotInstalled: the typesetter is missing.
    """
    label, holder, _ = _shown(session, number, today)
    address = f"{public_url}/v1/verifications/{label.number}"
    is_synthetic = label.is_synthetic or holder.is_synthetic
    values = values_of(_statement(label, holder), address, is_synthetic=is_synthetic)
    return pdf_of(template(), values, made_at=datetime.combine(label.awarded_on, time(12), UTC))


def credential(session: Session, number: str, today: date, public_url: str) -> Credential:
    """Answer the credential of a label, unsigned: the same as long as the register says the same.

    Raises:
        LabelNotFound: there is no such label.
        LabelNotShown: it is suspended or withdrawn today.
        CertificateNotIssued: something is left to be done before.
    """
    label, holder, facts = _shown(session, number, today)
    statement = _statement(label, holder)
    return Credential(
        statement,
        rules.design_on(designs(), statement.level, statement.awarded_on),
        holder_id=label.cluster_id,
        rule_set=label.rule_set,
        recorded_at=max([facts.recorded_at, *(event.recorded_at for event in facts.events)]),
        public_url=public_url,
        is_synthetic=label.is_synthetic or holder.is_synthetic,
    )


def _shown(session: Session, number: str, today: date) -> tuple[Label, Cluster, LabelFacts]:
    label = session.scalar(sa.select(Label).where(Label.number == normalised_number(number)))
    if label is None:
        raise LabelNotFound
    facts = {one.id: found for one, found in facts_of_holders(session, [label.cluster_id])}
    if standing(facts[label.id], (), today) in rules.NOT_SHOWN:
        raise LabelNotShown
    if not is_issued(session, label, today):
        raise CertificateNotIssued
    return label, session.get_one(Cluster, label.cluster_id), facts[label.id]


def _statement(label: Label, holder: Cluster) -> Statement:
    return Statement(
        label.number,
        label.level,
        holder.legal_name,
        label.country,
        label.awarded_on,
        label.valid_from,
        label.valid_until,
    )


def values_of(statement: Statement, address: str, *, is_synthetic: bool) -> dict[str, Any]:
    """Answer what the template sets."""
    design = rules.design_on(designs(), statement.level, statement.awarded_on)
    return {
        **statement.values(),
        "motto": design.motto,
        "achievement": design.achievement,
        "colour": design.colour,
        "design": design.version,
        "digest": rules.digest_of(statement),
        "address": address,
        "qr": rules.qr_of(address),
        "is_synthetic": is_synthetic,
    }
