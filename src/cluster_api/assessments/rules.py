"""What a case asks, as pure functions: experts and days, checks before admission, deadlines, expiry.

Source: domain rules 3 to 6, 11.3 and invariants 3, 8, 11, 13 and 22. Own defaults stand in dated data files and rule
sets, each marked as proposed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from cluster_api.assessments.schemas import CheckOutcome, CheckResult, DeadlineRead
from cluster_api.assessments.states import CaseState
from cluster_api.clusters.states import ClusterStatus, Level, ProfileState
from cluster_api.methodology.rules import add_months
from cluster_api.methodology.schemas import Terms
from cluster_api.methodology.states import CaseKind

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Process:
    """How cases of a level are run from a day on: families of documents, experts, objections."""

    indicators: str
    eligibility: str
    prices: str
    experts: str
    objections: int
    tolerance_percent: int


def process_on(rows: Sequence[Row], level: Level, day: date) -> Process | None:
    """Answer the process of a level on a day; None if there is none. Bronze has no indicators of its own."""
    fitting = [row for row in rows if row["level"] == level and date.fromisoformat(row["applies_from"]) <= day]
    if not fitting:
        return None
    row = max(fitting, key=lambda one: one["applies_from"])
    numbers = {name: int(row[name]) for name in ("objections", "tolerance_percent")}
    return Process(row["indicators"], row["eligibility"], row["prices"], row["experts"], **numbers)


def is_of_family(code: str, family: str) -> bool:
    """Answer whether a document continues a family: ``ECEI-2013`` is of ``ECEI``, ``REGIONAL-2021`` is not."""
    return code == family or code.startswith(f"{family}-")


def experts_wanted(process: Process, terms: Terms) -> int:
    """Answer how many experts score: what the process says, or the rule set for gold (domain invariant 11)."""
    return terms.gold_experts.value if process.experts == "rule_set" else int(process.experts)


def days_wanted(level: Level, kind: CaseKind, terms: Terms) -> int:
    """Answer the fewest days on site: for gold two at first and one for a renewal, else one (half a day).

    Source: domain rules 3 and 4.1, invariant 11.
    """
    if level is not Level.GOLD:
        return 1
    return terms.gold_days_first.value if kind is CaseKind.FIRST else terms.gold_days_renewal.value


def renewal_window(valid_until: date, terms: Terms) -> tuple[date, date]:
    """Answer the first and the last day on which a label with this end is renewed (domain invariant 3)."""
    opens = add_months(valid_until, -terms.renewal_lead_months.value)
    return opens, add_months(valid_until, terms.renewal_grace_months.value)


def expires_on(contracted_on: date, terms: Terms) -> date:
    """Answer the last day of a case without a visit (domain rules 11.3; proposed)."""
    return add_months(contracted_on, terms.assessment_months.value)


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """The days of the benchmarks on which a case rests; the register shows no released one of those ``unproven``."""

    first: date | None
    second: date | None
    unproven: tuple[date, ...] = ()

    @property
    def days(self) -> list[date]:
        """Answer the days, the first one first."""
        return [day for day in (self.first, self.second) if day is not None]


def benchmarks_counted(
    level: Level, named: tuple[date | None, date | None], released: Sequence[date], terms: Terms
) -> Benchmarks:
    """Answer the benchmarks on which a case rests: those named in the application, else of the released ones.

    For gold that is the latest; for silver two of which the second lies in the window after the first, the latest such
    two, or the last two if none are so; that of bronze comes with its interview. Source: domain rules 3 and 4.3,
    invariant 8.
    """
    first, second = named
    if level is Level.BRONZE:
        return Benchmarks(first, second)
    if level is Level.SILVER:
        pairs = [
            pair for pair in combinations(sorted(released), 2) if first in {None, pair[0]} and second in {None, pair[1]}
        ]
        if pairs:
            first, second = max(
                pairs, key=lambda pair: (silver_window_holds(pair[0], pair[1], terms), pair[1], pair[0])
            )
    elif first is None and second is None:
        first = max(released, default=None)
    return Benchmarks(first, second, tuple(day for day in (first, second) if day is not None and day not in released))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks before admission look at; ``today`` is the day on which they are made."""

    today: date
    level: Level
    status: ClusterStatus
    profile_state: ProfileState
    renewed_until: date | None
    benchmarks: Benchmarks
    unmet: Sequence[str] | None
    said_members: int | None
    recorded_members: int
    evidence: Mapping[str, int]


def _check(code: str, outcome: bool | None, detail: str, source: str, *, blocks: bool = False) -> CheckResult:
    told = {True: CheckOutcome.PASSED, False: CheckOutcome.FAILED, None: CheckOutcome.UNKNOWN}[outcome]
    return CheckResult(code=code, outcome=told, blocks=blocks, detail=detail, source=source)


def checks_of(facts: Facts, terms: Terms, process: Process) -> list[CheckResult]:
    """Answer the automatic checks of a case: register, dates, documents, plausibility."""
    return [*_register(facts), *_dates(facts, terms), *_documents(facts), _plausible(facts, process)]


