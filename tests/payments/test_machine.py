"""Random lives of participants, matches, grants, agreements and payments: after every step everything holds.

`EXCHANGES_EXAMPLES` lives of `EXCHANGES_STEPS` steps each; `make lives` lives a hundred thousand steps.
"""

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from cluster_api.foundation.canonical import digest
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.grants import actions as grants
from cluster_api.grants.models import ExchangeGrant
from cluster_api.grants.queries import documents_of, signed_of
from cluster_api.grants.rules import missing_signatures
from cluster_api.grants.schemas import ExchangePlan, ExchangeReportCreate, ExchangeSign, ProofCreate
from cluster_api.grants.states import DocumentKind, GrantState, Party
from cluster_api.identity.access import Actor
from cluster_api.ledger.actions import set_budget
from cluster_api.ledger.schemas import BudgetSet
from cluster_api.matches import actions as matches
from cluster_api.matches.models import ExchangeMatch
from cluster_api.matches.schemas import MatchPropose
from cluster_api.participants import actions as participants
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.partnerships.models import Partnership
from cluster_api.payments import actions as payments
from cluster_api.payments.models import ExchangePayment
from cluster_api.payments.queries import payer
from cluster_api.payments.schemas import PaymentRecover, PaymentsOrder
from cluster_api.payments.states import PaymentState
from cluster_api.rounds.states import ExchangeMode, ExchangeRole
from cluster_api.stays import actions as stays
from tests.bankfiles.given import RETURNED, entry, statement
from tests.payments.lives import REGIONS, Stage, everything_holds

EXAMPLES = int(os.environ.get("EXCHANGES_EXAMPLES", "6"))
"""How many random lives are lived on SQLite; a third of them on PostgreSQL."""
STEPS = int(os.environ.get("EXCHANGES_STEPS", "50"))
ACCOUNT = {"name": "Tides", "iban": "DE89370400440532013000"}
PAYEE = {"name": "Tide SME", "iban": "BE68539007547034"}
PLACE, COUNTRY = st.integers(0, 40), st.sampled_from(sorted(REGIONS))
OFFERED, DOCUMENT = st.sampled_from([None, 100, 39_000]), st.sampled_from(DocumentKind)
ANSWERS = {
    "paid": {},
    "failed": {"more": "<Sts>RJCT</Sts>"},
    "returned": {"side": "CRDT", "more": RETURNED},
    "pending": {"status": "PDNG"},
    "dollars": {"currency": "USD"},
}
Deed = Callable[[Session], object]


