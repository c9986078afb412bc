"""Confidential facts, each with two worlds that differ in it and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.assessments.states import CaseState
from cluster_api.benchmarks.states import BenchmarkState
from cluster_api.clusters.models import ClusterVersion, Succession
from cluster_api.identity.models import Account, Invitation, Membership
from cluster_api.identity.states import CredentialKind, Role, Standing
from cluster_api.jobs.models import Job, JobFinding
from cluster_api.jobs.states import JobState, RowOutcome
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.methodology.models import Methodology
from cluster_api.methodology.schemas import EXAMPLE as METHODOLOGY
from cluster_api.tokens.rules import API_KEY, new_secret
from tests.callers import LONG_AGO
from tests.conftest import NOW
from tests.worlds import cases, given
from tests.worlds.asking import Curious
from tests.worlds.given import CODE, ENDED, HELD, HIDDEN, HOME, HOME_PUBLIC, KEEPER, OFFICE, OPEN, OTHER, THIRD

World = Callable[[Session], None]
NUMBERS = [("eccp", "zephyr-1"), ("vat", "DE136695976")]
STRANGE = new_secret(API_KEY)


@dataclass(frozen=True, slots=True)
class Fact:
    """A confidential fact: what is on record in one world, what in the other, and what an outsider might guess."""

    name: str
    one: World
    other: World
    curious: Curious


def nothing(_: Session) -> None:
    """Add nothing to the world."""


def draft(name: str = "Zephyr Sailcloth Cluster", **facts: Any) -> World:
    """Answer a world in which somebody else has this draft."""
    told = {
        "country": "LU",
        "region": "LU00",
        "city": "Zephyrville",
        "owner_id": KEEPER,
        "identifiers": NUMBERS,
        **facts,
    }
    return lambda session: given.given_cluster(session, HIDDEN, name, **told)


def rejected(reason: str, author: str) -> World:
    """Answer a world in which a profile was rejected, and is worked on again."""

    def made(session: Session) -> None:
        draft(profile_state="rejected", profile_reason=reason)(session)
        version(session, HIDDEN, "rejected", author, profile_reason=reason)

    return made


def archived(reason: str, waiver: str, author: str) -> World:
    """Answer a world in which a public profile was published by a waiver and archived."""

    def made(session: Session) -> None:
        facts = {"profile_state": "archived", "profile_reason": reason, "waiver": waiver, "owner_id": KEEPER}
        given.given_cluster(session, HELD, "Sundial Precision Cluster", **facts)
        version(session, HELD, "archived", author, profile_reason=reason, waiver=waiver)

    return made


def version(session: Session, cluster_id: str, state: str, author: str, **reasons: str) -> None:
    """Record a second version of a cluster, by which its profile came to this state."""
    about = {"version": 2, "effective_on": NOW.date(), "recorded_at": NOW, "event": f"profile.{state}"}
    told = {"reason": reasons["profile_reason"], "profile_state": state, "changes": {"profile_state": state, **reasons}}
    given.put(session, ClusterVersion, cluster_id=cluster_id, author=author, **about, **told)


def owned(owner_id: str | None) -> World:
    """Answer a world in which a public cluster is this organisation's."""
    return lambda session: given.given_cluster(
        session, HELD, "Sundial Precision Cluster", owner_id=owner_id, profile_state="published"
    )


def holder(short_name: str, number: str) -> World:
    """Answer a world in which the profile of a holder of a label is worked on."""

    def made(session: Session) -> None:
        facts = {"short_name": short_name, "identifiers": [("eccp", number)], "owner_id": KEEPER, "city": short_name}
        given.given_cluster(session, HELD, "Sundial Precision Cluster", **facts)
        given.given_label(session, HELD)

    return made


def split_into(*successors: str) -> World:
    """Answer a world in which a cluster was split into these."""

    def made(session: Session) -> None:
        draft()(session)
        about = {"former_name": None, "effective_on": NOW.date(), "reason": "Grown.", "recorded_at": NOW, "author": "x"}
        given.put(
            session, Succession, id=THIRD, cluster_id=ENDED, kind="split", successors=[OPEN, *successors], **about
        )

    return made


def came_from_draft(session: Session) -> None:
    """Record that somebody's draft went on as a public cluster."""
    draft(status="merged")(session)
    about = {"former_name": None, "effective_on": NOW.date(), "reason": "Merged.", "recorded_at": NOW, "author": "x"}
    given.put(session, Succession, id=THIRD, cluster_id=HIDDEN, kind="merged", successors=[OPEN], **about)


def organisation(name: str = "Zephyr Secret Society", *roles: Role, **other: Any) -> World:
    """Answer a world with one more organisation."""
    return lambda session: given.given_organisation(session, HIDDEN, *(roles or (Role.CLUSTER,)), name=name, **other)


def member(session: Session) -> None:
    """Add a member to somebody else's organisation."""
    given.given_person(session, HIDDEN, "Zephyr Person", "zephyr@example.org")
    given.put(session, Membership, organisation_id=KEEPER, person_id=HIDDEN, standing=Standing.OWNER, created_at=NOW)


