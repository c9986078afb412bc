"""What a merger or a split does to labels: nothing. The successor is assessed anew."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.awards.errors import AwardNotPossible
from cluster_api.clusters.actions import succeed
from cluster_api.clusters.models import Cluster, LevelPeriod
from cluster_api.clusters.schemas import SuccessionCreate
from cluster_api.identity.access import Actor
from cluster_api.labels.queries import facts_of_holders
from cluster_api.labels.rules import current_level
from cluster_api.labels.states import LabelKind
from tests.awards.given import awarded
from tests.register import given_cluster

FIRST, VISIT = date(2020, 3, 14), date(2022, 1, 20)


def levels(session: Session, cluster: str, day: date) -> list[object]:
    """Answer the level an organisation shows on a day, in a list that is empty if it has no label at all."""
    facts = [one for _, one in facts_of_holders(session, [cluster])]
    return [current_level(facts, day)] if facts else []


@pytest.mark.parametrize("kind", ["merged", "split"])
def test_invariant_33_labels_stay_with_who_held_them(session: Session, administrator: Actor, kind: str) -> None:
    former, successor, other = (given_cluster(session, name) for name in ("former", "successor", "other"))
    label = awarded(session, former, FIRST)
    before = session.execute(sa.select(LevelPeriod.__table__)).all()
    successors = [successor] if kind == "merged" else [successor, other]
    given = SuccessionCreate(kind=kind, successors=successors, reason="Both assemblies.")
    succeed(session, administrator, session.get_one(Cluster, former), given)
    session.refresh(label)
    assert (label.cluster_id, label.valid_until) == (former, date(2022, 3, 31))
    assert session.execute(sa.select(LevelPeriod.__table__)).all() == before
    assert [levels(session, one, date(2021, 2, 1)) for one in (former, successor, other)] == [[label.level], [], []]


def test_invariant_33_successor_is_assessed_anew(session: Session, administrator: Actor) -> None:
    former, successor = given_cluster(session, "former"), given_cluster(session, "successor")
    label = awarded(session, former, FIRST)
    given = SuccessionCreate(kind="merged", successors=[successor], reason="Both assemblies.")
    succeed(session, administrator, session.get_one(Cluster, former), given)
    for holder, code in ((successor, "other_holder"), (former, "not_active")):
        with pytest.raises(AwardNotPossible) as refused:
            awarded(session, holder, VISIT, previous=label)
        assert [fault.code for fault in refused.value.faults] == [code]
    own = awarded(session, successor, VISIT)
    assert (own.kind, own.previous_label_id, own.valid_from) == (LabelKind.FIRST, None, VISIT)
