"""Of many participants, matches and exchanges those that are asked for are found through indexes, by everybody."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import numbered, uuid7
from cluster_api.grants.models import ExchangeGrant
from cluster_api.grants.queries import exchanges_page, get_exchange
from cluster_api.grants.schemas import ExchangeQuery
from cluster_api.identity.models import Organisation
from cluster_api.identity.states import Role
from cluster_api.matches.models import ExchangeMatch
from cluster_api.matches.queries import get_match, matches_page, suggestions
from cluster_api.matches.schemas import MatchQuery, SuggestionQuery
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.queries import eligibility_of, get_participant, participants_page
from cluster_api.participants.schemas import ParticipantQuery
from tests.benchmarks.given import actor_with
from tests.callers import given_organisation
from tests.conftest import NOW
from tests.partnerships.given import given_partnership
from tests.plans import analyse, full_scans
from tests.register import given_cluster

OFFICES, EACH, IN_ROUND = 300, 8, 40
"""Partnerships, exchanges of each (a visitor, a host, a match and a grant), and how many are in the round asked for.

What is asked for is one in fifty or less: where every other one is wanted, to walk along all of them is right.
"""
TODAY = NOW.date()
DATED = {"version": 1, "created_at": NOW, "updated_at": NOW}
Question = Callable[[], object]
OWN: dict[str, dict[str, dict[str, str]]] = {"office": {"own": {}}, "visitor": {"own": {}}}
"""Who sees a part asks for all of it as well; all of everything is a walk along the whole table."""


class Many:
    """Offices with exchanges, and who asks: everybody's secretariat, an office, and somebody who takes part."""

    def __init__(self, database: Database) -> None:
        with database.transaction() as session:
            self.cluster = given_cluster(session, "Cluster")
            made = [given_organisation(session, Role.PARTNERSHIP, name=f"Office {at}") for at in range(OFFICES)]
            self.partnerships = [given_partnership(session, one).id for one in made]
            self.organisations, self.participants, self.matches, self.grants = self._rows()
            for model, rows in (
                (Organisation, self.organisations), (ExchangeParticipant, self.participants),
                (ExchangeMatch, self.matches), (ExchangeGrant, self.grants),
            ):  # fmt: skip
                insert_rows(session, model.__table__, rows)  # type: ignore[arg-type] # a table, as every model has
            owner = session.get_one(Organisation, self.organisations[-2]["id"])
            self.askers = {
                "all": actor_with(made[0], Role.SECRETARIAT),
                "office": actor_with(made[-1], Role.PARTNERSHIP),
                "visitor": actor_with(owner, Role.PARTICIPANT),
            }
        analyse(database)
        self.visitor, self.host = (str(one["id"]) for one in self.participants[-2:])

    def _rows(self) -> tuple[list[dict[str, Any]], ...]:
        found: tuple[list[dict[str, Any]], ...] = ([], [], [], [])
        for serial in range(OFFICES * EACH):
            office = self.partnerships[serial % OFFICES]
            round_code = "pilot" if serial >= OFFICES * EACH - IN_ROUND else "earlier"
            pair = [self._side(office, round_code, is_visitor=one) for one in (True, False)]
            found[0].extend(organisation for organisation, _ in pair)
            found[1].extend(participant for _, participant in pair)
            (visiting, visitor), (hosting, host) = pair
            sides = {"visitor_id": visitor["id"], "host_id": host["id"]}
            match = {
                **sides, "id": str(uuid7()), "proposed_by": "visitor", "message": None, "proposed_on": TODAY,
                "state": "converted" if serial % 100 else "proposed", "answer_by": TODAY, "answered_at": NOW,
                "reason": None, **DATED,
            }  # fmt: skip
            found[2].append(match)
            unsaid = dict.fromkeys(
                ("begins_on", "goals", "declared_km", "offered_cents", "account", "calculation", "agreed_cents",
                 "agreed_on", "done_until", "payable_cents", "validated_on", "due_on", "paid_on", "reason")
            )  # fmt: skip
            grant = {
                **unsaid,
                **sides,
                "id": str(uuid7()),
                "number": numbered("EX", 2021, serial + 1),
                "match_id": match["id"],
                "round": "pilot",
                "visitor_organisation_id": visiting["id"],
                "mode": "virtual",
                "host_organisation_id": hosting["id"],
                "visitor_partnership_id": office,
                "agenda": {},
                "host_partnership_id": office,
                "ends_on": TODAY - timedelta(days=99),
                "overrides": {},
                "state": "closed" if serial % 100 else "agreed",
                **DATED,
            }
            found[3].append(grant)
        return found

    def _side(self, office: str, round_code: str, *, is_visitor: bool) -> tuple[dict[str, Any], dict[str, Any]]:
        organisation = {
            "id": str(uuid7()), "name": "Somebody", "country": "FR", "roles": [Role.PARTICIPANT.value],
            "closed_at": None, "is_synthetic": True, **DATED,
        }  # fmt: skip
        unsaid = dict.fromkeys(
            ("region", "latitude", "longitude", "approved_because", "balance_sheet_cents", "residence_days",
             "has_business", "cv_sha256", "available_from", "available_until", "reason", "support_type")
        )  # fmt: skip
        return organisation, {
            **unsaid, "id": str(uuid7()), "round": round_code, "organisation_id": organisation["id"],
            "is_visitor": is_visitor, "is_host": not is_visitor, "kind": "sme", "country": "FR",
            "cluster_id": self.cluster, "is_in_network": False, "is_approved": False, "headcount": 12,
            "turnover_cents": 1, "is_national": True, "partnership_id": office, "is_assigned": False,
            "motivation": "Markets.", "ecosystems": ["TEXTILES"], "aims": ["new_markets"], "open_exchanges": 0,
            "activities": ["networking"], "wanted_countries": [], **DATED,
            "state": "validated" if is_visitor else "withdrawn",
        }  # fmt: skip


