"""The rules of the registry: when a profile may be published, what cannot be true, what makes two records alike.

Facts of a cluster are plain values under the names of ``RECORDED``; thresholds and lists are data, handed in.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from functools import cache, lru_cache
from typing import Any

from rapidfuzz import fuzz

from cluster_api.clusters.schemas import CriterionRead, MembersOfKind
from cluster_api.clusters.states import SUCCESSORS, ClusterStatus, SuccessionKind
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.schema import instant_text
from cluster_api.vocabularies.rules import fold, lookup_key

Facts = Mapping[str, Any]
HERE = "cluster_api.clusters"

EMPTY: Facts = {
    "legal_name": "",
    "short_name": None,
    "names": {},
    "country": "",
    "region": None,
    "city": None,
    "legal_form": None,
    "host_organisation": None,
    "founded_year": None,
    "website": None,
    "english_page": None,
    "contact_role": None,
    "portfolio": None,
    "ecosystems": [],
    "emerging_industries": [],
    "activities": [],
    "participants": None,
    "members": {},
    "staff_fte": None,
    "support_programme": None,
    "is_social_economy": False,
    "descriptions": {},
    "identifiers": [],
    "status": "active",
    "profile_state": "draft",
    "profile_reason": None,
    "waiver": None,
    "published_at": None,
    "is_synthetic": False,
}
"""Every fact that is recorded of a cluster, as it is when nothing is known."""
REASONS = frozenset({"profile_reason", "waiver"})
"""The recorded facts that say why something was decided: told to those who see all, not to the public."""

BETWEEN_NAMES = " | "
MOST_WORDS = 8
LONGEST_KEY = 100
_PAGE = re.compile(r"https?://(?:www\.)?([^/?#]+)([^?#]*)")


def sort_name(legal_name: str) -> str:
    """Answer the name by which lists are ordered: folded, at most 300 characters."""
    return fold(legal_name)[:300]


def search_text(names: Iterable[str | None]) -> str:
    """Answer every name folded, once each: what a search looks into."""
    return BETWEEN_NAMES.join(dict.fromkeys(fold(name) for name in names if name))


def names_in(text: str) -> tuple[str, ...]:
    """Answer the names that a search text holds, folded."""
    return tuple(text.split(BETWEEN_NAMES))


def search_words(q: str) -> list[str]:
    """Answer the words of a search; more than eight narrow nothing that eight have not narrowed."""
    return fold(q).split()[:MOST_WORDS]


def like_pattern(word: str) -> str:
    """Answer the pattern of LIKE that finds a folded word anywhere; its escape is a backslash."""
    escaped = re.sub(r"([%_\\])", r"\\\1", word)
    return f"%{escaped}%"


def activity_patterns(activity: str, below: Iterable[str]) -> list[str]:
    """Answer the patterns of LIKE that find an activity or one below it in ``|A|B|``.

    Groups and classes begin like their division; the letter of a section stands for the divisions ``below`` it.
    """
    return [f"%|{activity}|%", *(f"%|{code}%" for code in below)] if activity.isalpha() else [f"%|{activity}%"]


def merged(facts: Facts, patch: Facts) -> dict[str, Any]:
    """Answer the facts after a merge patch (RFC 7396): null empties a fact, objects are merged member by member."""
    result = dict(facts)
    for name, value in patch.items():
        if isinstance(value, dict):
            kept = {**facts[name], **value}
            result[name] = {key: entry for key, entry in kept.items() if entry is not None}
        else:
            result[name] = EMPTY[name] if value is None else value
    if result["staff_fte"] is not None:
        result["staff_fte"] = kept_fte(result["staff_fte"])
    return result


def changed(before: Facts, after: Facts) -> dict[str, Any]:
    """Answer the facts that differ, with their new values."""
    return {name: value for name, value in after.items() if before[name] != value}


def folded_changes(changes: Iterable[Facts]) -> dict[str, Any]:
    """Answer the facts after these changes, one upon the other."""
    facts = dict(EMPTY)
    for change in changes:
        facts.update(change)
    return facts


def recorded_value(value: Any) -> Any:
    """Answer a value as it is recorded: decimals as numbers, instants as text, choices by their value."""
    if isinstance(value, Decimal):
        return float(value)
    return instant_text(value) if isinstance(value, datetime) else getattr(value, "value", value)


def kept_fte(fte: float) -> float:
    """Answer full-time equivalents to one decimal, cut off: rounding up could lift a team over a threshold."""
    return float(Decimal(repr(fte)).quantize(Decimal("0.1"), rounding=ROUND_DOWN))


def committed_total(members: Mapping[str, int]) -> int:
    """Answer the committed members of all kinds; the parts sum to the total (programme, invariant 22)."""
    return sum(members.values())


def all_participants(facts: Facts) -> int:
    """Answer all participants: those stated, or those committed if none are stated."""
    stated: int | None = facts["participants"]
    return committed_total(facts["members"]) if stated is None else stated


def composition(members: Mapping[str, int], kinds: Iterable[tuple[str, str, str]]) -> list[MembersOfKind]:
    """Answer the committed members of each kind (code, label, sphere) and their share of all, to four decimals."""
    total = committed_total(members)
    return [
        MembersOfKind(
            kind=code,
            label=label,
            sphere=sphere,
            committed=members.get(code, 0),
            share=round(members.get(code, 0) / total, 4) if total else None,
        )
        for code, label, sphere in kinds
    ]


def contradictions(facts: Facts, *, today: date, region_country: str | None) -> list[Fault]:
    """Answer what cannot be true of these facts; ``region_country`` is the country in which their region lies."""
    faults = []
    if facts["region"] is not None and region_country != facts["country"]:
        faults.append(Fault("/body/region", "region_of_other_country", f"{facts['region']} is not in this country."))
    if facts["founded_year"] is not None and facts["founded_year"] > today.year:
        faults.append(Fault("/body/founded_year", "in_future", "The year of foundation lies in the future."))
    committed = committed_total(facts["members"])
    if all_participants(facts) < committed:
        detail = f"{committed} committed members are more than {facts['participants']} participants: correct either."
        faults.append(Fault("/body/participants", "fewer_than_committed", detail))
    return faults


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of publication: demanded in countries of these groups, with its threshold and its source."""

    code: str
    requirement: str
    threshold: Decimal
    applies_to: frozenset[str]
    version: str
    source: str


