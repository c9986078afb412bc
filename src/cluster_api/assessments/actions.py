"""What one can do with cases: apply, submit, return, admit, reject, contract, withdraw, abandon, expire.

Every verb asks whether the caller may, asks the rules to which the case is bound, moves the case, and writes one
journal line. Moves that need sheets, assessors or a report are made by the areas above, through ``move``.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments import rules
from cluster_api.assessments.errors import (
    ApplicationTooEarly,
    AssessmentOpen,
    CaseNotOpen,
    CaseNotStalled,
    ChecksFailed,
    ClusterNotActive,
    EligibilityNotMet,
    LabelHeld,
    ProcessNotOffered,
    ReasonNotApplicable,
    RenewalNotPossible,
)
from cluster_api.assessments.models import Assessment
from cluster_api.assessments.queries import (
    benchmarks_of,
    data,
    facts_of,
    held_label,
    is_untold,
    last_refused,
    must,
    read_checks,
    refused_on,
    state_shown,
    terms_of,
    unmet_of,
)
from cluster_api.assessments.schemas import AssessmentCreate, CheckOutcome, ContractGiven
from cluster_api.assessments.states import (
    CASES,
    EVENTS,
    PERMISSION_OF,
    STALLING,
    TOLD_BY_NOTICE,
    WITHOUT_CLUSTER,
    CaseState,
)
from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.queries import get_cluster
from cluster_api.clusters.states import ClusterStatus
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.numbers import draw_number
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.journal.queries import history_length
from cluster_api.labels.models import Label
from cluster_api.methodology.queries import Edition, editions
from cluster_api.methodology.rules import add_months, price_of
from cluster_api.methodology.schemas import PriceList, RuleSetDocument
from cluster_api.methodology.states import CaseKind, MethodologyKind

PREFIX = "AS"
OF_PARTIES = frozenset({Permission.ASSESSMENTS_WRITE, Permission.ASSESSMENTS_SCORE})
"""What applicant and assessors may do with a case."""


def apply(session: Session, actor: Actor, given: AssessmentCreate) -> Assessment:
    """Open a case for a cluster and a level, bind its documents and its price, and answer it.

    What is in force today is bound for the whole life of the case (domain invariants 13 and 22).

    Raises:
        ClusterNotFound, ClusterNotActive: there is no such cluster of the caller, or it does not stand by itself.
        ProcessNotOffered: there is no such process, or no price for it.
        RenewalNotPossible: there is no label of this level to renew today.
        LabelHeld: a label of this level is valid today, so that it is renewed and not applied for anew.
        ApplicationTooEarly: a refusal is not long enough ago.
        AssessmentOpen: there is an open case (said by the database), or one of whose end the cluster was not told.
    """
    cluster = get_cluster(session, actor, str(given.cluster_id))
    _must_apply(actor, cluster)
    day = actor.today
    binding, price_cents, rule_set = _bound(session, given, day)
    held = held_label(session, cluster.id, given.level)
    until = held.valid_until if held is not None and given.kind is CaseKind.RENEWAL else None
    _refuse_early(session, cluster, given, held, rule_set, day)
    if is_untold(session, cluster.id, given.level):
        raise AssessmentOpen
    case = Assessment(
        id=str(uuid7()),
        number=draw_number(session, PREFIX, day.year),
        cluster_id=cluster.id,
        level=given.level,
        kind=given.kind,
        mode=given.mode,
        state=CaseState.DRAFT,
        state_since=day,
        reason=None,
        binding=binding,
        price_cents=price_cents,
        previous_valid_until=until,
        first_benchmark_on=given.first_benchmark_on,
        second_benchmark_on=given.second_benchmark_on,
        checklist={},
        waivers={},
        visit_dates=[],
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(case)
    session.flush()
    session.refresh(case)
    told = {"number": case.number, "level": case.level.value, "kind": case.kind.value, "price_cents": price_cents}
    record(session, actor.author, "assessment.opened", subject(case), details=told, after=facts_of(case))
    return case


def _must_apply(actor: Actor, cluster: Cluster) -> None:
    is_own = cluster.owner_id is not None and actor.can(Permission.ASSESSMENTS_WRITE, within=cluster.owner_id)
    if not is_own or actor.caller.cluster_id not in {None, cluster.id}:
        # A cluster that everybody may see is still not everybody's to apply for.
        if actor.can(Permission.ASSESSMENTS_WRITE):
            raise ClusterNotFound
        actor.refuse(Permission.ASSESSMENTS_WRITE)
    if cluster.status is not ClusterStatus.ACTIVE:
        raise ClusterNotActive(f"The cluster is {cluster.status.value}.")


def _bound(session: Session, given: AssessmentCreate, day: date) -> tuple[dict[str, Any], int, RuleSetDocument]:
    process = rules.process_on(data("processes"), given.level, day)
    if process is None:
        raise ProcessNotOffered(f"There are no cases of {given.level.value} on {day}.")
    # Bronze has no indicators: the questionnaire is bound to its benchmark.
    scored = {"indicator_set": (MethodologyKind.INDICATOR_SET, process.indicators)} if process.indicators else {}
    wanted = {
        "rule_set": (MethodologyKind.RULE_SET, ""),
        **scored,
        "eligibility_set": (MethodologyKind.ELIGIBILITY_SET, process.eligibility),
        "prices": (MethodologyKind.PRICE_LIST, process.prices),
    }
    found = {name: _in_force(session, kind, family, day) for name, (kind, family) in wanted.items()}
    prices: PriceList = found["prices"].document
    price = price_of(prices, given.level, given.kind, given.mode)
    if price is None:
        asked = f"{given.level.value}, {given.kind.value}, {given.mode.value}"
        raise ProcessNotOffered(f"The price list {found['prices'].code} has no price for {asked}.")
    told = {name: {"code": one.code, "version": one.version, "digest": one.digest} for name, one in found.items()}
    return told, price.net_cents, found["rule_set"].document


def _in_force(session: Session, kind: MethodologyKind, family: str, day: date) -> Edition:
    applying = [
        one
        for one in editions(session, kind=kind)
        if one.applies_on(day) and (not family or rules.is_of_family(one.code, family))
    ]
    if not applying:
        raise ProcessNotOffered(f"No {kind.value} applies on {day}.")
    return max(applying, key=lambda one: (one.applies_from or day, one.version))


def _refuse_early(
    session: Session,
    cluster: Cluster,
    given: AssessmentCreate,
    held: Label | None,
    rule_set: RuleSetDocument,
    day: date,
) -> None:
    if held is None:
        if given.kind is CaseKind.RENEWAL:
            raise RenewalNotPossible(f"The register shows no {given.level.value} label of this cluster.")
    else:
        opens, closes = rules.renewal_window(held.valid_until, rule_set.terms)
        told = f"{held.number}, which ends on {held.valid_until}, is renewed from {opens} to {closes}."
        if given.kind is CaseKind.RENEWAL and not opens <= day <= closes:
            raise RenewalNotPossible(told)
        if given.kind is CaseKind.FIRST and day <= held.valid_until:
            raise LabelHeld(told)
    refused = last_refused(session, cluster.id, given.level)
    if refused is not None:
        since = refused_on(refused)
        again = add_months(since, terms_of(session, refused).reapplication_months.value)
        if day < again:
            raise ApplicationTooEarly(f"{refused.number} was refused on {since}; apply from {again} on.")


def submit(session: Session, actor: Actor, case: Assessment) -> None:
    """Submit an application, or submit it again; raise EligibilityNotMet while the checklist is not answered."""
    must_be_able(session, actor, case, "submit")
    if not case.checklist:
        raise EligibilityNotMet("The checklist is not answered.", members={"criteria": []})
    move(session, actor, case, "submit")


def send_back(session: Session, actor: Actor, case: Assessment, *, reason: str) -> None:
    """Return an application to the applicant, who changes it and submits it again."""
    move(session, actor, case, "return", reason=reason)


def admit(session: Session, actor: Actor, case: Assessment) -> None:
    """Find the applicant eligible.

    Raises:
        EligibilityNotMet: a criterion is neither met nor waived.
        ChecksFailed: a check that must not fail does, or cannot be made.
    """
    must_be_able(session, actor, case, "admit")
    if unmet := unmet_of(session, case):
        raise EligibilityNotMet(f"Neither met nor waived: {', '.join(unmet)}.", members={"criteria": unmet})
    checks = read_checks(session, actor, case).checks
    failed = [one.code for one in checks if one.blocks and one.outcome is not CheckOutcome.PASSED]
    if failed:
        raise ChecksFailed(f"Failed, or not to be made: {', '.join(failed)}.", members={"checks": failed})
    # What the case was admitted on stays with it, whatever benchmarks come later. That of bronze is still to come.
    found = benchmarks_of(session, case)
    case.first_benchmark_on, case.second_benchmark_on = found.first, found.second
    move(session, actor, case, "admit", details={"benchmarks_on": [day.isoformat() for day in found.days]})


def reject(session: Session, actor: Actor, case: Assessment, *, reason: str) -> None:
    """End an application that is not eligible; one that meets every criterion is not ended so.

    Raises:
        ReasonNotApplicable: every criterion is met or waived and no check fails.
    """
    must_be_able(session, actor, case, "reject")
    failed = [
        one for one in read_checks(session, actor, case).checks if one.blocks and one.outcome is CheckOutcome.FAILED
    ]
    if not unmet_of(session, case) and not failed:
        raise ReasonNotApplicable("Every criterion is met or waived and no check fails: return it, or admit it.")
    move(session, actor, case, "reject", reason=reason)


def contract(session: Session, actor: Actor, case: Assessment, given: ContractGiven) -> None:
    """Record the contract, at the price that was bound when the case was opened (domain invariant 22)."""
    must_be_able(session, actor, case, "contract")
    opened_on = civil_date(case.created_at)
    if not opened_on <= given.concluded_on <= actor.today:
        detail = f"A contract is concluded between {opened_on}, when the case was opened, and today."
        raise CaseNotOpen(detail, faults=[Fault("/body/concluded_on", "out_of_range", detail)])
    case.contract_reference, case.contracted_on = given.reference, given.concluded_on
    move(session, actor, case, "contract")


def prepare(session: Session, actor: Actor, case: Assessment) -> None:
    """Open the self-assessment to the cluster."""
    move(session, actor, case, "prepare")


def withdraw(session: Session, actor: Actor, case: Assessment, *, reason: str) -> None:
    """Withdraw a case before its visit has taken place; earlier labels are untouched."""
    move(session, actor, case, "withdraw", reason=reason)


def abandon(session: Session, actor: Actor, case: Assessment, *, reason: str) -> None:
    """End the case of a cluster that does not stand by itself any more; raise ReasonNotApplicable for others."""
    must_be_able(session, actor, case, "abandon")
    if case.cluster.status is ClusterStatus.ACTIVE:
        raise ReasonNotApplicable
    move(session, actor, case, "abandon", reason=reason)


def expire(session: Session, actor: Actor, case: Assessment) -> None:
    """End a case that had no visit in the months after its contract; raise CaseNotStalled before that."""
    must_be_able(session, actor, case, "expire")
    last = rules.expires_on(case.contracted_on or actor.today, terms_of(session, case))
    if actor.today <= last:
        raise CaseNotStalled(f"It expires after {last}.")
    move(session, actor, case, "expire", reason=f"No visit by {last}.")


def expire_stalled(session: Session, actor: Actor) -> int:
    """End every case that had no visit in the months after its contract, and answer how many."""
    statement = sa.select(Assessment).where(Assessment.state.in_(STALLING)).order_by(Assessment.id)
    ended = 0
    for case in session.scalars(statement.with_for_update(of=Assessment)):
        last = rules.expires_on(case.contracted_on or actor.today, terms_of(session, case))
        if actor.today > last:
            expire(session, actor, case)
            ended += 1
    return ended


def must_be_able(session: Session, actor: Actor, case: Assessment, verb: str) -> None:
    """Raise unless the caller may make this move, it exists from the present state, and the cluster stands.

    Raises:
        CredentialsRequired, PermissionMissing, MoveNotAllowed, ClusterNotActive: as named.
    """
    permission = Permission(PERMISSION_OF[verb])
    must(session, actor, case, permission)
    # Of applicant and assessors nothing is possible any more that was not possible before the decision.
    CASES[case.level].find(state_shown(actor, case) if permission in OF_PARTIES else case.state, verb)
    if verb not in WITHOUT_CLUSTER:
        must_stand(case)


def must_stand(case: Assessment) -> None:
    """Raise ClusterNotActive if the cluster was closed, merged or split in mid-case."""
    if case.cluster.status is not ClusterStatus.ACTIVE:
        raise ClusterNotActive(f"The cluster is {case.cluster.status.value}.")


def must_be_in(case: Assessment, *states: CaseState) -> None:
    """Raise CaseNotOpen unless the case is in one of these states."""
    if case.state not in states:
        possible = " or ".join(state.value for state in states)
        raise CaseNotOpen(f"This is possible while the case is {possible}.")


def move(
    session: Session,
    actor: Actor,
    case: Assessment,
    verb: str,
    *,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Make a move of the case: what every verb here and above ends with.

    Raises:
        CredentialsRequired, PermissionMissing, MoveNotAllowed, ClusterNotActive: as named.
    """
    must_be_able(session, actor, case, verb)
    before = facts_of(case)
    if verb in TOLD_BY_NOTICE and case.shown is None:
        _keep_shown(session, case)
    CASES[case.level].apply(case, verb)
    case.state_since, case.reason = actor.today, reason
    touch(session, actor, case)
    told = {"number": case.number, **(details or {})}
    record(
        session, actor.author, EVENTS[verb], subject(case), reason=reason, details=told, before=before,
        after=facts_of(case),
    )  # fmt: skip


def _keep_shown(session: Session, case: Assessment) -> None:
    case.shown_state = case.state
    case.shown = {
        "state_since": case.state_since.isoformat(),
        "reason": case.reason,
        "version": case.version,
        "updated_at": case.updated_at.isoformat(),
        "lines": history_length(session, *subject(case)),
    }


def tell_outcome(session: Session, case: Assessment) -> None:
    """Show a case as it is to everybody who may know of it: its applicant was told. The caller has locked it."""
    case.shown_state = case.shown = None
    session.flush()


def touch(session: Session, actor: Actor, case: Assessment) -> None:
    """Raise the version of a case that was changed."""
    case.version += 1
    case.updated_at = actor.now
    session.flush()


def subject(case: Assessment) -> tuple[str, str]:
    """Answer how the journal names a case."""
    return "assessment", case.id
