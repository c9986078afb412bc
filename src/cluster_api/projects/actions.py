"""Loading the demonstration programme into an empty database."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.calls.actions import PREFIX
from cluster_api.conflicts.models import ClusterTie
from cluster_api.conflicts.states import TieKind
from cluster_api.foundation.identifiers import numbered, uuid7
from cluster_api.foundation.numbers import DRAWN_BELOW, NumberTaken
from cluster_api.foundation.schema import Base
from cluster_api.identity.models import Organisation
from cluster_api.partnerships.models import (
    ActivityAttendee,
    Partner,
    Partnership,
    PartnershipActivity,
    PartnershipAgreement,
)
from cluster_api.partnerships.rules import text_digest
from cluster_api.partnerships.states import PartnerRole, PartnershipState
from cluster_api.projects.schemas import Project

AUTHOR = "demonstration"


def load_projects(session: Session, found: Sequence[Project], office: Organisation) -> None:
    """Put partnerships run by one office on record in an empty database, with what they did and who is tied by them."""
    rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
    for one in found:
        for model, more in _rows_of(one, office.id).items():
            rows[model] += more
    # A table that refers to another comes after it.
    for model in (NumberTaken, Partnership, Partner, PartnershipAgreement, PartnershipActivity, ActivityAttendee):
        session.execute(sa.insert(model), rows[model])
    session.execute(sa.insert(ClusterTie), rows[ClusterTie])


def _rows_of(one: Project, office_id: str) -> dict[type[Base], list[dict[str, Any]]]:
    year, base = one.begins_on.year - 1, {"partnership_id": one.id}
    serial = int(one.id[-5:], 16) % DRAWN_BELOW
    titled = f"Invented for demonstration: a partnership of {one.call}"
    text = f"{titled}. The partners agree."
    pairs = combinations(sorted(partner.id for partner in one.partners), 2)
    return {
        NumberTaken: [{"prefix": PREFIX, "year": year, "serial": serial}],
        Partnership: [
            {
                "id": one.id, "acronym": one.acronym, "title": titled, "call_code": one.call,
                "application_number": numbered(PREFIX, year, serial), "organisation_id": office_id,
                "grant_cents": one.grant_cents, "begins_on": one.begins_on, "ends_on": one.ends_on, "ecosystems": [],
                "targets": {}, "state": PartnershipState.ACTIVE, "is_synthetic": True, "version": 1,
                "created_at": one.created_at, "updated_at": one.created_at,
            }
        ],
        Partner: [
            {
                **base, "cluster_id": partner.id, "country": partner.country, "joined_on": one.begins_on,
                "role": PartnerRole.PARTNER if place else PartnerRole.COORDINATOR,
            }
            for place, partner in enumerate(one.partners)
        ],
        PartnershipAgreement: [
            {
                **base, "number": 1, "text": text, "digest": text_digest(text), "in_force_at": one.created_at,
                "created_at": one.created_at,
            }
        ],
        PartnershipActivity: [
            {
                **base, "id": done.id, "kind": done.kind, "title": done.title, "begins_on": done.day,
                "ends_on": done.day, "author": AUTHOR, "created_at": done.recorded_at,
            }
            for done in one.done
        ],
        ActivityAttendee: [
            {"activity_id": done.id, "kind": kind, "key": key}
            for done in one.done
            for kind, keys in done.attendees.items()
            for key in keys
        ],
        ClusterTie: [
            {
                "id": str(uuid7()), "kind": TieKind.PARTNERSHIP, "source_id": one.id, "cluster_id": first,
                "other_id": second, "began_on": one.begins_on, "ended_on": one.ends_on, "recorded_at": one.created_at,
            }
            for first, second in pairs
        ],
    }  # fmt: skip
