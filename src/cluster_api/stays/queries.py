"""What one can ask of certificates of exchanges: the file, by who took part; what it states, by whoever holds it."""

from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import files

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.certificates.rules import qr_of
from cluster_api.foundation.typesetting import pdf_of
from cluster_api.grants.models import ExchangeCertificate, ExchangeGrant
from cluster_api.partnerships.models import Partnership
from cluster_api.stays.errors import CertificateUnknown, NotCertified
from cluster_api.stays.schemas import ExchangeStatement

CERTIFICATES = "/v1/exchange-certificates"
"""Where whoever holds a certificate verifies it: the address in its code."""


@cache
def template() -> str:
    """Answer the page as the typesetter reads it."""
    return files("cluster_api.stays").joinpath("data", "certificate.typ").read_text(encoding="utf-8")


def certificate(session: Session, grant: ExchangeGrant, public_url: str) -> bytes:
    """Answer the certificate of an exchange as PDF, the same bytes each time.

    Raises:
        NotCertified: the exchange was not validated.
        ReportsNotInstalled: the typesetter is missing.
    """
    found = session.get(ExchangeCertificate, grant.id)
    if found is None:
        raise NotCertified
    address = f"{public_url}{CERTIFICATES}/{found.sha256}"
    values = {
        "statement": found.statement,
        "digest": found.sha256,
        "address": address,
        "qr": qr_of(address),
        "is_synthetic": session.get_one(Partnership, grant.visitor_partnership_id).is_synthetic,
    }
    return pdf_of(template(), values, made_at=datetime.combine(found.issued_on, time(12), UTC))


def certified(session: Session, sha256: str) -> ExchangeStatement:
    """Answer what the certificate with this digest states; raise CertificateUnknown."""
    found = session.scalar(sa.select(ExchangeCertificate).where(ExchangeCertificate.sha256 == sha256))
    if found is None:
        raise CertificateUnknown
    return ExchangeStatement.model_validate(found.statement)
