"""Where lives of exchanges are played: two partnerships that both pay, enterprises, hosts, and what must hold."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.app import CONSTRAINTS
from cluster_api.exchanges.queries import counts_of
from cluster_api.foundation.canonical import digest
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Problem, Unexpected
from cluster_api.foundation.problems import as_problem
from cluster_api.grants.models import ExchangeGrant, ExchangeProof
from cluster_api.grants.queries import documents_of, proofs_of, signed_of, standing_report
from cluster_api.grants.rules import missing_signatures
from cluster_api.grants.states import COUNTED, LIFE, GrantState
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Organisation
from cluster_api.identity.permissions import allowed
from cluster_api.identity.states import Role, Standing
from cluster_api.ledger.actions import set_budget
from cluster_api.ledger.models import LedgerEntry
from cluster_api.ledger.queries import book_faults, held_for, held_in
from cluster_api.ledger.schemas import BudgetSet
from cluster_api.ledger.states import Account
from cluster_api.participants.actions import register, submit, validate
from cluster_api.participants.schemas import ParticipantCreate
from cluster_api.payments.models import ExchangePayment
from cluster_api.payments.states import PaymentState
from cluster_api.rounds.schemas import AmountRead
from cluster_api.rounds.states import ExchangeMode, ExchangeRole
from tests.callers import given_organisation
from tests.conftest import empty
from tests.grants.given import FAB_LAB, SME
from tests.partnerships.given import given_office, given_partnership
from tests.register import given_cluster

S = GrantState
FIRST_DAY = date(2021, 1, 18)
REGIONS = {"FR": "FRK2", "PT": "PT11"}
BUDGET = 200_000
"""What a partnership has for exchanges, in cents: enough for two, and not for three."""
BOUND = (Account.RESERVED, Account.DUE, Account.ORDERED, Account.PAID)
LIVE = (PaymentState.ORDERED, PaymentState.PAID)
NOTHING_HELD = frozenset({S.BUILDING, S.CANCELLED, S.ABORTED, S.CLOSED})


@dataclass(slots=True)
class Side:
    """An organisation that takes part, with its participant."""

    organisation_id: str
    participant_id: str
    country: str
    role: ExchangeRole


@dataclass
class Stage:
    """The database, the day, and who is there."""

    database: Database
    today: date = FIRST_DAY
    sides: list[Side] = field(default_factory=list)
    partnerships: dict[str, str] = field(default_factory=dict)
    offices: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    before: dict[str, GrantState] = field(default_factory=dict)

    def begin(self) -> None:
        """Empty the database and let everybody in."""
        empty(self.database)
        with self.database.transaction() as session:
            for country in REGIONS:
                office, _ = given_office(session, f"Office {country}")
                cluster = given_cluster(session, f"Cluster {country}", country=country)
                made = given_partnership(session, office, (cluster,), ecosystems=["TEXTILES"])
                self.partnerships[country], self.offices[country] = made.id, office.id
                set_budget(session, self.office(country), made, BudgetSet(budget_cents=BUDGET, reason="Exchanges."))
                for number in range(4):
                    role = ExchangeRole.HOST if number == 0 else ExchangeRole.VISITOR
                    self.sides.append(self._taking_part(session, country, cluster, role))

    def _taking_part(self, session: Session, country: str, cluster: str, role: ExchangeRole) -> Side:
        made = given_organisation(session, Role.PARTICIPANT, name=f"{role.value} {country} {len(self.sides)}")
        session.execute(sa.update(Organisation).where(Organisation.id == made.id).values(country=country))
        session.refresh(made)
        said = FAB_LAB if role is ExchangeRole.HOST else SME
        body = {
            "organisation_id": made.id,
            **said,
            "region": REGIONS[country],
            "cluster_id": cluster,
            "partnership_id": self.partnerships[country],
        }
        own = self.actor(made.id, Role.PARTICIPANT)
        one = register(session, own, ParticipantCreate.model_validate(body))
        submit(session, own, one)
        validate(session, self.office(country), one)
        return Side(made.id, one.id, country, role)

    def actor(self, organisation_id: str, *roles: Role) -> Actor:
        """Answer somebody who acts for an organisation today."""
        now = datetime(self.today.year, self.today.month, self.today.day, 10, tzinfo=UTC)
        may = allowed(roles, Standing.EDITOR, ())
        return Actor(f"client:{organisation_id}", now, "1" * 32, {organisation_id: may})

    def office(self, country: str) -> Actor:
        """Answer who runs a partnership."""
        return self.actor(self.offices[country], Role.PARTNERSHIP)

    def everybody(self) -> list[Actor]:
        """Answer both offices and every organisation."""
        taking_part = [self.actor(one.organisation_id, Role.PARTICIPANT) for one in self.sides]
        return [*(self.office(country) for country in REGIONS), *taking_part]

    def attempt(self, deed: Callable[[Session], object]) -> bool:
        """Do something in a transaction of its own; answer whether it went on. A refusal is one that is foreseen."""
        try:
            with self.database.transaction() as session:
                deed(session)
        except (Problem, sa.exc.IntegrityError) as error:
            problem = as_problem(error, CONSTRAINTS)
            if isinstance(problem, Unexpected):
                raise
            self.refused[problem.slug()] += 1
            return False
        return True

    def pass_days(self, days: int) -> None:
        """Let days pass."""
        self.today += timedelta(days=days)


def reachable(state: GrantState) -> frozenset[GrantState]:
    """Answer every state to which the table of moves leads."""
    found, waiting = {state}, [state]
    while waiting:
        for move in LIFE.moves_from(waiting.pop()):
            if move.target not in found:
                found.add(move.target)
                waiting.append(move.target)
    return frozenset(found)


REACHABLE = {state: reachable(state) for state in GrantState}


def everything_holds(stage: Stage) -> None:
    """Look at the whole database, and raise AssertionError where a rule is broken; each names its invariant."""
    with stage.database.session() as session:
        grants = list(session.scalars(sa.select(ExchangeGrant)))
        _books_balance(session, stage)
        for grant in grants:
            _money_fits(session, grant)
            _papers_fit(session, grant)
            if stage.before.get(grant.id) is not grant.state:
                stage.reached[grant.state.value] += 1
            assert grant.state in REACHABLE[stage.before.get(grant.id, S.BUILDING)], "moves are those of the table"
        _once(session, grants)
        stage.before = {one.id: one.state for one in grants}
        for partnership_id in stage.partnerships.values():
            counted = sum(one.state in COUNTED and one.visitor_partnership_id == partnership_id for one in grants)
            told = counts_of(session, [partnership_id], stage.today)
            assert told.get("CXC_EXCHANGES", 0) == counted, "20: counted once, for the VOP"


def _books_balance(session: Session, stage: Stage) -> None:
    assert list(book_faults(session)) == [], "19: what is kept is the sum of the entries"
    ids = [*stage.partnerships.values()]
    for partnership_id, held in held_in(session, ids).items():
        assert sum(held.values()) == 0, "19: the book sums to zero"
        assert all(cents >= 0 for account, cents in held.items() if account is not Account.FUNDING), "14: none below"
        assert sum(held[one] for one in BOUND) <= -held[Account.FUNDING], "14: never more than the budget"
        numbers = session.scalars(sa.select(LedgerEntry.number).filter_by(partnership_id=partnership_id)).all()
        assert sorted(numbers) == [*range(1, len(numbers) + 1)], "19: entries without gap"


def _money_fits(session: Session, grant: ExchangeGrant) -> None:
    held = held_for(session, grant.id)
    bound = {account.value: held[account] for account in (*BOUND, Account.RECOVERED) if held[account]}
    payable = grant.payable_cents or 0
    if grant.state in NOTHING_HELD:
        assert bound == {}, "13, 19: nothing is held"
    elif grant.state is S.AGREED:
        assert bound == ({"reserved": grant.agreed_cents} if grant.agreed_cents else {}), "14: reserved as agreed"
    elif grant.state is S.VALIDATED:
        live = [one for one in _payments(session, grant) if one.state in LIVE]
        assert bound == {"ordered" if live else "due": payable}, "15: due, or ordered once"
    elif grant.state is S.PAID:
        assert bound.get("paid", 0) + bound.get("recovered", 0) == payable, "16: paid is what was validated"
        assert set(bound) <= {"paid", "recovered"}, "19: nothing is left elsewhere"
    if grant.mode is ExchangeMode.VIRTUAL:
        assert not grant.agreed_cents, "13: virtual is not paid"
    assert payable <= (grant.agreed_cents or 0), "16: never more than agreed"


def _payments(session: Session, grant: ExchangeGrant) -> list[ExchangePayment]:
    return list(session.scalars(sa.select(ExchangePayment).filter_by(grant_id=grant.id)))


def _papers_fit(session: Session, grant: ExchangeGrant) -> None:
    if grant.state is S.AGREED or grant.state in COUNTED:
        digests = {kind: digest(content) for kind, content in documents_of(session, grant).items()}
        assert digests, "9: something was signed"
        assert missing_signatures(digests, signed_of(session, grant)) == [], "9: all have signed what is agreed"
        assert grant.calculation is not None, "10: the calculation is kept"
        told = AmountRead.model_validate(grant.calculation)
        assert (grant.agreed_cents or 0) <= (told.most_cents or 0) <= (told.ceiling_cents or 0), (
            "12: within the ceiling"
        )
    for payment in _payments(session, grant):
        assert standing_report(session, grant, ExchangeRole.VISITOR) is not None, "16: no payment without a report"
        assert proofs_of(session, grant), "16: no payment without evidence"
        assert payment.cents == grant.payable_cents, "16: ordered as validated"


def _once(session: Session, grants: Iterable[ExchangeGrant]) -> None:
    visits = Counter(
        one.visitor_organisation_id
        for one in grants
        if one.mode is ExchangeMode.PHYSICAL and one.state not in {S.CANCELLED, S.ABORTED}
    )
    assert max(visits.values(), default=0) <= 1, "7: one visit for an organisation"
    live = Counter(session.scalars(sa.select(ExchangePayment.grant_id).where(ExchangePayment.state.in_(LIVE))))
    assert max(live.values(), default=0) <= 1, "15: one payment for an exchange"
    shown = Counter(session.scalars(sa.select(ExchangeProof.sha256)))
    assert max(shown.values(), default=0) <= 1, "16: a file proves one exchange"
