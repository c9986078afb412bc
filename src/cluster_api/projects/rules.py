"""How the demonstration programme is made: invented partnerships that add up to the published figures. Pure.

Every partner is an invented organisation of the register, so that nothing is said of a real one, and partner once.
Partners are taken in turn from the countries of a call, so that neighbours in a consortium are of different ones.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice, zip_longest

from cluster_api.foundation.chance import Chance, noon
from cluster_api.methodology.rules import add_months
from cluster_api.partnerships.states import ActivityKind, AttendeeKind
from cluster_api.projects.schemas import Candidate, Done, Project, ProjectPlan

K = ActivityKind
COURSE = (K.BENCHMARKING, K.TRAINING, K.EVENT, K.STUDY_VISIT, K.TRAINING, K.MATCHMAKING, K.EVENT, K.JOINT_STRATEGY)
"""What every project does, in this order, over the part of its time that is over."""
NAMES = {
    K.BENCHMARKING: "Benchmarking of the partners",
    K.TRAINING: "Training of cluster managers",
    K.EVENT: "Meeting of enterprises",
    K.STUDY_VISIT: "Study visit",
    K.MATCHMAKING: "Matchmaking",
    K.JOINT_STRATEGY: "Joint strategy",
}


def projects(plans: Sequence[ProjectPlan], clusters: Sequence[Candidate], as_of: date) -> list[Project]:
    """Answer every partnership of these plans, with partners among the invented clusters; nothing is done later.

    Raises:
        ValueError: there are too few clusters or countries for a plan.
    """
    found: list[Project] = []
    for plan in plans:
        taken = {partner.id for project in found for partner in project.partners}
        partners = _partners(plan, [one for one in clusters if one.id not in taken])
        found += _of_plan(plan, iter(partners), as_of)
    return found


def _of_plan(plan: ProjectPlan, partners: Iterator[Candidate], as_of: date) -> Iterator[Project]:
    for serial, (size, managers, smes) in enumerate(
        zip(*(_shares(total, plan.projects) for total in (plan.partners, plan.managers, plan.smes)), strict=True), 1
    ):
        acronym = f"{plan.acronym}-{serial:02d}"
        chance = Chance("projects", acronym)
        ends_on = add_months(plan.begins_on, plan.months) - timedelta(days=1)
        made_at = noon(plan.begins_on)
        consortium = tuple(islice(partners, size))
        yield Project(
            id=chance.identifier(made_at),
            acronym=acronym,
            call=plan.call,
            serial=serial,
            begins_on=plan.begins_on,
            ends_on=ends_on,
            grant_cents=plan.grant_cents,
            partners=consortium,
            done=tuple(_done(chance, (plan.begins_on, min(ends_on, as_of)), consortium, acronym, (managers, smes))),
            created_at=made_at,
        )


def _shares(total: int, parts: int) -> list[int]:
    """Answer a total in whole parts that differ by one at most."""
    return [total // parts + (part < total % parts) for part in range(parts)]


def _partners(plan: ProjectPlan, clusters: Sequence[Candidate]) -> list[Candidate]:
    """Answer the partners in turn from the countries that have most of the clusters registered before the first day."""
    by_country: dict[str, list[Candidate]] = defaultdict(list)
    for one in sorted(clusters, key=lambda one: one.id):
        if one.is_synthetic and one.created_at < noon(plan.begins_on):
            by_country[one.country].append(one)
    chosen = sorted(by_country, key=lambda country: (-len(by_country[country]), country))[: plan.countries]
    in_turn = [one for turn in zip_longest(*(by_country[country] for country in chosen)) for one in turn if one]
    found = in_turn[: plan.partners]
    if len(found) < plan.partners or len(chosen) < plan.countries:
        raise ValueError(f"Too few organisations for {plan.call}.")
    return found


def _done(
    chance: Chance, time: tuple[date, date], partners: Sequence[Candidate], acronym: str, who: tuple[int, int]
) -> Iterator[Done]:
    begins_on, last = time
    step = (last - begins_on).days // (len(COURSE) + 1)
    managers = [f"{acronym.replace('-', '_')}:M{number}" for number in range(1, who[0] + 1)]
    smes = [f"{acronym.replace('-', '_')}:E{number}" for number in range(1, who[1] + 1)]
    met = 0
    for place, kind in enumerate(COURSE, 1):
        day = begins_on + timedelta(days=step * place)
        attendees: dict[AttendeeKind, list[str]] = {}
        if kind is K.TRAINING:
            attendees = {AttendeeKind.MANAGER: managers}
        elif kind is K.BENCHMARKING:
            attendees = {AttendeeKind.ORGANISATION: [one.id.replace("-", "").upper() for one in partners]}
        elif kind is K.EVENT:
            # Each of the two meetings reaches half of the enterprises.
            attendees = {AttendeeKind.SME: smes[met::2]}
            met += 1
        yield Done(chance.identifier(noon(day)), kind, NAMES[kind], day, attendees, _evening(day))


def _evening(day: date) -> datetime:
    return noon(day) + timedelta(hours=8)