def person(name: str, email: str) -> World:
    """Answer a world with this person."""

    def made(session: Session) -> None:
        given.given_person(session, HIDDEN, name, email)
        about = {"issuer": "https://elsewhere.example.org", "subject": email, "created_at": LONG_AGO}
        given.put(session, Account, id=OTHER, person_id=HIDDEN, seen_on=LONG_AGO.date(), **about)

    return made


def invitation(session: Session) -> None:
    """Invite somebody into somebody else's organisation."""
    about = {"standing": Standing.OWNER, "roles": [], "email": "zephyr@example.org", "author": "client:x"}
    dates = {"created_at": NOW, "expires_at": NOW + timedelta(days=7)}
    secret = {"public_id": CODE.public_id, "digest": CODE.digest}
    given.put(session, Invitation, id=HIDDEN, organisation_id=KEEPER, **about, **dates, **secret)


def machine(session: Session) -> None:
    """Add a machine client to somebody else's organisation."""
    given.given_client(session, HIDDEN, KEEPER)


def credential(session: Session) -> None:
    """Add a key to a machine client that is in both worlds."""
    machine(session)
    given.given_credential(session, OTHER, HIDDEN, STRANGE.public_id, digest=STRANGE.digest)
    secret = {"kind": CredentialKind.SECRET, "digest": given.HIDDEN_SECRET.digest}
    given.given_credential(session, THIRD, HIDDEN, given.HIDDEN_SECRET.public_id, **secret)


def job(*sentences: str) -> World:
    """Answer a world in which the operator of the scheme ran an import that found this."""

    def made(session: Session) -> None:
        asked = {"kind": "clusters", "mode": "row_by_row", "dry_run": True, "file_format": "csv", "bytes": 1}
        about = {"kind": "import", "state": JobState.SUCCEEDED, "request": asked, "organisation_id": OFFICE}
        more = {"author": "client:x", "request_id": "1" * 32, "requested_at": NOW, "finished_at": NOW, "version": 3}
        given.put(session, Job, id=HIDDEN, done=1, total=1, resume_line=1, counts={}, **about, **more)
        for at, sentence in enumerate(sentences):
            found = {"outcome": RowOutcome.REFUSED, "row": 2, "pointer": "/name", "code": "alike", "sentence": sentence}
            given.put(session, JobFinding, job_id=HIDDEN, sequence=at, **found)

    return made


def deed(session: Session) -> None:
    """Note a deed upon somebody else's organisation in the journal, before one upon that of the outsider."""
    record(
        session, Author("client:x", NOW, "1" * 32), "organisation.updated", ("organisation", KEEPER), reason="Zephyr"
    )


def before_own(world: World) -> World:
    """Answer a world in which something happened before something happened to the outsider's organisation."""

    def made(session: Session) -> None:
        world(session)
        for reason in ("Moved.", "Moved again."):
            about = Author("client:x", NOW, "1" * 32)
            record(session, about, "organisation.updated", ("organisation", HOME), reason=reason)

    return made


def method(code: str, at: int, state: str = "draft", title: str = "Zephyr") -> World:
    """Answer a world with this version of a methodology."""
    about = {
        "kind": METHODOLOGY["document"]["kind"],
        "applies_from": None,
        "retired_on": None,
        "retirement_reason": None,
    }
    more = {"digest": None, "revision": 1, "created_at": NOW, "updated_at": NOW}
    document = {**METHODOLOGY["document"], "title": title}
    return lambda session: given.put(
        session, Methodology, id=HIDDEN, code=code, version=at, state=state, document=document, **about, **more
    )


