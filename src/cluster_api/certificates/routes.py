"""Certificate, badge and credential of a label over HTTP. Nothing here needs credentials to be read."""

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.certificates import queries, rules
from cluster_api.certificates.errors import CertificateNotIssued, LabelNotShown
from cluster_api.foundation.canonical import canonical
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import is_well_formed, normalised_number
from cluster_api.foundation.openapi import PUBLIC, problems
from cluster_api.foundation.times import TimeQuery
from cluster_api.foundation.transactions import DbSession
from cluster_api.foundation.typesetting import ReportsNotInstalled
from cluster_api.labels.errors import LabelNotFound, LabelNumberMistyped
from cluster_api.labels.queries import labels_beside
from cluster_api.labels.rules import as_known, standing
from cluster_api.tokens.actions import sign_as_read
from cluster_api.tokens.errors import SigningKeyMissing

router = APIRouter(prefix="/v1/labels", tags=["register"])

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
PDF, SVG = "application/pdf", "image/svg+xml"
DOCUMENT: dict[str, Any] = {
    "type": "object",
    "description": "A credential as Verifiable Credentials 2.0 and Open Badges 3.0 write it.",
    "required": ["@context", "id", "type", "name", "issuer", "validFrom", "validUntil", "credentialSubject"],
}
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


def _today(request: Request) -> date:
    return civil_date(request.app.state.clock.now())


def _must_be_well_formed(number: str) -> None:
    if not is_well_formed(number):
        detail = "The form or the check digits of the number do not fit."
        raise LabelNumberMistyped(detail, faults=[Fault("/path/number", "mistyped", detail)])


@router.get(
    "/{number}/certificate.pdf",
    operation_id="get_certificate",
    summary="Get the certificate of a label",
    response_class=Response,
    responses={
        200: {"description": "The certificate.", "content": {PDF: BINARY}},
        **problems(LabelNotFound, LabelNumberMistyped, LabelNotShown, CertificateNotIssued, ReportsNotInstalled),
    },
)
def get_certificate(request: Request, session: DbSession, number: Number) -> Response:
    """Get the certificate of a label for the wall, with a QR code that leads to its verification."""
    _must_be_well_formed(number)
    body = queries.certificate(session, number, _today(request), request.app.state.settings.public_url)
    named = f'inline; filename="{normalised_number(number)}.pdf"'
    return Response(body, media_type=PDF, headers={"Cache-Control": PUBLIC, "Content-Disposition": named})


@router.get(
    "/{number}/badge.svg",
    operation_id="get_badge",
    summary="Get the badge of a label",
    response_class=Response,
    responses={
        200: {"description": "The badge.", "content": {SVG: BINARY}},
        **problems(LabelNotFound, LabelNumberMistyped),
    },
)
async def get_badge(request: Request, number: Number, times: Annotated[TimeQuery, Query()]) -> Response:
    """Get the badge of a label for a page: its level and where it stands today, or on another day."""
    _must_be_well_formed(number)
    beside = await labels_beside(request.app.state.database.reader, normalised_number(number))
    label = next((one for one in beside if one.facts.number == normalised_number(number)), None)
    known = None if label is None else as_known(label.facts, times.known_at)
    if label is None or known is None:
        raise LabelNotFound
    at = times.at or _today(request)
    found = standing(label.facts, [one.facts for one in beside], at, times.known_at)
    colour = rules.design_on(queries.designs(), known.level, known.valid_from).colour
    body = rules.badge_of(known.level, known.valid_until, found, colour)
    return Response(body, media_type=SVG, headers={"Cache-Control": PUBLIC})


@router.get(
    "/{number}/credential",
    operation_id="get_label_credential",
    summary="Get the credential of a label",
    response_class=Response,
    responses={
        200: {
            "description": "The credential, signed or, where `Accept` names it first, unsigned.",
            "content": {
                rules.VC_JWT: {
                    "schema": {"type": "string", "pattern": r"^[\w-]+\.[\w-]+\.[\w-]+$", "maxLength": 20000}
                },
                rules.VC: {"schema": DOCUMENT},
                rules.JSON: {"schema": DOCUMENT},
            },
        },
        **problems(LabelNotFound, LabelNumberMistyped, LabelNotShown, CertificateNotIssued, SigningKeyMissing),
    },
)
def get_label_credential(request: Request, session: DbSession, number: Number) -> Response:
    """Get a label as a Verifiable Credential 2.0 and Open Badge 3.0.

    By default it is signed (`application/vc+jwt`, ES256) by a key of `/oauth/jwks`; `application/vc` and
    `application/json` give it unsigned. None is given of a label that is suspended or withdrawn: a signed copy made
    then could not be told from a good one. Who holds an older copy asks `/v1/verifications/{number}`.
    """
    _must_be_well_formed(number)
    state = request.app.state
    found = queries.credential(session, number, _today(request), state.settings.public_url)
    media = rules.media_type_for(request.headers.get("accept", ""))
    if media == rules.VC_JWT:
        payload, now = canonical(found.claims()), state.clock.now()
        body = sign_as_read(session, state.vault, now, payload=payload, kind=rules.SIGNED_AS).encode()
    else:
        body = orjson.dumps(found.document())
    return Response(body, media_type=media, headers={"Cache-Control": PUBLIC})
