"""What certificate, badge and credential say, the digest of a certificate, and its QR code. Pure; designs are data.

The mottos of the levels changed over time: texts of certificates have a version (labels, 10, 8).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import rfc8785
import segno

from cluster_api.clusters.states import Level
from cluster_api.foundation.clock import SCHEME_ZONE
from cluster_api.labels.states import Standing

NOT_SHOWN = frozenset({Standing.SUSPENDED, Standing.WITHDRAWN})
"""Of what stands so no certificate is given; what has expired or is superseded was true in its time."""

GREY = "#5b5b5b"
WIDTH_OF_SIGN = 7
HEIGHT = 28


@dataclass(frozen=True, slots=True)
class Design:
    """How certificates of a level look from a day on."""

    version: str
    since: date
    level: Level
    motto: str
    achievement: str
    colour: str


def design_on(known: Sequence[Design], level: Level, day: date) -> Design:
    """Answer the design of a level for an award on a day.

    Raises:
        ValueError: there was none yet.
    """
    return max((one for one in known if one.level is level and one.since <= day), key=lambda one: one.since)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a certificate states; nothing else of a label stands on it."""

    number: str
    level: Level
    holder: str
    country: str
    awarded_on: date
    valid_from: date
    valid_until: date

    def values(self) -> dict[str, str]:
        """Answer the statement as plain values, days in ISO 8601."""
        return {
            "number": self.number,
            "level": self.level.value,
            "holder": self.holder,
            "country": self.country,
            "awarded_on": self.awarded_on.isoformat(),
            "valid_from": self.valid_from.isoformat(),
            "valid_until": self.valid_until.isoformat(),
        }


def digest_of(statement: Statement) -> str:
    """Answer the SHA-256 of a statement in its canonical form (RFC 8785): anybody can compute it from the register."""
    values: dict[str, Any] = dict(statement.values())
    return hashlib.sha256(rfc8785.dumps(values)).hexdigest()


VC_JWT, VC, JSON = "application/vc+jwt", "application/vc", "application/json"
SIGNED_AS = "vc+jwt"
"""The ``typ`` of signed credentials (VC-JOSE-COSE, 3.1.1): none of them passes for an access token."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What the credential of a label says: the statement of its certificate, and where all of it can be checked."""

    statement: Statement
    design: Design
    holder_id: str
    rule_set: str
    recorded_at: datetime
    public_url: str
    is_synthetic: bool

    def document(self) -> dict[str, Any]:
        """Answer the credential unsigned, as Verifiable Credentials 2.0 and Open Badges 3.0 write it.

        Its last day is told by ``validUntil``. There is no ``credentialStatus``: none is given of what is suspended or
        withdrawn, and where a label stands today is told by the verification that ``evidence`` and ``refreshService``
        lead to.
        """
        said, base = self.statement, self.public_url
        title = f"European Cluster Excellence, {said.level.value} label"
        address = f"{base}/v1/labels/{said.number}/credential"
        verification = f"{base}/v1/verifications/{said.number}"
        synthetic = {"description": "Synthetic: nobody holds this label."} if self.is_synthetic else {}
        first, last = validity_of(said)
        return {
            "@context": CONTEXTS,
            "id": address,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": f"{title}: {said.holder}",
            **synthetic,
            "issuer": {"id": base, "type": ["Profile"], "name": ISSUER, "url": base},
            "awardedDate": instant_text(_midnight(said.awarded_on)),
            "validFrom": instant_text(first),
            "validUntil": instant_text(last),
            "credentialSubject": {
                "id": f"{base}/v1/register/{self.holder_id}",
                "type": ["AchievementSubject"],
                "identifier": [
                    {
                        "type": "IdentityObject",
                        "hashed": False,
                        "identityHash": said.holder,
                        "identityType": "name",
                    }
                ],
                "licenseNumber": said.number,
                "achievement": {
                    "id": f"{base}/v1/register?level={said.level.value}",
                    "type": ["Achievement"],
                    "achievementType": "Certification",
                    "name": title,
                    "description": self.design.motto,
                    "tag": [said.level.value],
                    "version": self.rule_set,
                    "criteria": {"narrative": f"The holder {self.design.achievement} {said.level.value} label."},
                },
            },
            "evidence": [
                {
                    "id": verification,
                    "type": ["Evidence"],
                    "name": "Verification",
                    "narrative": "Tells where the label stands today or on any other day, step by step.",
                }
            ],
            "refreshService": {"id": address, "type": "1EdTechCredentialRefresh"},
        }

    def claims(self) -> dict[str, Any]:
        """Answer the payload of the signed form: the credential with the registered claims of a JWT beside it.

        Source: Open Badges 3.0, 8.2.4.1; what a claim says is what the member beside it says.
        """
        document = self.document()
        first, last = validity_of(self.statement)
        return {
            **document,
            "iss": document["issuer"]["id"],
            "jti": document["id"],
            "sub": document["credentialSubject"]["id"],
            "iat": int(self.recorded_at.timestamp()),
            "nbf": int(first.timestamp()),
            "exp": int(last.timestamp()),
        }


CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
ISSUER = "European Cluster Excellence label register"


def validity_of(said: Statement) -> tuple[datetime, datetime]:
    """Answer the first and the last second of the days of a label, both included, in the zone of the scheme.

    The last day of the calendar ends with the day in UTC: the instant after it does not exist.
    """
    if said.valid_until == date.max:
        return _midnight(said.valid_from), datetime.combine(said.valid_until, time(23, 59, 59), UTC)
    return _midnight(said.valid_from), _midnight(said.valid_until + timedelta(days=1)) - timedelta(seconds=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SCHEME_ZONE).astimezone(UTC)


def instant_text(instant: datetime) -> str:
    """Answer an instant as RFC 3339 writes it, to the second."""
    return f"{instant.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def media_type_for(accept: str) -> str:
    """Answer the form of a credential that an ``Accept`` header names first; signed if it names none of ours."""
    named = (part.partition(";")[0].strip().lower() for part in accept.split(","))
    return next((name for name in named if name in {VC_JWT, VC, JSON}), VC_JWT)


def qr_of(address: str) -> str:
    """Answer an address as a QR code in SVG; a sixth of it may be dirty and it can still be read (level M)."""
    out = BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", xmldecl=False, svgclass=None, lineclass=None)
    return out.getvalue().decode()


def badge_of(level: Level, valid_until: date, standing: Standing, colour: str) -> str:
    """Answer a badge as SVG: what a label is on the day asked about, in words and, if it is valid, in its colour."""
    said = {
        Standing.VALID: f"{level.value} · valid until {valid_until}",
        Standing.SUPERSEDED: f"{level.value} · valid until {valid_until}, a higher level is held",
        Standing.EXPIRED: f"{level.value} · expired on {valid_until}",
    }.get(standing, f"{level.value} · {standing.value.replace('_', ' ')}")
    left, right = "European Cluster Excellence", said
    widths = [len(text) * WIDTH_OF_SIGN + 20 for text in (left, right)]
    fill = colour if standing in {Standing.VALID, Standing.SUPERSEDED} else GREY
    title = escape(f"{left}: {right}")
    middle = HEIGHT // 2 + 4
    texts = "".join(
        f'<text x="{x}" y="{middle}" textLength="{len(text) * WIDTH_OF_SIGN}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(text)}</text>"
        for x, text in ((10, left), (widths[0] + 10, right))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sum(widths)}" height="{HEIGHT}" role="img" '
        f'aria-label="{title}"><title>{title}</title>'
        f'<rect width="{sum(widths)}" height="{HEIGHT}" rx="4" fill="#17324d"/>'
        f'<path d="M{widths[0]} 0h{widths[1] - 4}a4 4 0 0 1 4 4v{HEIGHT - 8}a4 4 0 0 1-4 4h-{widths[1] - 4}z" '
        f'fill="{fill}"/><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="12">{texts}</g></svg>'
    )