class Exchanges(RuleBasedStateMachine):
    """One life of the scheme."""

    stage: Stage
    steps = 0

    @initialize(levels=st.lists(st.integers(0, 4), max_size=4))
    def begin(self, levels: list[int]) -> None:
        """Let everybody in, with exchanges that are built, agreed, validated or paid already."""
        self.stage = Stage(type(self).stage.database)
        self.stage.refused, self.stage.reached = type(self).stage.refused, type(self).stage.reached
        self.stage.begin()
        for visitor, level in enumerate(levels):
            self.find_each_other(visitor, ExchangeMode.PHYSICAL)
            if level > 0:
                self.prepare(0, after=0, length=7)
            if level > 1:
                self.travel(0, early=0)
            if level > 2:
                self.pay("FR")
                self.pay("PT")

    @invariant()
    def holds(self) -> None:
        """Ask after every step whether every rule is kept."""
        type(self).steps += 1
        everything_holds(self.stage)

    def _nth(self, model: Any, at: int, *where: sa.ColumnElement[bool]) -> str | None:
        with self.stage.database.session() as session:
            keys = session.scalars(sa.select(model.id).where(*where).order_by(model.id)).all()
        return str(keys[at % len(keys)]) if keys else None

    def _who(self, at: int) -> Actor:
        everybody = self.stage.everybody()
        return everybody[at % len(everybody)]

    def _with(
        self, model: Any, at: int, deed: Callable[[Session, Any], object], *where: sa.ColumnElement[bool]
    ) -> bool:
        key = self._nth(model, at, *where)
        return key is not None and self.stage.attempt(lambda session: deed(session, session.get_one(model, key)))

    # --- participants and matches

    @rule(at=PLACE, who=PLACE, verb=st.sampled_from(["suspend", "withdraw", "validate", "submit"]))
    def move_participant(self, at: int, who: int, verb: str) -> None:
        """Do something with a participant, rarely as somebody who may."""
        actor = self._who(who)
        said: dict[str, Callable[[Session, ExchangeParticipant], object]] = {
            "suspend": lambda session, one: participants.judge(session, actor, one, "suspend", reason="Why."),
            "withdraw": lambda session, one: participants.withdraw(session, actor, one),
            "validate": lambda session, one: participants.validate(session, actor, one),
            "submit": lambda session, one: participants.submit(session, actor, one),
        }
        if at % 3 == 0:
            self._with(ExchangeParticipant, at, said[verb])

    @rule(visitor=PLACE, host=PLACE, who=PLACE)
    def propose(self, visitor: int, host: int, who: int) -> None:
        """Propose any two, as anybody."""
        sides = self.stage.sides
        pair = {
            "visitor_id": sides[visitor % len(sides)].participant_id,
            "host_id": sides[host % len(sides)].participant_id,
        }
        given, actor = MatchPropose.model_validate(pair), self._who(who)
        self.stage.attempt(lambda session: matches.propose(session, actor, given))

    @rule(at=PLACE, who=PLACE, is_accepted=st.booleans())
    def answer(self, at: int, who: int, is_accepted: bool) -> None:
        """Accept or decline a match, as anybody."""
        actor = self._who(who)
        deed = matches.accept if is_accepted else lambda *given: matches.decline(*given, reason="No.")
        self._with(ExchangeMatch, at, lambda session, one: deed(session, actor, one))

    @rule(at=PLACE, who=PLACE, mode=st.sampled_from(ExchangeMode))
    def build(self, at: int, who: int, mode: ExchangeMode) -> None:
        """Build an exchange of a match, as anybody."""
        actor = self._who(who)
        self._with(ExchangeMatch, at, lambda session, one: grants.build(session, actor, one, mode))

    @rule(visitor=PLACE, mode=st.sampled_from(ExchangeMode))
    def find_each_other(self, visitor: int, mode: ExchangeMode) -> None:
        """Let a visitor and the host of the other country propose, accept and build, as it should be."""
        guests = [one for one in self.stage.sides if one.role is ExchangeRole.VISITOR]
        guest = guests[visitor % len(guests)]
        host = next(one for one in self.stage.sides if one.role is ExchangeRole.HOST and one.country != guest.country)
        own, other = (self._of(one.organisation_id) for one in (guest, host))
        given = MatchPropose.model_validate({"visitor_id": guest.participant_id, "host_id": host.participant_id})

        def deed(session: Session) -> None:
            match = matches.propose(session, own, given)
            matches.accept(session, other, match)
            grants.build(session, own, match, mode)

        self.stage.attempt(deed)

    def _of(self, organisation_id: str) -> Actor:
        return next(one for one in self.stage.everybody() if organisation_id in one.mandates)

    # --- grants

    @rule(
        at=PLACE,
        who=PLACE,
        after=st.integers(-3, 12),
        length=st.integers(0, 33),
        offered=st.sampled_from([None, 100, 39_000]),
    )
    def plan(self, at: int, who: int, after: int, length: int, offered: int | None) -> None:
        """Change a plan, as anybody; an agreed one is opened again."""
        begins_on = self.stage.today + timedelta(days=after)
        said: dict[str, Any] = {"begins_on": begins_on, "ends_on": begins_on + timedelta(days=length)}
        if offered is not None:
            said["offered_cents"] = offered
        actor, patch = self._who(who), ExchangePlan.model_validate(said)
        self._with(ExchangeGrant, at, lambda session, one: grants.plan(session, actor, one, patch))

    @rule(
        at=PLACE, who=PLACE, party=st.sampled_from(Party), document=st.sampled_from(DocumentKind), is_read=st.booleans()
    )
    def sign(self, at: int, who: int, party: Party, document: DocumentKind, is_read: bool) -> None:
        """Sign for any party as anybody, what stands there or something else."""
        actor = self._who(who)

        def deed(session: Session, grant: ExchangeGrant) -> None:
            documents = documents_of(session, grant)
            now = digest(documents[document]) if is_read and document in documents else "0" * 64
            given = ExchangeSign.model_validate({"document": document, "party": party, "digest": now})
            grants.sign(session, actor, grant, given)

        self._with(ExchangeGrant, at, deed)

    @rule(at=PLACE, after=st.integers(0, 5), length=st.integers(2, 11))
    def prepare(self, at: int, after: int, length: int) -> None:
        """Let the parties plan, sign and agree, as it should be; budget and rules may still refuse."""
        begins_on = self.stage.today + timedelta(days=after)
        said = {
            "begins_on": begins_on, "ends_on": begins_on + timedelta(days=length), "goals": "Markets.",
            "agenda": [{"day": begins_on, "text": "Laboratory."}], "account": PAYEE,
        }  # fmt: skip
        patch = ExchangePlan.model_validate(said)

        def deed(session: Session, grant: ExchangeGrant) -> None:
            actors = self._parties(session, grant)
            grants.plan(session, actors[Party.VO], grant, patch)
            documents = documents_of(session, grant)
            digests = {kind: digest(content) for kind, content in documents.items()}
            for kind, party in missing_signatures(digests, signed_of(session, grant)):
                given = ExchangeSign.model_validate({"document": kind, "party": party, "digest": digests[kind]})
                grants.sign(session, actors[party], grant, given)
            grants.agree(session, actors[Party.VOP], grant)

        self._with(ExchangeGrant, at, deed, ExchangeGrant.state == GrantState.BUILDING)

    def _parties(self, session: Session, grant: ExchangeGrant) -> dict[Party, Actor]:
        offices = (session.get_one(Partnership, key).organisation_id
                   for key in (grant.visitor_partnership_id, grant.host_partnership_id))  # fmt: skip
        ids = (grant.visitor_organisation_id, grant.host_organisation_id, *offices)
        return {party: self._of(key) for party, key in zip(Party, ids, strict=True)}

    @rule(at=PLACE, who=PLACE, verb=st.sampled_from(["agree", "cancel", "give_back", "validate", "abort"]))
    def move_grant(self, at: int, who: int, verb: str) -> None:
        """Do something with an exchange, as anybody."""
        actor = self._who(who)
        said: dict[str, Callable[[Session, ExchangeGrant], object]] = {
            "agree": lambda session, one: grants.agree(session, actor, one),
            "cancel": lambda session, one: grants.cancel(session, actor, one, reason="Why."),
            "give_back": lambda session, one: stays.give_back(session, actor, one, reason="Why."),
            "validate": lambda session, one: stays.validate(session, actor, one),
            "abort": lambda session, one: stays.abort(session, actor, one, reason="Why."),
        }
        self._with(ExchangeGrant, at, said[verb])

    @rule(at=PLACE, who=PLACE, side=st.sampled_from(ExchangeRole), early=st.integers(-1, 6), file=st.integers(0, 9))
    def report(self, at: int, who: int, side: ExchangeRole, early: int, file: int) -> None:
        """Report, and show a file that somebody may have shown before, as anybody."""
        actor = self._who(who)
        proof = ProofCreate.model_validate({"kind": "boarding_pass", "sha256": f"{file:064x}", "text": "Flight."})

        def told(session: Session, grant: ExchangeGrant) -> None:
            until = None if grant.ends_on is None else grant.ends_on - timedelta(days=early)
            given = ExchangeReportCreate.model_validate({"side": side, "text": "Done.", "done_until": until})
            stays.report(session, actor, grant, given)

        self._with(ExchangeGrant, at, told)
        self._with(ExchangeGrant, at, lambda session, grant: stays.show_proof(session, actor, grant, proof))

    @rule(at=PLACE, early=st.integers(0, 4))
    def travel(self, at: int, early: int) -> None:
        """Let the days of an agreed stay pass, and the visitor report, prove and be validated, as it should be."""
        is_agreed = ExchangeGrant.state == GrantState.AGREED
        key = self._nth(ExchangeGrant, at, is_agreed)
        with self.stage.database.session() as session:
            grant = session.get(ExchangeGrant, key) if key else None
            if grant is None or grant.ends_on is None:
                return
            days = (grant.ends_on - self.stage.today).days + 1
        self.stage.pass_days(max(days, 0))

        def deed(session: Session, one: ExchangeGrant) -> None:
            actors = self._parties(session, one)
            until = one.ends_on and one.ends_on - timedelta(days=early)
            said: dict[str, Any] = {"side": ExchangeRole.VISITOR, "text": "Done.", "done_until": until}
            said["is_force_majeure"] = early == 3
            stays.report(session, actors[Party.VO], one, ExchangeReportCreate.model_validate(said))
            shown = {"kind": "boarding_pass", "sha256": digest(str(uuid7())), "text": "Flight."}
            stays.show_proof(session, actors[Party.VO], one, ProofCreate.model_validate(shown))
            stays.validate(session, actors[Party.VOP], one)

        self._with(ExchangeGrant, at, deed, is_agreed)

    # --- money and days

    @rule(country=COUNTRY, who=PLACE, is_own=st.booleans())
    def order(self, country: str, who: int, is_own: bool) -> None:
        """Order what is due, as the office or as anybody."""
        actor = self.stage.office(country) if is_own else self._who(who)
        key = self.stage.partnerships[country]
        said = {"partnership_id": key, "account": ACCOUNT, "execution_on": self.stage.today}
        given = PaymentsOrder.model_validate(said)

        def deed(session: Session) -> None:
            payments.order(session, actor, payer(session, actor, key), given)

        self.stage.attempt(deed)

    @rule(country=COUNTRY, at=PLACE, answers=st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=3),
          amount=st.sampled_from([0, 0, 0, -100]), is_known=st.booleans())  # fmt: skip
    def hear_from_the_bank(self, country: str, at: int, answers: list[str], amount: int, is_known: bool) -> None:
        """Read a statement: of orders and of nothing, in full or in part, repeated and contradicting itself."""
        with self.stage.database.session() as session:
            statement_of = sa.select(ExchangePayment.end_to_end_id, ExchangePayment.cents)
            rows = session.execute(statement_of.order_by(ExchangePayment.id)).all()
        reference, cents = rows[at % len(rows)] if rows and is_known else ("NOBODY", 78_000)
        euros = f"{(cents + amount) / 100:.2f}"
        lines = [entry(reference, euros, **{"day": self.stage.today.isoformat(), **ANSWERS[one]}) for one in answers]
        actor, key = self.stage.office(country), self.stage.partnerships[country]

        def deed(session: Session) -> None:
            payments.read_statement(session, actor, payer(session, actor, key), statement(*lines))

        self.stage.attempt(deed)

    @rule(country=COUNTRY)
    def pay(self, country: str) -> None:
        """Order all that is due, and let the bank pay all that is ordered, as it should be."""
        self.order(country, 0, is_own=True)
        actor, key = self.stage.office(country), self.stage.partnerships[country]
        with self.stage.database.session() as session:
            P = ExchangePayment  # noqa: N806 - one word for the table
            ordered = sa.select(P.end_to_end_id, P.cents).where(
                P.partnership_id == key, P.state == PaymentState.ORDERED
            )
            told = {"day": self.stage.today.isoformat()}
            lines = [entry(one, f"{cents / 100:.2f}", **told) for one, cents in session.execute(ordered)]

        def deed(session: Session) -> None:
            payments.read_statement(session, actor, payer(session, actor, key), statement(*lines))

        if lines:
            assert self.stage.attempt(deed)

    @rule(country=COUNTRY, at=PLACE, cents=st.sampled_from([1, 39_000, 78_000, 90_000]))
    def recover(self, country: str, at: int, cents: int) -> None:
        """Take money back, of any exchange."""
        actor, key = self.stage.office(country), self.stage.partnerships[country]

        def deed(session: Session, grant: ExchangeGrant) -> None:
            said = {"partnership_id": UUID(key), "number": grant.number, "cents": cents, "reason": "Why."}
            given = PaymentRecover.model_validate(said)
            payments.recover(session, actor, payer(session, actor, key), given)

        self._with(ExchangeGrant, at, deed)

    @rule(country=COUNTRY, cents=st.sampled_from([0, 78_000, 150_000, 200_000, 400_000]))
    def set_budget(self, country: str, cents: int) -> None:
        """Give more or less."""
        actor, given = self.stage.office(country), BudgetSet(budget_cents=cents, reason="Why.")
        key = self.stage.partnerships[country]
        self.stage.attempt(lambda session: set_budget(session, actor, session.get_one(Partnership, key), given))

    @rule(days=st.integers(1, 9))
    def wait(self, days: int) -> None:
        """Let days pass."""
        self.stage.pass_days(days)


def test_programme_invariants_7_and_9_and_12_to_16_and_19_and_20_hold_after_every_step(database: Database) -> None:
    class Here(Exchanges):
        stage = Stage(database)

    many = settings(
        max_examples=EXAMPLES if database.is_sqlite else max(1, EXAMPLES // 3),
        stateful_step_count=STEPS,
        # To make a failure smaller takes many minutes: only who asks for more lives waits for that.
        phases=[Phase.generate] if EXAMPLES <= 6 else [Phase.generate, Phase.shrink],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Here, settings=many)
    assert Here.steps > 0
    told = {"steps": Here.steps, "reached": dict(Here.stage.reached), "refused": dict(Here.stage.refused.most_common())}
    sys.stdout.write(f"{told}\n")