def assess(
    criteria: Sequence[Criterion], facts: Facts, *, group: str, sphere_of: Mapping[str, str]
) -> list[CriterionRead]:
    """Answer criterion by criterion whether a profile may be published and what is missing.

    ``group`` is that of the country: the criteria hold in the countries of the EU and its programme. ``sphere_of``
    says of each kind of member whether it is industry, research, public or other. Source: platform, validation
    criteria for cluster organisations (programme, 3.1).
    """
    found = {
        "management_fte": Decimal(repr(facts["staff_fte"] or 0)),
        "english_page": Decimal(facts["english_page"] is not None),
        "committed_members": Decimal(committed_total(facts["members"])),
        "kinds_of_member": Decimal(len({sphere_of[kind] for kind, count in facts["members"].items() if count})),
    }
    return [_assessed(criterion, found[criterion.code], group) for criterion in criteria]


def _assessed(criterion: Criterion, found: Decimal, group: str) -> CriterionRead:
    met = found >= criterion.threshold
    lacking = f"{found:f} of {criterion.threshold:f}." if criterion.code != "english_page" else "No page is given."
    return CriterionRead(
        code=criterion.code,
        requirement=criterion.requirement.format(threshold=f"{criterion.threshold:f}"),
        applies=group in criterion.applies_to,
        met=met,
        missing=None if met else lacking,
        source=criterion.source,
    )


def unmet(criteria: Iterable[CriterionRead]) -> list[CriterionRead]:
    """Answer the criteria that apply and are not met."""
    return [criterion for criterion in criteria if criterion.applies and not criterion.met]


def may_be_waived(facts: Facts) -> bool:
    """Answer whether the criteria can be waived: recognised by a programme, or social economy (programme, 3.1)."""
    return bool(facts["support_programme"]) or bool(facts["is_social_economy"])


def missing_fields(facts: Facts, mandatory: Iterable[str]) -> list[str]:
    """Answer the mandatory fields that are empty."""
    return [name for name in mandatory if facts[name] in (None, "", [], {})]


def completeness(facts: Facts, fields: Sequence[str]) -> float:
    """Answer the share of these fields that are filled, 0 to 1, to four decimals."""
    return round(1 - len(missing_fields(facts, fields)) / len(fields), 4)


@dataclass(frozen=True, slots=True)
class Party:
    """What tells one organisation from another."""

    names: tuple[str, ...]
    country: str
    website: str | None = None
    identifiers: frozenset[tuple[str, str]] = frozenset()


def party_of(facts: Facts) -> Party:
    """Answer what tells the organisation with these facts from others."""
    names = (facts["legal_name"], facts["short_name"], *facts["names"].values())
    identifiers = frozenset((entry["registry"], entry["value"]) for entry in facts["identifiers"])
    return Party(tuple(name for name in names if name), facts["country"], facts["website"], identifiers)


