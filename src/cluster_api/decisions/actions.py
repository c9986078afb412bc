"""What one can do with decisions: open, vote, change the chair, conclude, tell.

The board decides, the secretariat opens and tells, nobody who had a hand in the case or belongs to the applicant takes
part. The database keeps all of it by triggers besides (see the migration), so that no sequence of calls leads round it.
"""

from typing import Any

from sqlalchemy.orm import Session

from cluster_api.assessments.actions import move, tell_outcome
from cluster_api.assessments.models import Assessment
from cluster_api.assessments.queries import must, terms_of
from cluster_api.assessments.states import CASES, CaseState
from cluster_api.awards.actions import award_for, must_be_able_to_award
from cluster_api.clusters.states import Level
from cluster_api.decisions import rules
from cluster_api.decisions.errors import (
    AlreadyVoted,
    CaseNotReported,
    ConditionsOpen,
    DecidedOnAppeal,
    DecisionFinal,
    MajorityMissing,
    NoticeDayWrong,
    NotOnTheBoard,
    NotTheChair,
    OnlyPeopleVote,
    QuorumMissing,
    ReasonMissing,
    ReportBroken,
    RequirementsNotMet,
    VoterBarred,
)
from cluster_api.decisions.models import Decision, DecisionVote
from cluster_api.decisions.queries import (
    Panel,
    barred_from,
    board_members,
    bound_documents,
    case_of,
    data,
    decisions_of,
    facts_of,
    open_conditions,
    panel_of,
    votes_of,
    voting_rule_of,
)
from cluster_api.decisions.schemas import ChairChange, Conclusion, DecisionOpening, Notice, VoteCast
from cluster_api.decisions.states import DECIDING, FINAL, Bar, Choice, DecisionKind, DecisionState
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.numbers import draw_number
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.interviews.queries import must_be_released
from cluster_api.journal.actions import record
from cluster_api.reports.queries import digest_of, find_report
from cluster_api.scoring.rules import ENGINE, ROUNDING

PREFIX = "DE"
GONE = "Has come to belong to the case."


def open_decision(session: Session, actor: Actor, case: Assessment, given: DecisionOpening) -> Decision:
    """Open the decision about a reported case, or anew about a deferred one, and answer it.

    Raises:
        PermissionMissing, MoveNotAllowed: the case waits for no decision (domain invariant 20).
        ConditionsOpen: it was deferred, its conditions are not met, and their day is not past.
        ReportBroken: the report is not what was sealed, or not what its inputs give.
        NotOnTheBoard, VoterBarred: about the chair.
    """
    must(session, actor, case, Permission.ASSESSMENTS_RUN)
    CASES[case.level].find(case.state, "take_up")
    earlier = decisions_of(session, case.id)
    waits = open_conditions(session, case)
    if waits is not None and waits.deferred_until is not None and actor.today <= waits.deferred_until:
        raise ConditionsOpen(f"{waits.number} waits for its conditions until {waits.deferred_until}.")
    kind = DecisionKind.RESUMED if case.state is CaseState.DEFERRED else DecisionKind.FIRST
    # Who decided before an appeal stays out of everything that follows from it.
    previous_id = earlier[-1].previous_id if earlier else None
    _must_be_able_to_decide(session, case, str(given.chair_id), _panel(session, actor, case, previous_id)[1])
    move(session, actor, case, "take_up")
    return add_decision(session, actor, case, given, kind=kind, previous_id=previous_id)


