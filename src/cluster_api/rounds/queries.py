"""What one can ask of rounds: their rules, whether one may take part, and the most that is paid for a stay.

Rounds are a file beside this code; countries, regions, lump sums and the definition of enterprises are vocabularies.
Nothing is read from the database, so that anybody can ask anything.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

from cluster_api.foundation.errors import Fault
from cluster_api.foundation.paging import Page, PageQuery, page_of
from cluster_api.rounds import rules
from cluster_api.rounds.errors import RoundNotFound, StayIncomplete
from cluster_api.rounds.rules import Ceiling, Distance, Threshold
from cluster_api.rounds.schemas import AdmissibilityRead, AmountRead, ParticipantFacts, Place, RoundRead, StayPlan
from cluster_api.rounds.states import DistanceMethod, ExchangeMode, Finding, ParticipantKind
from cluster_api.vocabularies.queries import entries, find_region

PACKAGE = "cluster_api.rounds"
OUT = "none"


@cache
def rounds() -> tuple[RoundRead, ...]:
    """Answer every round, the earliest first."""
    text = files(PACKAGE).joinpath("data", "rounds.yaml").read_text(encoding="utf-8")
    found = (RoundRead.model_validate(one) for one in yaml.load(text, Loader=yaml.CSafeLoader))
    return tuple(sorted(found, key=lambda one: one.begins.value))


def get_round(code: str) -> RoundRead:
    """Answer a round by its code; raise RoundNotFound."""
    for one in rounds():
        if one.code == code:
            return one
    raise RoundNotFound


def rounds_page(query: PageQuery) -> Page[RoundRead]:
    """Answer a page of the rounds; raise Invalid for a cursor that is not of this list."""
    return page_of(rounds(), query, of="exchange-rounds")


@cache
def ceilings() -> tuple[Ceiling, ...]:
    """Answer the table of lump sums."""
    return tuple(
        Ceiling(
            code=one.code,
            country=one.attributes.get("country", ""),
            regions=frozenset(one.attributes.get("regions", "").split("|")) - {""},
            cents=int(one.attributes["ceiling_cents"]),
            currency=one.attributes["currency"],
            valid_from=date.fromisoformat(one.attributes["valid_from"]),
            valid_until=date.fromisoformat(one.attributes["valid_until"]),
            source=one.attributes.get("source") or one.attributes["note"],
        )
        for one in entries("lump-sums")
    )


@cache
def thresholds() -> tuple[Threshold, ...]:
    """Answer the classes of small and medium-sized enterprises, the smallest first."""
    found = [
        Threshold(
            code=one.code,
            headcount_below=int(one.attributes["headcount_below"]),
            turnover_max_cents=int(one.attributes["turnover_max_cents"]),
            balance_sheet_max_cents=int(one.attributes["balance_sheet_max_cents"]),
        )
        for one in entries("sme-thresholds")
    ]
    return tuple(sorted(found, key=lambda one: one.headcount_below))


@cache
def taking_part(attribute: str) -> Mapping[str, str]:
    """Answer the countries that take part, and as what: ``member``, ``associated``, ``conditional``."""
    found = ((one.code, one.attributes.get(attribute, OUT)) for one in entries("countries"))
    return {code: status for code, status in found if status != OUT}


def reckon(round_: RoundRead, plan: StayPlan) -> AmountRead:
    """Answer the most that may be paid for a stay, in cents, with its days, its distance and every rule.

    Raises:
        StayIncomplete: a region that is not of the country, an override outside the stay, or no way to the distance.
    """
    _must_fit(plan)
    planned = rules.stay_days(plan)
    done = [one for one in planned if plan.done_until is None or one.day <= plan.done_until]
    ceiling = rules.ceiling_of(ceilings(), plan.host.country, plan.host.region, plan.begins_on)
    found = rules.stay_rules(round_, plan, planned, ceiling, taking_part(round_.participation))
    distance = distance_of(plan)
    km = None if distance is None else distance.km
    working_days = sum(one.is_working for one in done)
    refused_by = [one.code for one in found if one.outcome is Finding.FAILED]
    amount = None
    if ceiling is not None and not refused_by:
        amount = rules.amount_of(round_, ceiling.cents, working_days, km, plan.mode)
    return AmountRead(
        round=round_.code,
        is_possible=not refused_by,
        refused_by=refused_by,
        working_days=working_days,
        days=done,
        distance_km=None if distance is None else round(distance.km, 1),
        distance_method=None if distance is None else distance.method,
        ceiling=None if ceiling is None else ceiling.code,
        ceiling_cents=None if ceiling is None else ceiling.cents,
        halved_because=[] if amount is None else list(amount.halved_because),
        most_cents=None if amount is None else amount.most_cents,
        currency="EUR" if ceiling is None else ceiling.currency,
        rules=found,
    )


def distance_of(plan: StayPlan) -> Distance | None:
    """Answer how far the stay is, by the surest way there is; None if it is virtual.

    Coordinates of both come first, then the centroids of both regions; what is declared counts where there is neither,
    so that nobody declares the halving away.

    Raises:
        StayIncomplete: there is no way to know.
    """
    if plan.mode is ExchangeMode.VIRTUAL:
        return None
    here, there = _address(plan.visitor), _address(plan.host)
    if here is not None and there is not None:
        return Distance(rules.great_circle_km(here, there), DistanceMethod.ADDRESSES)
    here, there = _centroid(plan.visitor), _centroid(plan.host)
    if here is not None and there is not None:
        return Distance(rules.great_circle_km(here, there), DistanceMethod.CENTROIDS)
    if plan.distance_km is not None:
        return Distance(plan.distance_km, DistanceMethod.DECLARED)
    detail = "Give coordinates of both, or the kilometres, or regions with a centroid."
    raise StayIncomplete(detail, faults=[Fault("/body/distance_km", "missing", detail)])


def check(round_: RoundRead, facts: ParticipantFacts) -> AdmissibilityRead:
    """Answer whether a participant may take its role in a round, rule by rule; what was not said stays open."""
    found = rules.participant_rules(round_, facts, thresholds(), taking_part(round_.participation))
    is_sme = facts.kind is ParticipantKind.SME
    return AdmissibilityRead(
        round=round_.code,
        role=facts.role,
        is_eligible=rules.is_eligible(found),
        size_class=rules.size_class(facts, thresholds())[1] if is_sme else None,
        rules=found,
    )


def _must_fit(plan: StayPlan) -> None:
    faults = []
    for side, place in (("visitor", plan.visitor), ("host", plan.host)):
        region = None if place.region is None else find_region(place.region)
        if region is not None and region.country != place.country:
            detail = f"{place.region} is a region of {region.country}, not of {place.country}."
            faults.append(Fault(f"/body/{side}/region", "other_country", detail))
        if (place.latitude is None) is not (place.longitude is None):
            detail = "Latitude and longitude come together."
            missing = "latitude" if place.latitude is None else "longitude"
            faults.append(Fault(f"/body/{side}/{missing}", "missing", detail))
    seen: set[date] = set()
    for position, one in enumerate(plan.overrides):
        pointer = f"/body/overrides/{position}/day"
        if not plan.begins_on <= one.day <= plan.ends_on:
            faults.append(Fault(pointer, "out_of_range", f"A day from {plan.begins_on} to {plan.ends_on}."))
        elif one.day in seen:
            faults.append(Fault(pointer, "repeated", f"Something is said of {one.day} already."))
        seen.add(one.day)
    if faults:
        raise StayIncomplete(" ".join(fault.detail for fault in faults), faults=faults)


def _address(place: Place) -> tuple[float, float] | None:
    if place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude


def _centroid(place: Place) -> tuple[float, float] | None:
    region = None if place.region is None else find_region(place.region)
    if region is None or region.latitude is None or region.longitude is None:
        return None
    return region.latitude, region.longitude
