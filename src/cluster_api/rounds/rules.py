"""Who may take part in a round, which days of a stay count, how far it is, and the most that is paid. Pure.

Sources: programme, 1.2 (who), 1.3 (how long), 1.4 (how much), 5.4 (small and medium-sized), invariants 2 to 6 and 12,
13, 18. The numbers are those of the round; nothing here knows one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import asin, cos, radians, sin, sqrt

from cluster_api.methodology.rules import add_months
from cluster_api.rounds.schemas import ParticipantFacts, RoundAdmission, RoundRead, RoundRuleRead, StayDay, StayPlan
from cluster_api.rounds.states import (
    Admission,
    Belonging,
    DistanceMethod,
    ExchangeMode,
    ExchangeRole,
    Finding,
    ParticipantKind,
)
from cluster_api.vocabularies.rules import SATURDAY, public_holiday

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""
PROGRAMME = "https://clustercollaboration.eu/clusterxchange/about"
PARTICIPATION = "https://www.clustercollaboration.eu/clusterxchange/how-can-i-participate"
PARTICIPATING = "https://eur-lex.europa.eu/legal-content/EN/TXT/HTML/?uri=CELEX:52021DC0685"
HOLDS: Mapping[Finding, bool | None] = {Finding.PASSED: True, Finding.FAILED: False, Finding.UNKNOWN: None}
SME_DEFINITION = "https://erasmus-entrepreneurs.info/faqs ; Recommendation 2003/361/EC"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A row of the table of lump sums: the most for a host country, or for regions of it, from a day to a day."""

    code: str
    country: str
    regions: frozenset[str]
    cents: int
    currency: str
    valid_from: date
    valid_until: date
    source: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """A row of the definition of small and medium-sized enterprises."""

    code: str
    headcount_below: int
    turnover_max_cents: int
    balance_sheet_max_cents: int


@dataclass(frozen=True, slots=True)
class Distance:
    """How far it is between two organisations, and how that was found."""

    km: float
    method: DistanceMethod


@dataclass(frozen=True, slots=True)
class Amount:
    """The most that may be paid, in cents, and why it was halved if it was."""

    halved_because: tuple[str, ...]
    most_cents: int