def add_decision(
    session: Session, actor: Actor, case: Assessment, given: DecisionOpening, *, kind: DecisionKind,
    previous_id: str | None,
) -> Decision:  # fmt: skip
    """Bind report, editions, evidence, engine and rule of rounding; compute; and answer the open decision."""
    chair_id, (rule, panel) = str(given.chair_id), _panel(session, actor, case, previous_id)
    _must_be_able_to_decide(session, case, chair_id, panel)
    inputs = _inputs(session, case)
    result = rules.computed(inputs, *bound_documents(session, case.binding, case.level))
    if result["refusals"] != inputs.pop("refusals"):
        raise ReportBroken("What its inputs give is not what it says.")
    decision = Decision(
        id=str(uuid7()),
        number=draw_number(session, PREFIX, actor.today.year),
        assessment_id=case.id,
        serial=len(decisions_of(session, case.id)) + 1,
        kind=kind,
        previous_id=previous_id,
        state=DecisionState.OPEN,
        is_final=False,
        body=terms_of(session, case).decision_body[case.level].value,
        meeting_on=given.meeting_on,
        chair_id=chair_id,
        report_digest=inputs["report_digest"],
        inputs=inputs,
        inputs_digest=digest_of(inputs),
        engine=ENGINE,
        rounding=ROUNDING,
        result=result,
        result_digest=digest_of(result),
        passes=not result["refusals"],
        voting=rules.rule_as_kept(rule),
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(decision)
    session.flush()
    session.refresh(decision)
    details = {"number": decision.number, "case": case.number, "kind": kind.value, "inputs": decision.inputs_digest}
    record(session, actor.author, "decision.opened", subject(decision), details=details, after=facts_of(decision))
    return decision


def _panel(session: Session, actor: Actor, case: Assessment, previous_id: str | None) -> tuple[rules.VotingRule, Panel]:
    body = terms_of(session, case).decision_body[case.level].value
    rule = rules.voting_rule_on(data("voting"), actor.today, body)
    return rule, Panel(previous_id is not None, rule.recusal, actor.today)


def _inputs(session: Session, case: Assessment) -> dict[str, Any]:
    report = find_report(session, case)
    if report is None:
        raise CaseNotReported
    if digest_of(report.document) != report.digest:
        raise ReportBroken
    return {**rules.inputs_of(report.document, report.digest), "refusals": report.document["refusals"]}


def _must_be_able_to_decide(session: Session, case: Assessment, person_id: str, panel: Panel) -> None:
    if person_id not in board_members(session):
        raise NotOnTheBoard
    _must_not_be_barred(barred_from(session, case, panel).get(person_id, set()))


def _must_not_be_barred(bars: set[Bar]) -> None:
    if bars:
        named = sorted(bar.value for bar in bars)
        raise VoterBarred(f"This person takes no part: {', '.join(named)}.", members={"bars": named})


def vote(session: Session, actor: Actor, decision: Decision, given: VoteCast) -> DecisionVote:
    """Cast the caller's vote, or be recused; who is barred can only be recused.

    Raises:
        PermissionMissing, OnlyPeopleVote, VoterBarred: not this caller.
        MoveNotAllowed: the decision is concluded.
        AlreadyVoted: a vote is cast once, and afterwards only recused.
        RequirementsNotMet: the report does not reach the level (domain invariants 8 to 11).
        ConditionsOpen: the case was deferred, and what was asked for is not met.
    """
    actor.must(Permission.ASSESSMENTS_DECIDE)
    person_id = actor.caller.person_id
    if person_id is None:
        raise OnlyPeopleVote
    _must_be_open(decision, "vote")
    case = case_of(session, decision, for_change=True)
    if given.choice is not Choice.RECUSED:
        bars = barred_from(session, case, panel_of(decision)).get(person_id, set())
        runs = {Bar.RUNS_THE_PROCESS} if actor.can(Permission.ASSESSMENTS_RUN) else set()
        _must_not_be_barred(bars | runs)
        if person_id not in board_members(session):
            raise NotOnTheBoard
    if given.choice is Choice.GRANT and not decision.passes:
        lacking = decision.result["refusals"]
        raise RequirementsNotMet(f"Missing: {', '.join(lacking)}.", members={"refusals": lacking})
    if given.choice is Choice.GRANT and (waits := open_conditions(session, case)) is not None:
        raise ConditionsOpen(f"Those of {waits.number} are not met.")
    found = session.get(DecisionVote, (decision.id, person_id), populate_existing=True)
    if found is not None and (given.choice is not Choice.RECUSED or found.choice is Choice.RECUSED):
        raise AlreadyVoted
    before = None if found is None else {"choice": found.choice.value}
    if found is None:
        found = DecisionVote(decision_id=decision.id, person_id=person_id)
        session.add(found)
    found.choice, found.reason, found.cast_at = given.choice, given.reason, actor.now
    _touch(session, actor, decision)
    after = {"choice": given.choice.value}
    event = "decision.recused" if given.choice is Choice.RECUSED else "decision.voted"
    details = {"number": decision.number}
    record(session, actor.author, event, subject(decision), details=details, before=before, after=after)
    return found


def change_chair(session: Session, actor: Actor, decision: Decision, given: ChairChange) -> None:
    """Let another member of the board chair an open decision.

    Raises:
        MoveNotAllowed, NotOnTheBoard, VoterBarred: as named.
    """
    actor.must(Permission.ASSESSMENTS_RUN)
    _must_be_open(decision, "change_chair")
    case = case_of(session, decision, for_change=True)
    _must_be_able_to_decide(session, case, str(given.chair_id), panel_of(decision))
    before = facts_of(decision)
    decision.chair_id = str(given.chair_id)
    _changed(session, actor, decision, "decision.chair_changed", before, reason=given.reason)


def conclude(session: Session, actor: Actor, decision: Decision, given: Conclusion) -> None:
    """Conclude a decision as its votes say; raise DecidedOnAppeal for one made on an appeal, else as ``settle``."""
    actor.must(Permission.ASSESSMENTS_DECIDE)
    if decision.kind is DecisionKind.APPEAL:
        raise DecidedOnAppeal
    settle(session, actor, decision, given)


def settle(session: Session, actor: Actor, decision: Decision, given: Conclusion) -> Choice:
    """Conclude a decision as its votes say, move its case, and answer the outcome.

    The label of a case that is granted is awarded with the notice: until then the register shows nothing of it. Votes
    of people who have come to belong to the case since they voted become recusals first.

    Raises:
        PermissionMissing, NotTheChair, VoterBarred: not this caller.
        MoveNotAllowed: it is concluded.
        QuorumMissing, MajorityMissing: the votes decide nothing (domain invariant 19).
        ReasonMissing: what a refusal or a deferral must say.
        DecisionFinal: there is another final decision.
        AwardNotPossible, ClusterNotActive: the label cannot be awarded.
        BenchmarkNotReleased: the benchmark of a bronze case was declared void since its report was sealed.
    """
    actor.must(Permission.ASSESSMENTS_DECIDE)
    _must_be_open(decision, "conclude")
    if actor.caller.person_id != decision.chair_id:
        raise NotTheChair
    case = case_of(session, decision, for_change=True)
    _must_be_able_to_decide(session, case, decision.chair_id, panel_of(decision))
    outcome = _outcome(session, actor, case, decision)
    _must_say_enough(actor, outcome, given)
    before = facts_of(decision)
    _give_way(session, actor, case, decision, outcome)
    if outcome is Choice.GRANT and case.level is Level.BRONZE:
        must_be_released(session, case)
    if outcome is Choice.GRANT:
        must_be_able_to_award(session, actor, case)
    decision.reasons, decision.concluded_at = given.reasons, actor.now
    if outcome is Choice.DEFER:
        decision.conditions, decision.deferred_until = given.conditions, given.deferred_until
    DECIDING.apply(decision, outcome.value)
    decision.is_final = decision.state in FINAL
    details = {"number": decision.number, "outcome": decision.state.value, "final": decision.is_final}
    _changed(session, actor, decision, "decision.concluded", before, details=details)
    _move_case(session, actor, case, decision, outcome)
    return outcome


def _outcome(session: Session, actor: Actor, case: Assessment, decision: Decision) -> Choice:
    barred = barred_from(session, case, panel_of(decision))
    rule, votes = voting_rule_of(decision), votes_of(session, decision)
    for one in votes:
        if one.person_id in barred and one.choice is not Choice.RECUSED:
            one.choice, one.reason = Choice.RECUSED, GONE
            details = {"number": decision.number, "bars": sorted(barred[one.person_id])}
            record(session, actor.author, "decision.vote_set_aside", subject(decision), details=details)
    session.flush()
    chosen = {one.person_id: one.choice for one in votes}
    if lack := rules.quorum_lack(rule, chosen, board_members(session) - set(barred)):
        raise QuorumMissing(lack)
    outcome = rules.outcome_of(rule, chosen, decision.chair_id)
    if outcome is None:
        raise MajorityMissing
    return outcome


def _must_say_enough(actor: Actor, outcome: Choice, given: Conclusion) -> None:
    wanted = {"reasons": given.reasons} if outcome is not Choice.GRANT else {}
    if outcome is Choice.DEFER:
        wanted |= {"conditions": given.conditions}
        if given.deferred_until is None or given.deferred_until <= actor.today:
            wanted["deferred_until"] = None
    faults = [Fault(f"/body/{name}", "missing", "Say it.") for name, said in wanted.items() if said is None]
    if faults:
        raise ReasonMissing(f"To {outcome.value} wants {', '.join(wanted)}.", faults=faults)


def _give_way(session: Session, actor: Actor, case: Assessment, decision: Decision, outcome: Choice) -> None:
    """Let the decision that was appealed against give way, and reopen its case unless it is refused again."""
    holding = [one for one in decisions_of(session, case.id) if one.is_final]
    if decision.previous_id is None or any(one.id != decision.previous_id for one in holding):
        if holding:
            raise DecisionFinal
        return
    for one in holding:
        before = facts_of(one)
        one.is_final = False
        _changed(session, actor, one, "decision.replaced", before, details={"by": decision.number})
    if holding and outcome is not Choice.REFUSE:
        move(session, actor, case, "reopen", reason=f"Decision {decision.number}.")


def _move_case(session: Session, actor: Actor, case: Assessment, decision: Decision, outcome: Choice) -> None:
    # A case that was refused and is refused again on appeal stays where it is.
    if case.state is CaseState.IN_DECISION:
        # The reasons stand in the decision and are told with its notice.
        told = {"decision": decision.number}
        move(session, actor, case, outcome.value, reason=f"Decision {decision.number}.", details=told)


def notify(session: Session, actor: Actor, decision: Decision, given: Notice) -> None:
    """Record on which day the applicant was told, and award the label of a case that was granted.

    From then on the applicant sees the decision and the case as it is, and everybody the label. Whether it can be
    awarded was asked when the case was granted, and is asked again.

    Raises:
        AwardNotPossible: the label cannot be awarded any more; nothing is told before it can.
        MoveNotAllowed: it is open, or the applicant was told.
        NoticeDayWrong: before the decision, or in the future.
    """
    actor.must(Permission.ASSESSMENTS_RUN)
    if decision.concluded_at is None or decision.notified_on is not None:
        raise MoveNotAllowed("The applicant is told once, of a concluded decision.")
    if not civil_date(decision.concluded_at) <= given.notified_on <= actor.today:
        detail = f"Between {civil_date(decision.concluded_at)} and {actor.today}."
        raise NoticeDayWrong(detail, faults=[Fault("/body/notified_on", "out_of_range", detail)])
    before, case = facts_of(decision), case_of(session, decision, for_change=True)
    # A label that was awarded with its decision, as it was before, is not awarded again.
    if decision.state is DecisionState.GRANTED and decision.label_id is None:
        decision.label_id = award_for(session, actor, case, source=f"Decision {decision.number}").id
    decision.notified_on = given.notified_on
    _changed(session, actor, decision, "decision.notified", before)
    # One decision may be followed by another before anybody is told of the first.
    if all(one.notified_on is not None or one.concluded_at is None for one in decisions_of(session, case.id)):
        tell_outcome(session, case)


def _must_be_open(decision: Decision, verb: str) -> None:
    if decision.state is not DecisionState.OPEN:
        raise MoveNotAllowed(f"The decision is {decision.state.value}: {verb} is not possible any more.")


def _touch(session: Session, actor: Actor, decision: Decision) -> None:
    decision.version += 1
    decision.updated_at = actor.now
    session.flush()


def _changed(  # noqa: PLR0913 - what a line of the journal says
    session: Session, actor: Actor, decision: Decision, event: str, before: dict[str, Any], *,
    reason: str | None = None, details: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    _touch(session, actor, decision)
    record(
        session, actor.author, event, subject(decision), reason=reason, before=before, after=facts_of(decision),
        details=details or {"number": decision.number},
    )  # fmt: skip


def subject(decision: Decision) -> tuple[str, str]:
    """Answer how the journal names a decision."""
    return "decision", decision.id
