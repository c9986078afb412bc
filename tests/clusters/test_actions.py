"""What verbs do to the record, its versions and the journal, and what they refuse."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters import actions
from cluster_api.clusters.errors import (
    CriteriaNotMet,
    FactsNotPossible,
    IdentifierTaken,
    PossibleDuplicate,
    ProfileIncomplete,
    SuccessionNotPossible,
    WaiverNotPossible,
)
from cluster_api.clusters.models import Cluster, ClusterIdentifier, ClusterVersion
from cluster_api.clusters.queries import facts_of, find_alike, identifiers_of
from cluster_api.clusters.rules import Party
from cluster_api.clusters.schemas import ClusterCreate, ClusterUpdate, SuccessionCreate
from cluster_api.clusters.states import ClusterStatus, ProfileState
from cluster_api.foundation.errors import Problem
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor
from cluster_api.identity.errors import CredentialsRequired
from cluster_api.journal.schemas import Author
from cluster_api.profiles import actions as profiles
from tests.clusters.given import COMPLETE, created, published
from tests.journal.given import lines

VAT = {"registry": "vat", "value": "DE 136.695.976"}


def events(session: Session) -> list[tuple[str, str | None]]:
    return [(line.event, line.reason) for line in lines(session)]


def versions(session: Session, cluster: Cluster) -> list[tuple[int, str, dict[str, Any]]]:
    found = session.scalars(sa.select(ClusterVersion).filter_by(cluster_id=cluster.id).order_by(ClusterVersion.version))
    return [(version.version, version.event, version.changes) for version in found]


def test_create_records_facts_version_and_journal(session: Session, administrator: Actor) -> None:
    cluster = actions.create(session, administrator, ClusterCreate(**{**COMPLETE, "identifiers": [VAT]}))
    assert (cluster.version, cluster.profile_state, cluster.status) == (1, ProfileState.DRAFT, ClusterStatus.ACTIVE)
    assert (cluster.committed_members, cluster.participants) == (39, None)
    assert cluster.search_text == "ostsee-cluster plasmatechnik e.v. | baltic plasma cluster"
    assert identifiers_of(session, cluster.id) == [{"registry": "vat", "value": "DE136695976"}]
    assert versions(session, cluster) == [(1, "cluster.created", facts_of(session, cluster))]
    assert events(session) == [("cluster.created", None)]


def test_create_answers_likely_duplicates_with_score(session: Session, administrator: Actor) -> None:
    first = created(session, administrator)
    again = ClusterCreate(legal_name="Plasmatechnik Cluster Ostsee", country="DE")
    with pytest.raises(PossibleDuplicate) as refused:
        actions.create(session, administrator, again)
    assert refused.value.members["candidates"] == [
        {
            "id": first.id,
            "legal_name": "Ostsee-Cluster Plasmatechnik e.V.",
            "country": "DE",
            "score": 0.99,
            "matched_on": ["name"],
        }
    ]
    assert actions.create(session, administrator, again, allow_duplicate=True).id != first.id


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        (Party(("Baltic Plasma",), "DE"), [["name"]]),
        (Party(("Nothing",), "PL", "http://www.plasma.example.org/"), [["website"]]),
        (Party(("Nothing",), "PL", None, frozenset({("vat", "DE136695976")})), [["identifier"]]),
        (Party(("Nothing",), "DE"), []),
        (Party(("Baltic Plasma",), "PL"), []),
    ],
)
def test_alike_are_found_by_name_page_and_number(
    session: Session, administrator: Actor, party: Party, expected: list[list[str]]
) -> None:
    created(session, administrator, identifiers=[VAT])
    created(session, administrator, legal_name="Holzcluster Tirol", names={}, website=None, country="AT", region=None)
    assert [candidate["matched_on"] for candidate in find_alike(session, administrator, party)] == expected


def test_alike_are_shown_to_nobody_who_may_not_know_them(
    session: Session, administrator: Actor, stranger: Actor
) -> None:
    created(session, administrator)
    assert find_alike(session, stranger, Party(("Baltic Plasma",), "DE")) == []


def test_identifier_is_taken_once(session: Session, administrator: Actor) -> None:
    created(session, administrator, identifiers=[VAT])
    other = created(session, administrator, identifiers=[])
    same = [{"registry": "vat", "value": "136695976"}]
    with pytest.raises(IdentifierTaken):
        created(session, administrator, identifiers=same)
    with pytest.raises(IdentifierTaken):
        actions.update(session, administrator, other, ClusterUpdate(identifiers=same))


@pytest.mark.parametrize(
    ("facts", "pointers"),
    [
        ({"region": "PL21"}, ["/body/region"]),
        ({"founded_year": 2022}, ["/body/founded_year"]),
        ({"participants": 38}, ["/body/participants"]),
        (
            {"identifiers": [VAT, {"registry": "vat", "value": "DE136695977"}, {"registry": "pic", "value": "1"}]},
            ["/body/identifiers/1/value", "/body/identifiers/2/value"],
        ),
    ],
)
def test_impossible_facts_are_refused_by_create_and_update(
    session: Session, administrator: Actor, facts: dict[str, Any], pointers: list[str]
) -> None:
    cluster = created(session, administrator)
    attempts: list[Callable[[], object]] = [
        lambda: created(session, administrator, **facts),
        lambda: actions.update(session, administrator, cluster, ClusterUpdate(**facts)),
    ]
    for attempt in attempts:
        with pytest.raises(FactsNotPossible) as refused:
            attempt()
        assert [fault.pointer for fault in refused.value.faults] == pointers


def test_update_records_only_what_changed(session: Session, administrator: Actor) -> None:
    cluster = created(session, administrator)
    later = replace(administrator, now=administrator.now + timedelta(hours=1))
    patch = ClusterUpdate(city="Rostock", founded_year=2004, names={"en": None, "pl": "Klaster Plazmowy"})
    actions.update(session, later, cluster, patch)
    assert versions(session, cluster)[1:] == [
        (2, "cluster.updated", {"city": "Rostock", "names": {"pl": "Klaster Plazmowy"}})
    ]
    assert (cluster.version, cluster.updated_at) == (2, later.now)
    assert cluster.search_text == "ostsee-cluster plasmatechnik e.v. | klaster plazmowy"


def test_update_that_changes_nothing_makes_no_version(session: Session, administrator: Actor) -> None:
    cluster = created(session, administrator, identifiers=[VAT])
    same = ClusterUpdate(city="Greifswald", identifiers=[{"registry": "vat", "value": "136695976"}])
    actions.update(session, administrator, cluster, same)
    assert (cluster.version, len(versions(session, cluster)), len(events(session))) == (1, 1, 1)


def test_update_replaces_identifiers(session: Session, administrator: Actor) -> None:
    cluster = created(session, administrator, identifiers=[VAT])
    pic = {"registry": "pic", "value": "999999999"}
    actions.update(session, administrator, cluster, ClusterUpdate(identifiers=[pic]))
    assert identifiers_of(session, cluster.id) == [pic]
    assert facts_of(session, cluster)["identifiers"] == [pic]
    actions.update(session, administrator, cluster, ClusterUpdate(identifiers=None))
    assert identifiers_of(session, cluster.id) == []


def test_change_of_the_past_does_not_undo_later_ones(session: Session, administrator: Actor) -> None:
    given = ClusterCreate(**{**COMPLETE, "city": "Stralsund"})
    cluster = actions.create(session, administrator, given, effective_on=date(2010, 1, 1))
    actions.update(session, administrator, cluster, ClusterUpdate(city="Rostock"), effective_on=date(2018, 5, 1))
    past = ClusterUpdate(city="Wismar", short_name="OCP")
    actions.update(session, administrator, cluster, past, effective_on=date(2015, 5, 1))
    assert (cluster.city, cluster.short_name) == ("Rostock", "OCP")


@pytest.mark.parametrize("day", [date(2009, 12, 31), date(2021, 1, 16)])
def test_change_outside_record_and_past_is_refused(session: Session, administrator: Actor, day: date) -> None:
    cluster = actions.create(session, administrator, ClusterCreate(**COMPLETE), effective_on=date(2010, 1, 1))
    with pytest.raises(FactsNotPossible) as refused:
        actions.update(session, administrator, cluster, ClusterUpdate(city="Wismar"), effective_on=day)
    assert [fault.pointer for fault in refused.value.faults] == ["/query/effective_on"]


def test_profile_goes_through_its_life(session: Session, administrator: Actor) -> None:
    cluster = created(session, administrator)
    profiles.submit(session, administrator, cluster)
    profiles.reject(session, administrator, cluster, reason="No activity shown.")
    assert (cluster.profile_state, cluster.profile_reason) == (ProfileState.REJECTED, "No activity shown.")
    profiles.revise(session, administrator, cluster)
    profiles.submit(session, administrator, cluster)
    profiles.publish(session, administrator, cluster)
    assert (cluster.profile_reason, cluster.published_at) == (None, administrator.now)
    profiles.archive(session, administrator, cluster, reason="Asked by the owner.")
    assert (cluster.profile_state, cluster.version) == (ProfileState.ARCHIVED, 7)
    digests = [(line.before_digest, line.after_digest) for line in lines(session)]
    assert [before for before, _ in digests] == [None, *(after for _, after in digests[:-1])]
    assert events(session) == [
        ("cluster.created", None),
        ("profile.submitted", None),
        ("profile.rejected", "No activity shown."),
        ("profile.revised", None),
        ("profile.submitted", None),
        ("profile.published", None),
        ("profile.archived", "Asked by the owner."),
    ]


def test_submit_demands_mandatory_fields(session: Session, administrator: Actor) -> None:
    cluster = created(session, administrator, website=None, members={}, english_page=None)
    with pytest.raises(ProfileIncomplete) as refused:
        profiles.submit(session, administrator, cluster)
    assert [fault.pointer for fault in refused.value.faults] == ["/cluster/website", "/cluster/members"]
    assert cluster.profile_state is ProfileState.DRAFT


def test_programme_invariant_25_publish_demands_criteria_or_waiver(session: Session, administrator: Actor) -> None:
    cluster = created(session, administrator, members={"sme": 14})
    profiles.submit(session, administrator, cluster)
    with pytest.raises(CriteriaNotMet) as refused:
        profiles.publish(session, administrator, cluster)
    criteria: Any = refused.value.members["criteria"]
    assert [criterion["met"] for criterion in criteria] == [True, True, False, False]
    with pytest.raises(WaiverNotPossible):
        profiles.publish(session, administrator, cluster, waiver="We like it.")
    actions.update(session, administrator, cluster, ClusterUpdate(support_programme="go-cluster"))
    profiles.publish(session, administrator, cluster, waiver="Recognised by go-cluster.")
    assert (cluster.profile_state, cluster.waiver) == (ProfileState.PUBLISHED, "Recognised by go-cluster.")


@pytest.mark.parametrize("verb", ["publish", "archive", "revise", "reject"])
def test_moves_that_do_not_leave_a_draft_are_refused(session: Session, administrator: Actor, verb: str) -> None:
    cluster = created(session, administrator)
    reason = {"reason": "Because."} if verb in {"archive", "reject"} else {}
    with pytest.raises(MoveNotAllowed):
        getattr(profiles, verb)(session, administrator, cluster, **reason)
    assert (cluster.profile_state, cluster.version) == (ProfileState.DRAFT, 1)


def test_nobody_writes_without_permission(session: Session, administrator: Actor, stranger: Actor) -> None:
    cluster = created(session, administrator)
    succession = SuccessionCreate(kind="closed", reason="Because.")
    attempts: list[Callable[[], object]] = [
        lambda: actions.create(session, stranger, ClusterCreate(**COMPLETE)),
        lambda: actions.update(session, stranger, cluster, ClusterUpdate(city="Rostock")),
        lambda: profiles.submit(session, stranger, cluster),
        lambda: profiles.publish(session, stranger, cluster),
        lambda: profiles.reject(session, stranger, cluster, reason="Because."),
        lambda: profiles.archive(session, stranger, cluster, reason="Because."),
        lambda: profiles.revise(session, stranger, cluster),
        lambda: actions.succeed(session, stranger, cluster, succession),
    ]
    for attempt in attempts:
        with pytest.raises(CredentialsRequired):
            attempt()


def test_renamed_cluster_is_found_by_both_names(session: Session, administrator: Actor) -> None:
    cluster = created(session, administrator, names={})
    given = SuccessionCreate(kind="renamed", new_name="Plasma Nord", effective_on=date(2021, 1, 15), reason="Statutes.")
    succession = actions.succeed(session, administrator, cluster, given)
    assert (cluster.legal_name, cluster.status) == ("Plasma Nord", ClusterStatus.ACTIVE)
    assert succession.former_name == "Ostsee-Cluster Plasmatechnik e.V."
    assert cluster.search_text == "plasma nord | ostsee-cluster plasmatechnik e.v."
    former = Party(("Ostsee Plasmatechnik",), "DE")
    assert [found["legal_name"] for found in find_alike(session, administrator, former)] == ["Plasma Nord"]


def test_merged_cluster_ends_and_its_successor_stays(session: Session, administrator: Actor) -> None:
    former, successor = created(session, administrator), created(session, administrator, legal_name="Plasma Nord")
    given = SuccessionCreate(kind="merged", successors=[successor.id], reason="Both assemblies.")
    succession = actions.succeed(session, administrator, former, given)
    assert (former.status, former.version, successor.version) == (ClusterStatus.MERGED, 2, 1)
    assert (succession.successors, succession.effective_on) == ([successor.id], administrator.today)
    assert versions(session, former)[1] == (2, "cluster.merged", {"status": "merged"})
    with pytest.raises(SuccessionNotPossible):
        actions.succeed(session, administrator, successor, SuccessionCreate(
            kind="merged", successors=[former.id], reason="Back."
        ))  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"kind": "renamed", "new_name": "Ostsee-Cluster Plasmatechnik e.V."}, SuccessionNotPossible),
        ({"kind": "split", "successors": []}, SuccessionNotPossible),
        ({"kind": "merged", "successors": ["01a20585-e211-7354-a476-81f1d8913a97"]}, SuccessionNotPossible),
        ({"kind": "closed", "effective_on": "2021-01-16"}, FactsNotPossible),
    ],
)
def test_impossible_successions_are_refused(
    session: Session, administrator: Actor, given: dict[str, Any], kind: type[Problem]
) -> None:
    cluster = created(session, administrator)
    with pytest.raises(kind):
        actions.succeed(session, administrator, cluster, SuccessionCreate(**given, reason="Because."))
    assert cluster.version == 1


def test_clusters_are_inserted_in_bulk_as_if_created(session: Session, administrator: Actor) -> None:
    recorded_at = datetime(2015, 3, 1, 23, 30, tzinfo=UTC)
    records = [
        {
            "legal_name": f"Plasma {number}",
            "country": "DE",
            "members": {"sme": number},
            "profile_state": "published",
            "identifiers": [("source", f"{number}")],
            "created_at": recorded_at,
        }
        for number in range(1001)
    ]
    actions.insert_clusters(session, records, author=Author("import", administrator.now, "0" * 32))
    counts = {
        table: session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Cluster, ClusterIdentifier)
    }
    assert counts == {Cluster: 1001, ClusterIdentifier: 1001}
    assert events(session) == [("clusters.inserted", None)] * 3
    found = session.scalars(sa.select(Cluster).where(Cluster.legal_name == "Plasma 7")).one()
    assert (found.version, found.participants, found.committed_members, found.sort_name) == (1, None, 7, "plasma 7")
    first = session.scalars(sa.select(ClusterVersion).where(ClusterVersion.cluster_id == found.id)).one()
    assert (first.effective_on, first.changes) == (date(2015, 3, 2), facts_of(session, found))


def test_published_cluster_keeps_facts_of_numbers_and_instants(session: Session, administrator: Actor) -> None:
    cluster = published(session, administrator, staff_fte=4.56)
    session.expire_all()
    facts = facts_of(session, cluster)
    assert (facts["staff_fte"], facts["published_at"]) == (4.5, "2021-01-15T10:00:00.000000Z")
