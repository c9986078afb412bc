"""How the demonstration register is made: the same bytes on every machine, from the material and nothing else.

Organisations are planned by country and highest level, so that the figures published for the end of 2020 come out
exactly; each then lives through a history of labels under the rule sets in force at the time. Larger registers are
copies of the plan with other inventions. Real organisations stand in the first copy only, and get no label that is not
published.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from cluster_api.clusters.states import Level
from cluster_api.demonstration.schemas import (
    ClusterRecord,
    CountedFrom,
    EventRecord,
    Field,
    History,
    LabelRecord,
    Material,
    Place,
    PublishedOrganisation,
    Register,
    Step,
    Topic,
    Verb,
)
from cluster_api.foundation.chance import Chance, noon
from cluster_api.foundation.identifiers import numbered
from cluster_api.labels.rules import Validity, first_validity, may_renew, renewal_validity
from cluster_api.labels.states import LabelEventKind, LabelKind, RenewalCode
from cluster_api.methodology.rules import add_months
from cluster_api.methodology.schemas import RuleSet

AS_OF = date(2020, 12, 31)
"""The day of the published figures; nothing in the register was decided later."""

RESEARCH = ("university", "rd_institution", "training_provider")
OTHERS = ("government_agency", "consultant", "financial_intermediary", "other")
LEVELS = {level.value: level for level in Level}
EVENTS = {
    Verb.SUSPEND: LabelEventKind.SUSPENDED,
    Verb.REINSTATE: LabelEventKind.REINSTATED,
    Verb.WITHDRAW: LabelEventKind.WITHDRAWN,
    Verb.WITHDRAW_EARLIER: LabelEventKind.WITHDRAWN,
    Verb.WITHDRAW_FROM_START: LabelEventKind.WITHDRAWN,
    Verb.CORRECT: LabelEventKind.CORRECTED,
}
UNKNOWN_FIGURES = "Its members, staff and age are not published with its label or partnership and are left out."


def demonstration(material: Material, scale: int = 1) -> Iterator[Register]:
    """Answer the register in ``scale`` parts of one size; label numbers run on from part to part."""
    serials: Counter[int] = Counter()
    for copy in range(1, scale + 1):
        yield _numbered(_stories(material, copy), serials)


def size(material: Material, scale: int = 1) -> int:
    """Answer how many organisations the register has, those without a label included."""
    holders = sum(sum(quota.highest.values()) for quota in material.quotas)
    return holders * scale + sum(1 for organisation in material.published if not organisation.labels)


class Story:
    """The labels of one organisation and what happens to them, told in order."""

    def __init__(
        self, chance: Chance, rule_sets: Sequence[RuleSet], registered_on: date, country: str, portfolio: str | None
    ) -> None:
        """Begin without labels on the day on which the organisation is registered."""
        self.created_at = noon(registered_on)
        self.cluster_id = chance.identifier(self.created_at)
        self.country, self.portfolio = country, portfolio or ""
        self.labels: list[LabelRecord] = []
        self.events: list[EventRecord] = []
        self.decided_on = registered_on
        self._chance, self._rule_sets = chance, rule_sets

    def grant(self, level: Level, assessed_on: date, decided_on: date, source: str | None = None) -> None:
        """Award a label: a renewal of the last one where this level, the visit and the rule set make it one."""
        rules = next(rules for rules in self._rule_sets if rules.applies_on(assessed_on))
        last = self.labels[-1] if self.labels else None
        renewed = last if last is not None and _renews(last, level, assessed_on, rules) else None
        if renewed is None:
            validity = first_validity(assessed_on, rules)
        else:
            validity = renewal_validity(renewed.valid_until, rules)
        recorded_at = noon(decided_on)
        label = LabelRecord(
            id=self._chance.identifier(recorded_at),
            number="",
            cluster_id=self.cluster_id,
            level=level,
            kind=LabelKind.FIRST if renewed is None else LabelKind.RENEWAL,
            rule_set=rules.code,
            previous_label_id=None if renewed is None else renewed.id,
            assessed_on=assessed_on,
            awarded_on=decided_on,
            valid_from=validity.valid_from,
            valid_until=validity.valid_until,
            country=self.country,
            portfolio=self.portfolio,
            source=source,
            is_synthetic=source is None,
            recorded_at=recorded_at,
        )
        self.labels.append(label)
        self.note(LabelEventKind.AWARDED, validity.valid_from, decided_on, validity=validity)

    def note(
        self,
        kind: LabelEventKind,
        effective_on: date,
        decided_on: date,
        *,
        reason: str | None = None,
        validity: Validity | None = None,
    ) -> None:
        """Record what happens to the last label, counting from one day and decided on another."""
        recorded_at = noon(decided_on)
        event = EventRecord(
            id=self._chance.identifier(recorded_at),
            label_id=self.labels[-1].id,
            kind=kind,
            effective_on=effective_on,
            valid_from=validity.valid_from if validity else None,
            valid_until=validity.valid_until if validity else None,
            reason=reason,
            recorded_at=recorded_at,
        )
        self.events.append(event)
        self.decided_on = decided_on

    def tell(self, step: Step, opened_on: date, decision_days: Sequence[tuple[float, int]]) -> None:
        """Let a step of a history happen; the first one happens on the day given."""
        happens_on = self._day_of(step) if self.labels else opened_on
        if step.verb in {Verb.AWARD, Verb.RENEW}:
            # A step that is not named after a level keeps the level of the label before it.
            level = LEVELS[step.name] if step.name in LEVELS else self.labels[-1].level
            self.grant(level, happens_on, _working_day(happens_on + timedelta(self._chance.amount(decision_days))))
            return
        label = self.labels[-1]
        effective_on, validity = happens_on, None
        if step.verb is Verb.WITHDRAW_EARLIER:
            effective_on -= timedelta(self._chance.between(60, 120))
        elif step.verb is Verb.WITHDRAW_FROM_START:
            effective_on = label.valid_from
        elif step.verb is Verb.CORRECT:
            validity, effective_on = Validity(label.valid_from, label.valid_until), label.valid_from
            self.events[-1] = replace(self.events[-1], valid_until=add_months(label.valid_until, -12))
        self.note(EVENTS[step.verb], effective_on, happens_on, reason=step.reason, validity=validity)

    def _day_of(self, step: Step) -> date:
        label = self.labels[-1]
        base = {
            CountedFrom.ASSESSMENT: label.assessed_on,
            CountedFrom.START: max(label.valid_from, label.awarded_on),
            CountedFrom.END: label.valid_until,
            CountedFrom.EVENT: self.decided_on,
        }[step.counted_from]
        months = self._chance.between(step.months_from, step.months_until)
        # With the days of a weekend, 26 at most: less than a month, so that no window of whole months is left.
        return _working_day(add_months(base, months) + timedelta(self._chance.between(1, 24)))


def _renews(last: LabelRecord, level: Level, visited_on: date, rules: RuleSet) -> bool:
    answer = may_renew(last.valid_until, visited_on, visited_on, rules)
    return last.level is level and answer.code is RenewalCode.ALLOWED


def _working_day(day: date) -> date:
    return day + timedelta(7 - day.weekday()) if day.weekday() > 4 else day


def _numbered(told: Sequence[tuple[ClusterRecord, Story]], serials: Counter[int]) -> Register:
    """Answer the register of these stories, its labels numbered in the order in which they were recorded."""
    labels = []
    for label in sorted((label for _, story in told for label in story.labels), key=lambda x: (x.recorded_at, x.id)):
        year = label.awarded_on.year
        serials[year] += 1
        labels.append(replace(label, number=numbered("LB", year, serials[year])))
    events = tuple(event for _, story in told for event in story.events)
    return Register(tuple(cluster for cluster, _ in told), tuple(labels), events)


def _stories(material: Material, copy: int) -> list[tuple[ClusterRecord, Story]]:
    published = material.published if copy == 1 else ()
    told = [_published(organisation, material.rule_sets) for organisation in published]
    real = Counter((story.country, _highest(story)) for _, story in told if story.labels)
    names: set[str] = set()
    for quota in material.quotas:
        for level in Level:
            for serial in range(quota.highest[level] - real[quota.country, level]):
                chance = Chance("register", copy, quota.country, level, serial)
                told.append(_synthetic(material, chance, quota.country, level, (copy, names)))
    return told


def _highest(story: Story) -> Level:
    return max((label.level for label in story.labels), key=lambda level: level.rank)


def _published(organisation: PublishedOrganisation, rule_sets: Sequence[RuleSet]) -> tuple[ClusterRecord, Story]:
    """Answer a real organisation with what is published of it: its labels, or none."""
    # A decision follows four weeks after an assessment, so that the first of a month leads to a label of that month.
    decisions = [(label, label.assessed_on + timedelta(28)) for label in organisation.labels]
    registered_on = decisions[0][1] if decisions else AS_OF
    chance = Chance("published", organisation.key)
    story = Story(chance, rule_sets, registered_on, organisation.country, organisation.portfolio)
    for label, decided_on in decisions:
        story.grant(label.level, label.assessed_on, decided_on, f"{label.source} ({label.confidence})")
    cluster = ClusterRecord(
        id=story.cluster_id,
        legal_name=organisation.legal_name,
        short_name=organisation.short_name,
        country=organisation.country,
        region=organisation.region,
        city=organisation.city,
        website=organisation.website,
        portfolio=organisation.portfolio,
        descriptions={"en": f"A real organisation, named in {organisation.source}. {UNKNOWN_FIGURES}"},
        waiver=f"Shown as published in {organisation.source}. {UNKNOWN_FIGURES}",
        is_synthetic=False,
        created_at=story.created_at,
    )
    return cluster, story


def _synthetic(
    material: Material, chance: Chance, country: str, level: Level, naming: tuple[int, set[str]]
) -> tuple[ClusterRecord, Story]:
    """Answer an invented organisation that leads to this level, under a name that is new in its copy."""
    field, place, topic = _named(material, chance, country, naming)
    history = chance.weighted(material.histories[level], lambda history: history.weight)
    story = _lived(material, chance, history, country, field.portfolio)
    pattern = chance.pick(material.patterns[place.language])
    legal_name = pattern.text.format(topic=topic.text, city=place.city)
    english = f"{topic.english} Cluster {place.english}"
    address = f"https://{topic.address}-cluster-{place.address}.example"
    members = _members(chance, material.distributions)
    committed = sum(members.values())
    age = chance.amount(material.distributions["age_at_first_label"])
    cluster = ClusterRecord(
        id=story.cluster_id,
        legal_name=legal_name,
        short_name=f"{field.stem} {place.english}",
        country=country,
        region=place.region,
        city=place.city,
        website=address,
        portfolio=field.portfolio,
        descriptions={"en": f"Invented for demonstration: {topic.english} in and around {place.english}."},
        is_synthetic=True,
        created_at=story.created_at,
        names={} if place.language == "en" else {"en": english},
        legal_form=pattern.legal_form,
        host_organisation=f"{place.english} Development Agency" if pattern.legal_form == "unit_of_another" else None,
        founded_year=story.labels[0].assessed_on.year - age,
        english_page=f"{address}/en",
        contact_role="Cluster manager",
        ecosystems=_some(chance, field.ecosystems),
        emerging_industries=_some(chance, field.emerging_industries),
        activities=_some(chance, field.activities),
        participants=committed + committed * chance.amount(material.distributions["passive_percent"]) // 100,
        members=members,
        staff_fte=Decimal(chance.amount(material.distributions["staff_tenths"])).scaleb(-1),
    )
    return cluster, story


def _lived(material: Material, chance: Chance, history: History, country: str, portfolio: str) -> Story:
    """Answer a story that follows the history to its end by the day of the figures, begun earlier if need be."""
    year = chance.weighted(material.first_years, lambda year: year.organisations)
    opened_on = date(year.year, chance.between(year.first_month, 12), chance.between(1, 28))
    while opened_on.year >= material.first_years[0].year:
        registered_on = opened_on - timedelta(chance.between(60, 150))
        story = Story(chance, material.rule_sets, registered_on, country, portfolio)
        for step in history.steps:
            story.tell(step, _working_day(opened_on), material.distributions["decision_days"])
            if story.decided_on > AS_OF:
                break
        else:
            return story
        opened_on = add_months(opened_on, -12)
    raise ValueError(f"The history of {len(history.steps)} steps is too long to end by {AS_OF}.")


def _named(
    material: Material, chance: Chance, country: str, naming: tuple[int, set[str]]
) -> tuple[Field, Place, Topic]:
    """Answer a field, place and topic that no organisation of this copy has; later copies number their cities.

    There are at least twice as many of them in each country as organisations, so that the search ends soon.
    """
    copy, names = naming
    while True:
        field = chance.weighted(material.fields, lambda field: field.weight)
        place = chance.pick(material.places[country])
        topic = chance.pick(material.topics[place.language, field.portfolio])
        name = f"{topic.english} {place.english}"
        if name not in names:
            break
    names.add(name)
    if copy > 1:
        city, english, address = f"{place.city} {copy}", f"{place.english} {copy}", f"{place.address}-{copy}"
        place = replace(place, city=city, english=english, address=address)
    return field, place, topic


def _some(chance: Chance, codes: Sequence[str]) -> tuple[str, ...]:
    """Answer the first one, two or three of these codes."""
    return tuple(codes[: chance.between(1, min(3, len(codes)))])


def _members(chance: Chance, distributions: Mapping[str, Sequence[tuple[float, int]]]) -> dict[str, int]:
    """Answer committed members by kind: small firms for the most part, some of each of three other groups."""
    committed = chance.amount(distributions["members"])
    groups = {
        group: max(1, committed * chance.amount(distributions[f"{group}_percent"]) // 100)
        for group in ("large", "research", "other")
    }
    sme = committed - sum(groups.values())
    research = _spread(chance, groups["research"], RESEARCH)
    return {"sme": sme, "non_sme": groups["large"]} | research | _spread(chance, groups["other"], OTHERS)


def _spread(chance: Chance, count: int, kinds: Sequence[str]) -> dict[str, int]:
    """Answer this many members cut at random places into these kinds; kinds that get none are left out."""
    cuts = [0, *sorted(chance.between(0, count) for _ in kinds[1:]), count]
    return {kind: end - start for kind, (start, end) in zip(kinds, pairwise(cuts), strict=True) if end > start}