@dataclass(frozen=True, slots=True)
class LikenessLimits:
    """The weights and the threshold of likeness, and the words of names that tell nothing."""

    candidate_from: float
    website_score: float
    core_weight: float
    number_factor: float
    noise: frozenset[str]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two organisations are, 0 to 1, and in what."""

    score: float
    matched_on: tuple[str, ...]


def likeness(one: Party, other: Party, limits: LikenessLimits) -> Likeness:
    """Answer how alike two organisations are.

    A shared identifier is certainty. Names count only within one country, because bodies of different countries often
    have the same. The same web page counts as much as the limits say.
    """
    pairs = ((a, b) for a in one.names for b in other.names) if one.country == other.country else ()
    name = max((_name_score(a, b, limits) for a, b in pairs), default=0.0)
    same_page = one.website is not None and web_key(one.website) == web_key(other.website)
    same_number = bool(one.identifiers & other.identifiers)
    score = 1.0 if same_number else max(name, limits.website_score if same_page else 0.0)
    reasons = {"identifier": same_number, "website": same_page, "name": name >= limits.candidate_from}
    return Likeness(round(score, 2), tuple(reason for reason, holds in reasons.items() if holds))


def _name_score(one: str, other: str, limits: LikenessLimits) -> float:
    core, core_of_other = core_words(one, limits.noise), core_words(other, limits.noise)
    core_score = max(
        fuzz.ratio(" ".join(sorted(core)), " ".join(sorted(core_of_other))),
        fuzz.ratio("".join(core), "".join(core_of_other)),
    )
    whole_score = fuzz.ratio(" ".join(sorted(_words(one))), " ".join(sorted(_words(other))))
    score = (limits.core_weight * core_score + (1 - limits.core_weight) * whole_score) / 100
    numbers, numbers_of_other = ({word for word in words if word.isdigit()} for words in (core, core_of_other))
    return float(score if numbers == numbers_of_other else score * limits.number_factor)


# One name is compared with many, and folding is most of the work.
@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    return tuple(lookup_key(name).split())


def core_words(name: str, noise: Collection[str]) -> tuple[str, ...]:
    """Answer the telling words of a name, folded; all of them if none tells anything."""
    words = _words(name)
    return tuple(word for word in words if word not in noise) or words


def web_key(address: str | None) -> str | None:
    """Answer host and path of a web address without what does not tell pages apart: scheme, ``www.``, last slash."""
    if address is None:
        return None
    parts = _PAGE.match(address.lower())
    return f"{parts[1]}{parts[2].rstrip('/')}" if parts else address


def likeness_keys(party: Party, noise: Collection[str]) -> frozenset[str]:
    """Answer keys of which two spellings of one organisation share at least one, and few others do.

    For each name: its telling words in order of the alphabet, shortened, all of them and all but each one, so that a
    word added, dropped or misspelt leaves a key in common; and all in one, for words written together. And the page.
    """
    keys = {f"web:{web_key(party.website)}"} if party.website else set()
    for name in party.names:
        words = core_words(name, noise)[:MOST_WORDS]
        distinct = sorted(set(words))
        shapes = [distinct, *([*distinct[:at], *distinct[at + 1 :]] for at in range(len(distinct)) if distinct[1:])]
        keys |= {f"{party.country}:{_shortened(shape)}" for shape in shapes}
        keys.add(f"{party.country}={''.join(words)}")
    return frozenset(key[:LONGEST_KEY] for key in keys)


def _shortened(words: Sequence[str]) -> str:
    letters = {1: LONGEST_KEY, 2: 6}.get(len(words), 4)
    return ".".join(word[:letters] for word in words)


@dataclass(frozen=True, slots=True)
class Successors:
    """Who is said to go on from whom: the successors named, and those of them that are active clusters."""

    of: str
    named: tuple[str, ...]
    active: frozenset[str]


def succession_faults(
    kind: SuccessionKind, status: ClusterStatus, new_name: str | None, successors: Successors
) -> list[Fault]:
    """Answer why this cannot have become of a cluster; a cluster that has ended cannot end again."""
    faults = []
    fewest, most = SUCCESSORS[kind]
    if status is not ClusterStatus.ACTIVE:
        faults.append(Fault("/body/kind", "not_active", f"The cluster is {status.value} already."))
    if (kind is SuccessionKind.RENAMED) != (new_name is not None):
        faults.append(Fault("/body/new_name", "new_name", "A new name belongs to `renamed`, and only to it."))
    if not fewest <= len(successors.named) <= most:
        faults.append(Fault("/body/successors", "number", f"{kind.value}: {fewest} to {most} successors."))
    for position, successor in enumerate(successors.named):
        if successor == successors.of or successor not in successors.active:
            faults.append(Fault(f"/body/successors/{position}", "not_active", "Not another active cluster."))
    return faults


@cache
def profile_fields() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Answer the fields of a profile, and those of them that are mandatory."""
    rows = data_rows(HERE, "profile_fields")
    return tuple(row["field"] for row in rows), tuple(row["field"] for row in rows if row["mandatory"] == "yes")


@cache
def registry_checks() -> Mapping[str, str]:
    """Answer how the identifiers of each registry are checked."""
    return {row["code"]: row["check"] for row in data_rows(HERE, "registries")}


@cache
def likeness_limits() -> LikenessLimits:
    """Answer the weights and the threshold of likeness in force."""
    values = {row["name"]: float(row["value"]) for row in data_rows(HERE, "likeness")}
    noise = lookup_key(" ".join(row["words"] for row in data_rows(HERE, "noise"))).split()
    return LikenessLimits(**values, noise=frozenset(noise))