def _register(facts: Facts) -> Iterator[CheckResult]:
    stands = facts.status is ClusterStatus.ACTIVE
    detail = f"The cluster is {facts.status.value}."
    yield _check("cluster_active", stands, detail, "Eligibility E1 (domain rules 5).", blocks=True)
    shown = facts.profile_state is ProfileState.PUBLISHED
    detail = f"The profile is {facts.profile_state.value}; a reason may stand for it where none can be had."
    yield _check("profile_published", shown, detail, "Eligibility (b) since November 2019, stated (domain rules 5).")


def _dates(facts: Facts, terms: Terms) -> Iterator[CheckResult]:
    if facts.renewed_until is not None:
        opens, closes = renewal_window(facts.renewed_until, terms)
        detail = f"Renewed from {opens} to {closes}."
        source = "Domain invariants 3 and 22."
        yield _check("renewal_window", opens <= facts.today <= closes, detail, source, blocks=True)
    shown, unproven = facts.benchmarks, ", ".join(map(str, facts.benchmarks.unproven))
    missing = f" The register shows no released benchmark of {unproven}: have it released first." if unproven else ""
    if facts.level is Level.BRONZE:
        return  # The benchmark comes with the interview, after the contract.
    if facts.level is Level.SILVER:
        detail = f"First benchmark {shown.first or 'not to be had'}, second {shown.second or 'not to be had'}.{missing}"
        fits = None
        if shown.first is not None and shown.second is not None:
            fits = not unproven and silver_window_holds(shown.first, shown.second, terms)
        yield _check("benchmarks", fits, detail, "Domain rules 3, invariant 8.", blocks=True)
        return
    oldest = add_months(facts.today, -terms.gold_benchmark_months.value)
    latest = max(shown.days, default=None)
    detail = f"Latest benchmark {latest or 'not to be had'}, none before {oldest} counts.{missing}"
    fresh = None if latest is None else not unproven and oldest <= latest <= facts.today
    yield _check("benchmarks", fresh, detail, "Domain rules 4.3; proposed.", blocks=True)


def silver_window_holds(first: date, second: date, terms: Terms) -> bool:
    """Answer whether the second benchmark lies in the window after the first, both edges included (invariant 8)."""
    most = terms.silver_most_months.value
    is_late_enough = second >= add_months(first, terms.silver_fewest_months.value)
    return is_late_enough and (most is None or second <= add_months(first, most))


def _documents(facts: Facts) -> Iterator[CheckResult]:
    unmet = facts.unmet
    detail = "Not answered." if unmet is None else f"Neither met nor waived: {', '.join(unmet) or 'none'}."
    yield _check("eligibility", None if unmet is None else not unmet, detail, "Domain rules 5.", blocks=True)
    bad, waiting = facts.evidence.get("refused", 0), facts.evidence.get("quarantined", 0)
    detail = f"{facts.evidence.get('released', 0)} files released, {waiting} wait for their check, {bad} refused."
    yield _check("evidence", None if waiting and not bad else not bad, detail, "Own rule: files are checked first.")


def _plausible(facts: Facts, process: Process) -> CheckResult:
    said, recorded, tolerance = facts.said_members, facts.recorded_members, process.tolerance_percent
    detail = f"Committed members: {'nothing' if said is None else said} said, {recorded} on record; {tolerance} %."
    near = None if said is None else 100 * abs(said - recorded) <= tolerance * max(said, recorded)
    return _check("plausibility", near, detail, "Own check against the register; the difference is proposed.")


def deadlines_of(
    rows: Sequence[Row], state: CaseState, starts: Mapping[str, date | None], terms: Terms, today: date
) -> list[DeadlineRead]:
    """Answer what is due in a state, the next first; ``starts`` are the days from which periods count, by name.

    Of each deadline the version counts that was in force on the day from which it counts.
    """
    found = []
    for row in rows:
        start = starts.get(row["counts_from"])
        if state.value in row["states"].split() and start is not None and _in_force(rows, row, start):
            due = _due(row, start, terms)
            before = [due - timedelta(days=int(days)) for days in row["remind_days"].split()]
            found.append(
                DeadlineRead(
                    code=row["code"],
                    due_on=due,
                    is_overdue=today > due,
                    remind_on=before,
                    who=row["who"],
                    text=row["text"],
                    source=row["source"],
                )
            )
    return sorted(found, key=lambda one: (one.due_on, one.code))


def _in_force(rows: Sequence[Row], row: Row, start: date) -> bool:
    day, known = start.isoformat(), [one["since"] for one in rows if one["code"] == row["code"]]
    return row["since"] == max((since for since in known if since <= day), default=None)


def _due(row: Row, start: date, terms: Terms) -> date:
    if row["unit"] == "days":
        return start + timedelta(days=int(row["amount"]))
    amount: Any = getattr(terms, row["amount"]).value if not row["amount"].isdigit() else int(row["amount"])
    return add_months(start, amount)