ABOUT_CLUSTERS = ("clusters", "register", "labels", "verifications", "statistics", "exports")
ABOUT_PLACES = ("organisations", "clients", "people", "invitations", "me", "jobs", "imports", "journal")
CLUSTER = Curious(
    (HIDDEN, OPEN),
    words=("Zephyr", "Boreas", "DE136695976"),
    codes=("register", "clusters", "labels"),
    filters={"country": ("LU",), "known_at": ("2021-01-15T10:00:00Z",), "at": ("2021-01-15",)},
    areas=ABOUT_CLUSTERS,
)
HOLDER = Curious(
    (HELD, ENDED),
    words=("Zephyr", "Boreas"),
    codes=("ECL-2020-000001-86", "register", "clusters", "labels"),
    areas=ABOUT_CLUSTERS,
)
PLACE = Curious((HIDDEN, KEEPER, HOME), words=("Zephyr", "Boreas"), areas=ABOUT_PLACES)
METHOD = Curious(
    (),
    codes=("ZEPHYR-2021", "ECEI-2013", "ESCA-PRICES"),
    filters={"version": ("1", "2"), "to": ("ZEPHYR-2021",)},
    areas=("methodologies", "prices"),
)
CASE = Curious(
    (HIDDEN, OPEN),
    words=("Zephyr",),
    codes=(cases.COMPLAINT, cases.INVOICE),
    filters={"year": ("2021",)},
    areas=("benchmarks", "assessments", "invoices", "complaints", "statistics", "clusters"),
)
POOL = Curious(
    (HIDDEN, OPEN), codes=("register",), areas=("assessors", "trainings", "people", "complaints", "clusters")
)
EVERYTHING = Curious(
    (HIDDEN, KEEPER, HOME),
    words=("Zephyr",),
    codes=("ZEPHYR-2021", "ECL-2020-000001-86", "register", "clusters", "labels", cases.COMPLAINT, cases.INVOICE),
)
FACTS = [
    Fact("a draft exists", nothing, draft(), CLUSTER),
    Fact("the name of a draft", draft(), draft("Boreas Foundry Cluster"), CLUSTER),
    Fact("identifiers of a draft", draft(identifiers=[]), draft(), CLUSTER),
    Fact("where the profile of a draft stands", draft(), draft(profile_state="needs_review"), CLUSTER),
    Fact("why and by whom it was rejected", rejected("Zephyr", "client:1"), rejected("Boreas", "client:2"), CLUSTER),
    Fact("whose a draft is", draft(owner_id=None), draft(), CLUSTER),
    Fact("whose a public cluster is", owned(None), owned(KEEPER), HOLDER),
    Fact("why it was archived", archived("Zephyr", "A", "client:1"), archived("Boreas", "B", "client:2"), HOLDER),
    Fact("what is worked on at the profile of a holder", holder("Zephyr", "1"), holder("Boreas", "2"), HOLDER),
    Fact("a draft among successors", split_into(HOME_PUBLIC), split_into(HOME_PUBLIC, HIDDEN), HOLDER),
    Fact("a draft that went on as a public cluster", draft(status="merged"), came_from_draft, CLUSTER),
    Fact("an organisation exists", nothing, organisation(), PLACE),
    Fact("the name of an organisation", organisation(), organisation("Boreas Secret Society"), PLACE),
    Fact("an organisation is closed", organisation(), organisation(closed_at=NOW), PLACE),
    Fact("an organisation's role", organisation(), organisation("Zephyr Secret Society", Role.BOARD), PLACE),
    Fact("a member", nothing, member, PLACE),
    Fact("an invitation", nothing, invitation, PLACE),
    Fact("a machine client", nothing, machine, PLACE),
    Fact("a credential", machine, credential, Curious((HIDDEN, OTHER, THIRD), areas=ABOUT_PLACES)),
    Fact("a person", nothing, person("Zephyr Person", "zephyr@example.org"), PLACE),
    Fact("name and address", person("Zephyr", "zephyr@example.org"), person("Boreas", "boreas@example.org"), PLACE),
    Fact("a job", nothing, job("Looks like Zephyr."), PLACE),
    Fact("what a job found", job(), job("Looks like Zephyr."), PLACE),
    Fact("a line of the journal", before_own(nothing), before_own(deed), PLACE),
    Fact("a drafted methodology", nothing, method("ZEPHYR-2021", 1), METHOD),
    Fact("a drafted version", nothing, method("ECEI-2013", 2), METHOD),
    Fact("what a methodology drafts", method("ZEPHYR-2021", 1), method("ZEPHYR-2021", 1, title="Boreas"), METHOD),
    Fact("a drafted benchmark", nothing, cases.benchmark, CASE),
    Fact("answers of a benchmark", partial(cases.benchmark, zephyr=1), partial(cases.benchmark, zephyr=2), CASE),
    Fact("where a benchmark stands", cases.benchmark, partial(cases.benchmark, state=BenchmarkState.SUBMITTED), CASE),
    Fact("a case", nothing, cases.case, CASE),
    Fact("where a case stands", cases.case, partial(cases.case, state=CaseState.WITHDRAWN), CASE),
    Fact("a score sheet", cases.case, partial(cases.case, total=150), CASE),
    Fact("the total of a score sheet", partial(cases.case, total=150), partial(cases.case, total=10), CASE),
    Fact("a bronze case", nothing, cases.interview, CASE),
    Fact("what its expert found", cases.interview, partial(cases.interview, recommends=False), CASE),
    Fact("an invoice", nothing, cases.invoice, CASE),
    Fact("an invoice is not paid", cases.invoice, partial(cases.invoice, is_paid=True), CASE),
    Fact("a complaint", nothing, cases.complaint, CASE),
    Fact("its text and contact", cases.complaint, partial(cases.complaint, text="B.", contact="b@example.org"), CASE),
    Fact("an assessor", nothing, cases.assessor, POOL),
    Fact("an interest", cases.assessor, partial(cases.assessor, statement="Zephyr."), POOL),
    Fact("what it says", partial(cases.assessor, statement="A."), partial(cases.assessor, statement="B."), POOL),
]  # fmt: skip


def everything(session: Session) -> None:
    """Put every kind of secret on record at once."""
    for world in (draft(), organisation(), member, invitation, credential, job("Looks like Zephyr."), before_own(deed)):
        world(session)
    method("ZEPHYR-2021", 1)(session)
    cases.benchmark(session)
    cases.case(session, total=150)
    cases.invoice(session)
    cases.complaint(session)


ALL_AT_ONCE = Fact("everything", before_own(nothing), everything, EVERYTHING)
