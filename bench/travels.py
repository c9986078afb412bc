"""What the exchanges need, measured inside this process: eligibility among many, the best matches, a whole round.

Participants are drawn at random: six of ten are enterprises that visit, the others fab labs that host.
"""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.databases import Databases, Prepared
from bench.inside import milliseconds
from bench.measure import Measured, Ratio
from bench.servers import Unmeasured
from bench.workloads import SEED
from cluster_api.batches.queries import side_of
from cluster_api.batches.rules import entrants
from cluster_api.clusters.models import Cluster
from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import service_actor
from cluster_api.identity.models import Organisation
from cluster_api.identity.states import Role
from cluster_api.matches.queries import suggestions
from cluster_api.matches.schemas import SuggestionQuery
from cluster_api.matching.queries import weights_on
from cluster_api.pairings.queries import violations
from cluster_api.pairings.rules import Terms, pair_up
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.queries import eligibility_of
from cluster_api.participants.states import ExchangeAim, StayActivity
from cluster_api.rounds.states import ExchangeRole
from cluster_api.vocabularies.queries import codes

NOW = datetime(2021, 1, 15, 10, tzinfo=UTC)
TODAY = NOW.date()
DATED = {"version": 1, "created_at": NOW, "updated_at": NOW}
COUNTRIES = ("AT", "BE", "CZ", "DE", "DK", "ES", "FI", "FR", "GR", "HU", "IE", "IT", "NL", "PL", "PT", "SE")
ROWS = 5_000
QUOTAS = (3, 5)
"""Pairs of a visitor and of a host."""
LEAST_POINTS = 2_500


def _rows(count: int, cluster_id: str, visitors: float) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    chance = random.Random(SEED + 5)
    ecosystems, aims = sorted(codes("industrial-ecosystems")), [one.value for one in ExchangeAim]
    activities = [one.value for one in StayActivity]
    for serial in range(count):
        visits = serial < count * visitors
        organisation, country = str(uuid7()), chance.choice(COUNTRIES)
        kind = {"kind": "sme", "support_type": None, "headcount": chance.randint(1, 240)}
        if not visits:
            kind = {"kind": "scaleup_support", "support_type": "FAB_LAB", "headcount": None}
        unsaid = dict.fromkeys(
            ("region", "latitude", "longitude", "approved_because", "balance_sheet_cents", "residence_days",
             "has_business", "partnership_id", "cv_sha256", "available_from", "available_until", "reason")
        )  # fmt: skip
        yield (
            {
                "id": organisation, "name": f"Organisation {serial}", "country": country,
                "roles": [Role.PARTICIPANT.value], "closed_at": None, "is_synthetic": True, **DATED,
            },
            {
                **unsaid, **kind, "id": str(uuid7()), "round": "pilot", "organisation_id": organisation,
                "is_visitor": visits, "is_host": not visits, "country": country, "cluster_id": cluster_id,
                "is_in_network": False, "is_approved": False, "turnover_cents": 100_000_000, "is_national": True,
                "is_assigned": False, "motivation": "Markets.", "state": "validated", "open_exchanges": 0, **DATED,
                "ecosystems": sorted(chance.sample(ecosystems, chance.randint(1, 3))),
                "aims": sorted(chance.sample(aims, chance.randint(1, len(aims)))),
                "activities": sorted(chance.sample(activities, chance.randint(1, len(activities)))),
                "wanted_countries": sorted(chance.sample(COUNTRIES, chance.randint(0, 4))),
            },
        )  # fmt: skip


def fill(prepared: Prepared, count: int, visitors: float) -> Database:
    """Put so many participants on record, this share of them visitors, and answer their database."""
    database = Database(prepared.address)
    with database.transaction() as session:
        cluster_id = session.scalars(sa.select(Cluster.id).where(Cluster.profile_state == "published").limit(1)).one()
        part: list[tuple[dict[str, Any], dict[str, Any]]] = []
        for row in _rows(count, cluster_id, visitors):
            part.append(row)
            if len(part) == ROWS:
                _insert(session, part)
                part = []
        _insert(session, part)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    return database


def _insert(session: Session, part: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for table, rows in ((Organisation, [one for one, _ in part]), (ExchangeParticipant, [one for _, one in part])):
        insert_rows(session, table.__table__, rows)


def eligible(databases: Databases, seeded: Prepared, count: int) -> Measured:
    """The eligibility of one participant, read and told rule by rule, each time of another, among so many."""
    database = fill(databases.copy(seeded, "eligible"), count, 0.6)
    with database.session() as session:
        known = session.scalars(sa.select(ExchangeParticipant.id).order_by(ExchangeParticipant.id)).all()
    chance = random.Random(SEED + 6)

    def ask(_number: int) -> object:
        with database.session() as session:
            one = session.get_one(ExchangeParticipant, chance.choice(known))
            return eligibility_of(session, one, TODAY)

    found = milliseconds(ask, 200)
    database.close()
    return Measured({"eligibility": found}, remarks=[f"Eligibility: each time of another of {len(known):,}."])


def matched(databases: Databases, seeded: Prepared, count: int) -> Measured:
    """The best fifty for a visitor among so many hosts, with reasons."""
    database = fill(databases.copy(seeded, "matched"), count + 20, 20 / (count + 20))
    with database.session() as session:
        some = sa.select(ExchangeParticipant.id).where(ExchangeParticipant.is_visitor)
        visitors = session.scalars(some).all()
    actor, query = service_actor("bench", NOW), SuggestionQuery(count=50)
    candidates = 0

    def ask(number: int) -> object:
        nonlocal candidates
        with database.session() as session:
            one = session.get_one(ExchangeParticipant, visitors[number % len(visitors)])
            told = suggestions(session, actor, one, query)
            candidates = told.candidates
            return told.model_dump(mode="json")

    found = milliseconds(ask, 30)
    database.close()
    return Measured({"best_matches": found}, remarks=[f"Best matches: fifty of {candidates:,} hosts."])


def paired(databases: Databases, seeded: Prepared, count: int) -> Measured:
    """A round of so many visitors and as many hosts, matched and checked as its job does."""
    database = fill(databases.copy(seeded, "paired"), 2 * count, 0.5)
    with database.session() as session:
        visitors = entrants(side_of(session, "pilot", ExchangeRole.VISITOR), QUOTAS[0])
        hosts = entrants(side_of(session, "pilot", ExchangeRole.HOST), QUOTAS[1])
    database.close()
    terms = Terms("bench", LEAST_POINTS, weights_on(TODAY))
    began, spent = time.perf_counter(), time.process_time()
    certificate = pair_up(visitors, hosts, terms)
    found = time.perf_counter() - began
    flaw = next(violations(visitors, hosts, terms, certificate), None)
    seconds, busy = time.perf_counter() - began, time.process_time() - spent
    if flaw is not None:
        raise Unmeasured(f"The matching does not stand its check: {flaw}")
    remark = (
        f"A round: {len(visitors):,} visitors and {len(hosts):,} hosts, {len(certificate.pairs):,} pairs; "
        f"{found:.1f} s to find them, {seconds - found:.1f} s to check them."
    )
    return Measured({"round": Ratio(seconds, seconds, seconds, busy)}, remarks=[remark])
