"""Awards as the tests need them: made through the verb, by the service itself."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.awards.actions import award
from cluster_api.clusters.states import Level
from cluster_api.identity.access import Actor, service_actor
from cluster_api.labels.models import Label
from cluster_api.labels.states import LabelKind
from cluster_api.methodology.queries import rule_set_on
from tests.register import noon


def at(day: date) -> Actor:
    """Answer the service itself at noon of a day."""
    return service_actor("board", noon(day), "1" * 32)


def at_instant(instant: datetime) -> Actor:
    """Answer the service itself at an instant."""
    return service_actor("board", instant, "1" * 32)


def awarded(session: Session, cluster: str, assessed_on: date, level: Level = Level.GOLD, **more: Any) -> Label:
    """Award a label on the day of its assessment: a renewal if there is a predecessor."""
    actor = more.pop("actor", at(assessed_on))
    previous = more.get("previous")
    return award(
        session,
        actor,
        cluster_id=cluster,
        level=level,
        kind=LabelKind.FIRST if previous is None else LabelKind.RENEWAL,
        assessed_on=assessed_on,
        awarded_on=more.pop("awarded_on", assessed_on),
        rule_set=more.pop("rule_set", rule_set_on(assessed_on)),
        **more,
    )


def label_of(session: Session, number: str) -> Label:
    """Answer a label by its number."""
    return session.scalars(sa.select(Label).where(Label.number == number)).one()