def great_circle_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Answer the kilometres between two points of latitude and longitude in degrees, on a sphere (haversine)."""
    north, east = radians(here[0]), radians(here[1])
    other_north, other_east = radians(there[0]), radians(there[1])
    half = sin((other_north - north) / 2) ** 2
    half += cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, half)))


def stay_days(plan: StayPlan) -> list[StayDay]:
    """Answer the planned days one by one: Monday to Friday without public holidays of the host, or as overridden.

    Source: programme, 1.3 (working days, travel not counted; the calendar is proposed).
    """
    told = {one.day: one for one in plan.overrides}
    found = []
    for day in _each(plan.begins_on, plan.ends_on):
        if day in told:
            found.append(StayDay(day=day, is_working=told[day].is_working, reason=told[day].reason))
        elif day.weekday() >= SATURDAY:
            found.append(StayDay(day=day, is_working=False, reason="Weekend."))
        else:
            name = public_holiday(day, plan.host.country)
            reason = "Working day." if name is None else f"Public holiday of the host: {name}."[:200]
            found.append(StayDay(day=day, is_working=name is None, reason=reason))
    return found


def ceiling_of(ceilings: Iterable[Ceiling], country: str, region: str | None, day: date) -> Ceiling | None:
    """Answer the row of the host on a day, that of its region first; None where there is none (invariant 12)."""
    valid = [one for one in ceilings if one.valid_from <= day <= one.valid_until]
    of_region = (one for one in valid if region is not None and region in one.regions)
    of_country = (one for one in valid if one.country == country and not one.regions)
    return next(of_region, None) or next(of_country, None)


def amount_of(
    round_: RoundRead,
    ceiling_cents: int,
    working_days: int,
    km: float | None,
    mode: ExchangeMode,
    *,
    is_force_majeure: bool = False,
) -> Amount:
    """Answer the most that may be paid: the ceiling, halved once if the stay is short or near, and nothing if virtual.

    Five days and 200 km are not short and not near. Nothing is paid under the fewest days, which are others
    where force majeure has ended the stay early. Source: programme, 1.4; invariants 12, 13, 18.
    """
    terms = round_.terms
    fewest = terms.fewest_working_days_force_majeure if is_force_majeure else terms.fewest_working_days
    if mode is ExchangeMode.VIRTUAL or working_days < fewest.value:
        return Amount((), 0)
    because = []
    if working_days < terms.full_rate_working_days.value:
        because.append(f"{working_days} working days are fewer than {terms.full_rate_working_days.value}.")
    if km is not None and km < terms.full_rate_km.value:
        because.append(f"{_cut(km)} km are less than {terms.full_rate_km.value} km.")
    return Amount(tuple(because), ceiling_cents // 2 if because else ceiling_cents)


def stay_rules(
    round_: RoundRead,
    plan: StayPlan,
    planned: Sequence[StayDay],
    ceiling: Ceiling | None,
    taking_part: Mapping[str, str],
) -> list[RoundRuleRead]:
    """Answer rule by rule whether there may be such a stay in the round.

    Source: programme, 1.2 and 1.3; invariants 1, 6 and 12. Days that were planned and not done break no rule: they
    are only not paid (invariant 18).
    """
    terms, visitor, host = round_.terms, plan.visitor.country, plan.host.country
    count = sum(one.is_working for one in planned)
    latest = add_months(plan.begins_on, terms.most_months.value)
    is_inside = round_.begins.value <= plan.begins_on and plan.ends_on <= round_.ends.value
    of_table = "no row" if ceiling is None else f"row {ceiling.code}"
    return [
        _country_rule("visitor_country", visitor, taking_part),
        _country_rule("host_country", host, taking_part),
        _rule("different_countries", visitor != host, f"The visitor is in {visitor}, the host in {host}.", PROGRAMME),
        _rule(
            "fewest_working_days", count >= terms.fewest_working_days.value,
            f"{count} working days; at least {terms.fewest_working_days.value}.", terms.fewest_working_days.source,
        ),
        _rule(
            "most_months", plan.ends_on <= latest, f"Ends on {plan.ends_on}; at the latest on {latest}.",
            terms.most_months.source,
        ),
        _rule(
            "inside_round", is_inside,
            f"{plan.begins_on} to {plan.ends_on}; the round runs from {round_.begins.value} to {round_.ends.value}.",
            round_.begins.source,
        ),
        _rule(
            "ceiling", ceiling is not None, f"The table of lump sums has {of_table} for {host} on {plan.begins_on}.",
            PROGRAMME if ceiling is None else ceiling.source,
        ),
    ]  # fmt: skip


def admission_of(round_: RoundRead, kind: ParticipantKind, belonging: Belonging) -> RoundAdmission | None:
    """Answer the row of a round for a participant: the one for its membership, else the one that asks for none."""
    rows = {one.belonging: one for one in round_.admissions if one.kind is kind}
    return rows.get(belonging) or rows.get(Belonging.NONE)


def size_class(facts: ParticipantFacts, thresholds: Iterable[Threshold]) -> tuple[bool | None, str | None]:
    """Answer whether an enterprise is small or medium-sized, and its class; None while figures are missing.

    Fewer staff than the threshold, and turnover or balance sheet within theirs, the smallest class first. Source:
    programme, 5.4.
    """
    is_unsure = False
    for one in thresholds:
        fits = _within(facts, one)
        if fits:
            return True, None if is_unsure else one.code
        is_unsure = is_unsure or fits is None
    return (None if is_unsure else False), None


def participant_rules(
    round_: RoundRead, facts: ParticipantFacts, thresholds: Sequence[Threshold], taking_part: Mapping[str, str]
) -> list[RoundRuleRead]:
    """Answer rule by rule whether a participant may take its role. Source: programme, 1.2; invariants 2 to 5."""
    is_inside = round_.begins.value <= facts.on <= round_.ends.value
    found = [
        _rule(
            "inside_round", is_inside,
            f"{facts.on}; the round runs from {round_.begins.value} to {round_.ends.value}.", round_.begins.source,
        ),
        _country_rule("country", facts.country, taking_part),
        *_admission_rules(round_, facts),
    ]  # fmt: skip
    if facts.kind is ParticipantKind.SME:
        is_small, _ = size_class(facts, thresholds)
        largest = max(thresholds, key=lambda one: one.headcount_below)
        sentence = (
            f"Staff {_told(facts.headcount)}, fewer than {largest.headcount_below}; "
            f"turnover {_euros(facts.turnover_cents)}, up to {_euros(largest.turnover_max_cents)}, or "
            f"balance sheet {_euros(facts.balance_sheet_cents)}, up to {_euros(largest.balance_sheet_max_cents)}."
        )
        found.append(_rule("sme", is_small, sentence, SME_DEFINITION))
    if facts.role is ExchangeRole.VISITOR:
        found.extend(_representative_rules(round_, facts))
    return found


def is_eligible(rules: Iterable[RoundRuleRead]) -> bool | None:
    """Answer True if every rule passed, False if one failed, else None: something is not known."""
    return _all_hold(HOLDS[one.outcome] for one in rules)


def _admission_rules(round_: RoundRead, facts: ParticipantFacts) -> Iterator[RoundRuleRead]:
    role = facts.role.value
    rows = [one for one in round_.admissions if one.kind is facts.kind]
    needs_to_know = facts.belonging is None and any(one.belonging is not Belonging.NONE for one in rows)
    if needs_to_know and any(getattr(one, role) is not Admission.NO for one in rows):
        sentence = f"Of what this {facts.kind.value} is a member was not said."
        yield _rule("admitted", None, sentence, rows[0].source)
        return
    row = admission_of(round_, facts.kind, facts.belonging or Belonging.NONE)
    admission = Admission.NO if row is None else Admission(getattr(row, role))
    belonging = "" if facts.belonging in {None, Belonging.NONE} else f", member of a {facts.belonging.value},"
    sentence = f"As {role}, {facts.kind.value}{belonging} is admitted: {admission.value}."
    yield _rule("admitted", admission is not Admission.NO, sentence, PARTICIPATION if row is None else row.source)
    if row is not None and admission is Admission.ON_APPROVAL:
        yield _rule("approved", facts.is_approved, f"Approved beforehand: {_told(facts.is_approved)}.", row.source)


def _representative_rules(round_: RoundRead, facts: ParticipantFacts) -> Iterator[RoundRuleRead]:
    least = round_.terms.fewest_residence_days
    sentence = f"National of a participating country: {_told(facts.is_national)}"
    if facts.is_national:
        yield _rule("representative", True, f"{sentence}.", least.source)
        return
    has_stayed = None if facts.residence_days is None else facts.residence_days >= least.value
    holds = _all_hold((has_stayed, facts.has_business))
    if facts.is_national is None and holds is False:
        holds = None
    sentence += (
        f"; days of residence {_told(facts.residence_days)}, at least {least.value}; "
        f"business started or intended there: {_told(facts.has_business)}."
    )
    yield _rule("representative", holds, sentence, least.source)


def _within(facts: ParticipantFacts, row: Threshold) -> bool | None:
    if facts.headcount is not None and facts.headcount >= row.headcount_below:
        return False
    money = [
        None if value is None else value <= most
        for value, most in (
            (facts.turnover_cents, row.turnover_max_cents),
            (facts.balance_sheet_cents, row.balance_sheet_max_cents),
        )
    ]
    if money == [False, False]:
        return False
    return None if facts.headcount is None or True not in money else True


def _rule(code: str, holds: bool | None, sentence: str, source: str) -> RoundRuleRead:
    outcome = next(one for one, meant in HOLDS.items() if meant is holds)
    return RoundRuleRead(code=code, outcome=outcome, sentence=sentence, source=source)


def _all_hold(parts: Iterable[bool | None]) -> bool | None:
    """Answer False if one part does not hold, else None if one is not known, else True."""
    found = set(parts)
    if False in found:
        return False
    return None if None in found else True


def _country_rule(code: str, country: str, taking_part: Mapping[str, str]) -> RoundRuleRead:
    status = taking_part.get(country)
    sentence = f"{country} takes part in the programme: {status or 'no'}."
    return _rule(code, status is not None, sentence, PARTICIPATING)


def _each(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=count) for count in range((last - first).days + 1))


def _told(value: object) -> str:
    if value is None:
        return "not said"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _cut(km: float) -> str:
    """Answer kilometres to the metre, cut and never rounded up to a limit that they do not reach."""
    return f"{int(km * 1000) / 1000:.10g}"


def _euros(cents: int | None) -> str:
    return "not said" if cents is None else f"EUR {cents // 100:,}".replace(",", " ")


def is_over(last_day: date, today: date) -> bool:
    """Answer whether nobody can stay any more: the last day of a round is one of its days."""
    return today > last_day
