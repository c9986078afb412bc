"""What a label is on a day: how long it is valid, whether it may be renewed, how it stands and why.

Pure answers from dates and events, so that a domain expert can read them and any past day can be judged again. Two
times are kept apart: ``at`` is the day asked about, ``known_at`` the instant whose knowledge counts (none: all of it).
The rules of validity and renewal are published at https://www.cluster-analysis.org/benchmarked-clusters.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from cluster_api.clusters.states import Level
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import is_well_formed, normalised_number
from cluster_api.labels.states import ChainFaultCode, LabelEventKind, RenewalCode, Standing, VerdictStep
from cluster_api.methodology.rules import add_months, end_of_month
from cluster_api.methodology.schemas import ExpiryMode, RuleSet


@dataclass(frozen=True, slots=True)
class Validity:
    """A span of days, first and last included."""

    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class RenewalAnswer:
    """Whether a label may be renewed and why, the first day to ask for it and the last day to be visited."""

    code: RenewalCode
    sentence: str
    opens_on: date
    closes_on: date


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What happened to a label: the day from which it counts and the instant of its record."""

    kind: LabelEventKind
    effective_on: date
    recorded_at: datetime
    valid_from: date | None = None
    valid_until: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """What the rules need of a label; dates carried by its events take precedence over its own."""

    number: str
    level: Level
    valid_from: date
    valid_until: date
    recorded_at: datetime
    events: tuple[EventFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelSpan:
    """The level that one holder shows from one day to another (both included), and the label that gives it."""

    level: Level
    starts_on: date
    ends_on: date
    number: str


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One label of a chain: the first award, or a renewal of ``previous``."""

    number: str
    previous: str | None
    holder: str
    level: Level
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Step:
    """One question of a verification: passed, failed, or (none) not asked because an earlier one failed."""

    code: VerdictStep
    passed: bool | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a verification and the steps that lead to it."""

    standing: Standing
    steps: tuple[Step, ...]


def first_validity(assessed_on: date, rules: RuleSet) -> Validity:
    """Answer the validity of a first label: from the day of the assessment, for the months of the rule set.

    Counted from the day, 2019-07-25 gives 2021-07-25; "from the month", 2024-03-14 gives 2026-03-31.
    """
    until = add_months(assessed_on, rules.first_validity_months)
    return Validity(assessed_on, end_of_month(until) if rules.expiry_mode is ExpiryMode.END_OF_MONTH else until)


def may_renew(old_until: date, visited_on: date, asked_on: date, rules: RuleSet) -> RenewalAnswer:
    """Answer whether a label that ends (or ended) on ``old_until`` may be renewed.

    It may be asked from the lead before its end, and be visited up to the grace after it ("up to one year after
    expiry"). A visit after the grace is a first award and opens a new chain, whenever it was asked.
    """
    opens_on = add_months(old_until, -rules.renewal_lead_months)
    closes_on = add_months(old_until, rules.renewal_grace_months)
    code, sentence = RenewalCode.ALLOWED, f"It can be renewed by a visit up to {closes_on}."
    if visited_on > closes_on:
        code, sentence = RenewalCode.TOO_LATE, f"A visit after {closes_on} is for a first award, not for a renewal."
    elif asked_on < opens_on:
        code, sentence = RenewalCode.TOO_EARLY, f"Its renewal can be asked for from {opens_on}."
    return RenewalAnswer(code, sentence, opens_on, closes_on)


def renewal_validity(old_until: date, rules: RuleSet) -> Validity:
    """Answer the validity of a renewal: seamlessly from the day after the old end, whenever the visit was.

    Where labels end with the month, the end of a month stays one: 2025-02-28 and 36 months give 2028-02-29. An old end
    inside a month (from an older rule set) stays on its day, because three years from the old end are promised.
    """
    until = add_months(old_until, rules.renewal_validity_months)
    ends_with_month = rules.expiry_mode is ExpiryMode.END_OF_MONTH and old_until == end_of_month(old_until)
    return Validity(old_until + timedelta(days=1), end_of_month(until) if ends_with_month else until)


def as_known(label: LabelFacts, known_at: datetime | None) -> LabelFacts | None:
    """Answer the label as it was on record at an instant, or none if it was not yet.

    Later events are left out, and the validity is that of the last award or correction recorded by then.
    """
    if known_at is not None and label.recorded_at > known_at:
        return None
    if not label.events:
        return label
    told = (event for event in label.events if known_at is None or event.recorded_at <= known_at)
    events = tuple(sorted(told, key=lambda event: event.recorded_at))
    valid_from, valid_until = label.valid_from, label.valid_until
    for event in events:
        if event.kind in {LabelEventKind.AWARDED, LabelEventKind.CORRECTED}:
            valid_from = event.valid_from or valid_from
            valid_until = event.valid_until or valid_until
    return replace(label, valid_from=valid_from, valid_until=valid_until, events=events)


def standing(
    label: LabelFacts, others_of_holder: Iterable[LabelFacts], at: date, known_at: datetime | None = None
) -> Standing:
    """Answer what a label is on a day, as known at an instant.

    A withdrawal is the end of a label: it stays withdrawn after its validity, and no later event revives it. The label
    itself may be among the others of its holder.
    """
    known = as_known(label, known_at)
    if known is None:
        return Standing.UNKNOWN
    own = _own_standing(known, at)
    if own is Standing.VALID and _higher_valid(known, others_of_holder, at, known_at):
        return Standing.SUPERSEDED
    return own


def current_level(labels: Iterable[LabelFacts], at: date, known_at: datetime | None = None) -> Level | None:
    """Answer the level that the holder of these labels shows on a day: the highest valid one, or none."""
    return max((label.level for label in _valid_ones(labels, at, known_at)), key=lambda level: level.rank, default=None)


def _own_standing(known: LabelFacts, at: date) -> Standing:
    """Answer what the label is by itself, whatever else its holder has."""
    withdrawn_on = _withdrawn_on(known)
    if withdrawn_on is not None and withdrawn_on <= at:
        return Standing.WITHDRAWN
    if at < known.valid_from:
        return Standing.NOT_YET
    if at > known.valid_until:
        return Standing.EXPIRED
    return Standing.VALID if _suspended_since(known, at) is None else Standing.SUSPENDED


def _on_record(labels: Iterable[LabelFacts], known_at: datetime | None) -> list[LabelFacts]:
    return [known for known in (as_known(label, known_at) for label in labels) if known is not None]


def _valid_ones(labels: Iterable[LabelFacts], at: date, known_at: datetime | None) -> list[LabelFacts]:
    return [known for known in _on_record(labels, known_at) if _own_standing(known, at) is Standing.VALID]


def _higher_valid(
    label: LabelFacts, others: Iterable[LabelFacts], at: date, known_at: datetime | None
) -> LabelFacts | None:
    """Answer the highest label above this one that is valid on the day."""
    higher = (other for other in _valid_ones(others, at, known_at) if other.level.rank > label.level.rank)
    return max(higher, key=_precedence, default=None)


def _precedence(label: LabelFacts) -> tuple[int, date, str]:
    # Two valid labels of one level are told apart by the later end, so that the choice is the same every time.
    return label.level.rank, label.valid_until, label.number


def _withdrawn_on(known: LabelFacts) -> date | None:
    withdrawals = (event.effective_on for event in known.events if event.kind is LabelEventKind.WITHDRAWN)
    return min(withdrawals, default=None)


def _pauses(known: LabelFacts) -> dict[date, LabelEventKind]:
    """Answer, in order of days, from which day the label is suspended or reinstated; the later record wins a day."""
    kinds = {LabelEventKind.SUSPENDED, LabelEventKind.REINSTATED}
    told = (event for event in known.events if event.kind in kinds)
    return {event.effective_on: event.kind for event in sorted(told, key=lambda e: (e.effective_on, e.recorded_at))}


def _suspended_since(known: LabelFacts, at: date) -> date | None:
    since = None
    for day, kind in _pauses(known).items():
        if day > at:
            break
        since = None if kind is LabelEventKind.REINSTATED else since or day
    return since


def label_spans(labels: Iterable[LabelFacts], known_at: datetime | None = None) -> dict[str, tuple[Validity, ...]]:
    """Answer for each label, by number, the disjoint days on which it is valid by itself, superseded or not.

    Suspensions cut them, a withdrawal ends them; a label never valid has none. Labels not on record are left out.
    """
    return {label.number: tuple(_spans(label)) for label in _on_record(labels, known_at)}


def level_periods(labels: Iterable[LabelFacts], known_at: datetime | None = None) -> list[LevelSpan]:
    """Answer the levels that the holder of these labels shows: disjoint spans of the highest valid level, in order."""
    # Days are counted as numbers here, because the day after the last day of the calendar does not exist.
    stretches = [
        (span.valid_from.toordinal(), span.valid_until.toordinal() + 1, label)
        for label in _on_record(labels, known_at)
        for span in _spans(label)
    ]
    edges = sorted({edge for start, end, _ in stretches for edge in (start, end)})
    periods: list[LevelSpan] = []
    for start, end in pairwise(edges):
        valid = (label for first, after, label in stretches if first <= start < after)
        shown = max(valid, key=_precedence, default=None)
        if shown is None:
            continue
        span = LevelSpan(shown.level, date.fromordinal(start), date.fromordinal(end - 1), shown.number)
        # An edge of another label inside a period of this one does not break the period.
        if periods and periods[-1].number == shown.number and periods[-1].ends_on.toordinal() == start - 1:
            span = replace(span, starts_on=periods.pop().starts_on)
        periods.append(span)
    return periods


def first_held(labels: Iterable[LabelFacts], known_at: datetime | None = None) -> dict[Level, date]:
    """Answer the first day on which the holder of these labels held each level, in the order of these days.

    A level is held from the first day on which a label of it was valid, also if that label was suspended or withdrawn
    later; a label withdrawn with effect from its first day or before was never held.
    """
    starts = [(span.valid_from, label.level) for label in _on_record(labels, known_at) for span in _spans(label)]
    held: dict[Level, date] = {}
    for day, level in sorted(starts, key=lambda start: (start[0], -start[1].rank)):
        held.setdefault(level, day)
    return held


def highest_held_steps(labels: Iterable[LabelFacts], known_at: datetime | None = None) -> list[tuple[date, Level]]:
    """Answer from which day each level was the highest the holder had ever held; the levels only rise.

    What "held" means stands at ``first_held``.
    """
    steps: list[tuple[date, Level]] = []
    for level, day in first_held(labels, known_at).items():
        if not steps or level.rank > steps[-1][1].rank:
            steps.append((day, level))
    return steps


def _spans(known: LabelFacts) -> Iterator[Validity]:
    first, last = known.valid_from.toordinal(), known.valid_until.toordinal()
    withdrawn_on = _withdrawn_on(known)
    if withdrawn_on is not None:
        last = min(last, withdrawn_on.toordinal() - 1)
    start: int | None = first
    stretches = []
    for day, kind in _pauses(known).items():
        if kind is LabelEventKind.REINSTATED:
            start = max(day.toordinal(), first) if start is None else start
        elif start is not None:
            stretches.append((start, min(day.toordinal() - 1, last)))
            start = None
    if start is not None:
        stretches.append((start, last))
    return (Validity(date.fromordinal(start), date.fromordinal(end)) for start, end in stretches if start <= end)


def chain_faults(chain: Sequence[ChainLink]) -> list[Fault]:
    """Answer what is wrong with a chain of labels; nothing if each renewal continues its predecessor as it must.

    One first award; each renewal has the holder and level of its predecessor and begins on the day after its end; no
    label is renewed twice. Pointers go into the chain: ``/1/level`` is the level of its second link.
    """
    links = {link.number: link for link in chain}
    predecessors: set[str | None] = set()
    faults: list[Fault] = []
    for index, link in enumerate(chain):
        found = list(_link_faults(link, links))
        if link.previous in predecessors:
            # Without a predecessor the link claims to be the first award, and there is only one of these.
            twice = ChainFaultCode.SECOND_FIRST if link.previous is None else ChainFaultCode.SECOND_SUCCESSOR
            found.append(("previous", twice, f"Another label already follows {link.previous or 'nothing'}."))
        predecessors.add(link.previous)
        faults += [Fault(f"/{index}/{member}", code, sentence) for member, code, sentence in found]
    return faults


def _link_faults(link: ChainLink, links: Mapping[str, ChainLink]) -> Iterator[tuple[str, ChainFaultCode, str]]:
    before = links.get(link.previous) if link.previous is not None else None
    if before is None:
        if link.previous is not None:
            yield "previous", ChainFaultCode.PREDECESSOR_MISSING, f"The chain does not hold {link.previous}."
        return
    if link.holder != before.holder:
        yield "holder", ChainFaultCode.OTHER_HOLDER, f"The holder of {before.number} is {before.holder}."
    if link.level is not before.level:
        yield "level", ChainFaultCode.OTHER_LEVEL, f"The level of {before.number} is {before.level}."
    days_later = (link.valid_from - before.valid_until).days
    if days_later != 1:
        code = ChainFaultCode.OVERLAP if days_later < 1 else ChainFaultCode.GAP
        yield "valid_from", code, f"{before.number} ends on {before.valid_until}; this must begin on the day after."


def verdict(
    label: LabelFacts | None, number: str, others: Sequence[LabelFacts], at: date, known_at: datetime | None = None
) -> Verdict:
    """Answer how the label found by a number stands on a day, question by question, in the order of ``VerdictStep``.

    A mistyped number fails the first question, an unknown one the second; nothing is asked after either. Whether a
    known label is in its validity, suspended or withdrawn are three questions of their own, all of them asked; whether
    it is the highest of its holder is asked only if it passes all three.
    """
    known = as_known(label, known_at) if label is not None and is_well_formed(number) else None
    answer = Standing.UNKNOWN if known is None else standing(known, others, at, known_at)
    asked = tuple(_steps(known, number, others, at, known_at))
    sentence = "Not asked, because a question before it was answered with no."
    return Verdict(answer, asked + tuple(Step(code, None, sentence) for code in list(VerdictStep)[len(asked) :]))


def _steps(
    known: LabelFacts | None, number: str, others: Sequence[LabelFacts], at: date, known_at: datetime | None
) -> Iterator[Step]:
    shown, well_formed = normalised_number(number), is_well_formed(number)
    fits = (
        "has the form and the check digits of" if well_formed else "is mistyped: it lacks the form or check digits of"
    )
    yield Step(VerdictStep.WELL_FORMED, well_formed, f"{shown} {fits} a label number.")
    if not well_formed:
        return
    then = "" if known_at is None else f" as of {known_at.isoformat(timespec='seconds')}"
    found = "no label" if known is None else f"a {known.level} label"
    yield Step(VerdictStep.KNOWN, known is not None, f"The register holds {found} with this number{then}.")
    if known is None:
        return
    yield from _own_steps(known, at)
    if _own_standing(known, at) is Standing.VALID:
        higher = _higher_valid(known, others, at, known_at)
        above = "no label above this one" if higher is None else f"the {higher.level} label {higher.number}"
        yield Step(VerdictStep.HIGHEST, higher is None, f"Its holder has {above} valid on {at}.")


def _own_steps(known: LabelFacts, at: date) -> Iterator[Step]:
    sentence = f"{at} is within its validity, {known.valid_from} to {known.valid_until}."
    if at < known.valid_from:
        sentence = f"On {at} its validity has not begun: its first day is {known.valid_from}."
    elif at > known.valid_until:
        sentence = f"On {at} its validity has ended: its last day was {known.valid_until}."
    yield Step(VerdictStep.IN_VALIDITY, known.valid_from <= at <= known.valid_until, sentence)
    withdrawn_on = _withdrawn_on(known)
    is_withdrawn = withdrawn_on is not None and withdrawn_on <= at
    # A withdrawal ends a suspension: what is withdrawn is no longer waiting to be reinstated.
    since = None if is_withdrawn else _suspended_since(known, at)
    sentence = f"It is not suspended on {at}." if since is None else f"It is suspended since {since}."
    yield Step(VerdictStep.NOT_SUSPENDED, since is None, sentence)
    sentence = f"It was withdrawn with effect from {withdrawn_on}." if is_withdrawn else f"It is not withdrawn on {at}."
    yield Step(VerdictStep.NOT_WITHDRAWN, not is_withdrawn, sentence)
