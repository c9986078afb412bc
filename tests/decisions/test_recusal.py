"""Who comes from the country group of a cluster takes no part in a decision of the board; the groups are dated data."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import Cluster
from cluster_api.decisions.errors import VoterBarred
from cluster_api.decisions.queries import barred_from, data, panel_of
from cluster_api.decisions.rules import VotingRule, group_of, voting_rule_on
from cluster_api.decisions.states import Bar
from cluster_api.identity.models import Membership, Organisation
from cluster_api.identity.states import Role, Standing
from tests.assessors.given import given_pool_member
from tests.callers import LONG_AGO, given_organisation
from tests.decisions.given import DAY, given_board, given_reported, given_somebody, opened, voted
from tests.interviews.reported import given_bronze_reported

GROUPS = [
    {"applies_from": "2010-01-01", "group": "north", "countries": "DK SE"},
    {"applies_from": "2021-01-01", "group": "north", "countries": "DK FI"},
    {"applies_from": "2022-01-01", "group": "sea", "countries": "DK DE"},
]
RULES = [
    {"applies_from": "2010-01-01", "body": "", "quorum_percent": "50", "fewest_votes": "2", "majority_percent": "50",
     "recusal": "country_group"},
    {"applies_from": "2015-01-01", "body": "", "quorum_percent": "60", "fewest_votes": "3", "majority_percent": "50",
     "recusal": "country_group"},
    {"applies_from": "2012-01-01", "body": "Office", "quorum_percent": "0", "fewest_votes": "1",
     "majority_percent": "50", "recusal": "organisation"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("country", "day", "expected"),
    [
        ("DK", date(2020, 12, 31), {"DK", "SE"}),
        ("DK", date(2021, 1, 1), {"DK", "FI"}),
        ("SE", date(2021, 1, 1), {"SE"}),
        ("DK", date(2022, 1, 1), {"DK", "FI", "DE"}),
        ("PT", date(2022, 1, 1), {"PT"}),
        ("DK", date(2009, 12, 31), {"DK"}),
    ],
)
def test_group_of_a_country_is_that_of_the_day(country: str, day: date, expected: set[str]) -> None:
    assert group_of(GROUPS, country, day) == expected


def test_shipped_groups_are_those_of_known_circles() -> None:
    found = {one: group_of(data("country_groups"), one, DAY) for one in ("NO", "LV", "BE", "SK", "DE")}
    assert {one: sorted(group) for one, group in found.items()} == {
        "NO": ["AX", "DK", "FI", "FO", "GL", "IS", "NO", "SE"], "LV": ["EE", "LT", "LV"], "BE": ["BE", "LU", "NL"],
        "SK": ["CZ", "HU", "PL", "SK"], "DE": ["DE"],
    }  # fmt: skip
    assert {row["certainty"] for row in data("country_groups")} == {"proposed"}


@pytest.mark.parametrize(
    ("body", "day", "expected"),
    [
        ("Board", date(2014, 12, 31), VotingRule("2010-01-01", 50, 2, 50, "country_group")),
        ("Board", date(2015, 1, 1), VotingRule("2015-01-01", 60, 3, 50, "country_group")),
        ("Office", date(2011, 12, 31), VotingRule("2010-01-01", 50, 2, 50, "country_group")),
        ("Office", date(2020, 1, 1), VotingRule("2012-01-01", 0, 1, 50, "organisation")),
    ],
)
def test_rule_of_a_body_goes_before_that_of_all(body: str, day: date, expected: VotingRule) -> None:
    assert voting_rule_on(RULES, day, body) == expected


def test_decision_opened_before_there_were_groups_keeps_its_rule() -> None:
    assert VotingRule("2010-01-01", 50, 2, 50).recusal == "organisation"


def belonging(session: Session, country: str, *roles: Role) -> str:
    """Put a member of the board on record who belongs to an organisation of a country."""
    person, organisation = given_somebody(session, Role.BOARD), given_organisation(session, *roles)
    change = sa.update(Organisation).where(Organisation.id == organisation.id).values(country=country)
    session.execute(change)
    session.execute(
        sa.insert(Membership).values(
            organisation_id=organisation.id, person_id=person, standing=Standing.READER, created_at=LONG_AGO
        )
    )
    return person


def test_members_from_the_country_group_are_recused_and_others_are_not(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    session.execute(sa.update(Cluster).values(country="DK"))
    session.expire_all()
    near = {belonging(session, "DK", Role.CLUSTER), belonging(session, "SE", Role.CLUSTER)}
    pooled = given_pool_member(session, country="NO")
    session.execute(sa.text("UPDATE person SET roles = '|board|assessor|' WHERE id = :id"), {"id": pooled.person_id})
    near.add(pooled.person_id)
    far = {belonging(session, "DE", Role.CLUSTER), belonging(session, "DK", Role.BOARD)}
    decision = opened(session, case, board[0])
    bars = barred_from(session, case, panel_of(decision))
    assert {person for person, found in bars.items() if Bar.COUNTRY_GROUP in found} == near
    assert far.isdisjoint(bars)
    for person in near - {pooled.person_id}:
        with pytest.raises(VoterBarred):
            voted(session, decision, {person: "grant"})
        voted(session, decision, {person: "recused"})
    voted(session, decision, dict.fromkeys(far, "grant"))


def test_member_from_the_country_group_does_not_chair(session: Session) -> None:
    case = given_reported(session)
    with pytest.raises(VoterBarred, match="country_group"):
        opened(session, case, belonging(session, "DE", Role.CLUSTER))


def test_office_of_one_country_decides_about_clusters_of_its_country(session: Session) -> None:
    case, person = given_bronze_reported(session), belonging(session, "DE", Role.CLUSTER)
    decision = opened(session, case, person)
    voted(session, decision, {person: "grant"})
    assert decision.voting["recusal"] == "organisation"