def test_one_among_many_participants_is_found_by_index(database: Database) -> None:
    many = Many(database)
    with database.session() as session:

        def eligible() -> object:
            session.expunge_all()
            return eligibility_of(session, session.get_one(ExchangeParticipant, many.visitor), TODAY)

        told: dict[str, Question] = {"eligibility": eligible}
        for who, actor in many.askers.items():
            told[f"{who}: one"] = partial(get_participant, session, actor, many.visitor)
            for name, query in (
                ("catalogue", {"round": "pilot", "state": "validated"}),
                ("catalogue by kind", {"round": "pilot", "state": "validated", "kind": "sme", "is_visitor": "true"}),
                ("of a partnership", {"partnership_id": many.partnerships[-1]}),
            ):
                asked = ParticipantQuery.model_validate({**query, "limit": 20})
                told[f"{who}: {name}"] = partial(participants_page, session, actor, asked)
        assert slow(session, "exchange_participant", told) == {}


def test_matches_among_many_are_found_by_index(database: Database) -> None:
    many = Many(database)
    match = str(many.matches[-1]["id"])
    with database.session() as session:
        told: dict[str, Question] = {}
        for who, actor in many.askers.items():
            told[f"{who}: one"] = partial(get_match, session, actor, match)
            asked = {
                "of a visitor": {"participant_id": many.visitor}, "of a host": {"participant_id": many.host},
                "late": {"state": "expired"}, "proposed": {"state": "proposed"}, **OWN.get(who, {}),
            }  # fmt: skip
            for name, query in asked.items():
                page = MatchQuery.model_validate({**query, "limit": 20})
                told[f"{who}: {name}"] = partial(matches_page, session, actor, page)
        assert slow(session, "exchange_match", told) == {}
        own = {who: one for who, one in told.items() if "own" in who}
        assert slow(session, "exchange_participant", own) == {}
        shown = matches_page(session, many.askers["visitor"], MatchQuery(limit=20)).items
        assert [str(one.id) for one in shown] == [match]


def test_best_matches_are_found_in_their_round_by_index(database: Database) -> None:
    many = Many(database)
    with database.session() as session:
        one = session.get_one(ExchangeParticipant, many.visitor)
        ask = partial(suggestions, session, many.askers["all"], one, SuggestionQuery(count=5))
        assert slow(session, "exchange_participant", {"best": ask}) == {}


def test_exchanges_among_many_are_found_by_index(database: Database) -> None:
    many = Many(database)
    number = str(many.grants[-1]["number"])
    with database.session() as session:
        told: dict[str, Question] = {}
        for who, actor in many.askers.items():
            told[f"{who}: one"] = partial(get_exchange, session, actor, number)
            asked = {
                "of a partnership": {"partnership_id": many.partnerships[-1]}, "reporting": {"state": "reporting"},
                "of a visitor": {"participant_id": many.visitor}, "of a host": {"participant_id": many.host},
                "late": {"overdue": "true"}, **OWN.get(who, {}),
            }  # fmt: skip
            for name, query in asked.items():
                page = ExchangeQuery.model_validate({**query, "limit": 20})
                told[f"{who}: {name}"] = partial(exchanges_page, session, actor, page)
        assert slow(session, "exchange_grant", told) == {}
        shown = exchanges_page(session, many.askers["visitor"], ExchangeQuery(limit=20)).items
        assert [one.number for one in shown] == [number]


def slow(session: Session, table: str, told: dict[str, Question]) -> dict[str, list[str]]:
    """Answer the questions that read all of a table, with their plans."""
    found = {name: full_scans(session, table, ask) for name, ask in told.items()}
    return {name: plans for name, plans in found.items() if plans}
