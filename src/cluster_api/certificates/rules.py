"""What certificate and badge say, the digest of a certificate, and its QR code. Pure; designs are dated data.

The mottos of the levels changed over time: texts of certificates have a version (labels, 10, 8).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import rfc8785
import segno

from cluster_api.clusters.states import Level
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
