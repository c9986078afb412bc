"""What a decision rests on and what follows from its votes, as pure functions: computing, comparing, counting.

Sources: domain invariants 8 to 11 (requirements), 19 (votes), and section 4.2 for quorum and majority (proposed).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from cluster_api.assessments.states import SCORING
from cluster_api.clusters.states import Level
from cluster_api.decisions.states import COUNTING, Choice, ConditionsStanding, Recusal
from cluster_api.foundation.canonical import digest
from cluster_api.indicators.schemas import EligibilitySet, IndicatorSet
from cluster_api.methodology.rules import (
    ImprovementArea,
    bronze_lacks,
    bronze_trace,
    gold_refusals_of,
    silver_refusals,
)
from cluster_api.methodology.schemas import Terms
from cluster_api.methodology.states import CaseKind
from cluster_api.scoring.rules import scored

TAKEN_OVER = (
    "number", "cluster_id", "level", "kind", "binding", "benchmarks_on", "visit_dates", "sheet", "improvements",
    "scores", "evidence",
)  # fmt: skip
"""What a decision keeps of the sealed report: all that its result is computed from, with the digests of the rest."""


TAKEN_OVER_OF_BRONZE = (
    "number", "cluster_id", "level", "kind", "binding", "benchmark", "checklist", "waivers", "recommends", "evidence",
)  # fmt: skip
"""The same of a bronze case."""


def inputs_of(document: Mapping[str, Any], report_digest: str) -> dict[str, Any]:
    """Answer everything a decision is computed from, taken from a sealed report."""
    names = TAKEN_OVER_OF_BRONZE if document["level"] == Level.BRONZE else TAKEN_OVER
    return {**{name: document[name] for name in names}, "report_digest": report_digest}


def computed(inputs: Mapping[str, Any], terms: Terms, document: IndicatorSet | EligibilitySet) -> dict[str, Any]:
    """Answer score with trace and what the level still lacks, from the inputs of a decision alone.

    ``document`` are the bound indicators or, of bronze, the bound criteria: each of them is a line of the trace.
    """
    if isinstance(document, EligibilitySet):
        checklist, waivers = inputs["checklist"], inputs["waivers"]
        found = {"released_on": inputs["benchmark"]["released_on"], "recommends": inputs["recommends"]}
        trace = bronze_trace(document, checklist, waivers, **found)
        return {"trace": trace, "refusals": bronze_lacks(document, checklist, waivers, **found)}
    result = scored(document, inputs["sheet"])
    return {"score": result, "refusals": _refusals(inputs, terms, document, result["refused_by"])}


def _refusals(
    inputs: Mapping[str, Any], terms: Terms, methodology: IndicatorSet, refused_by: Sequence[str]
) -> list[str]:
    level, sheet = Level(inputs["level"]), inputs["sheet"]
    if level is Level.GOLD:
        experts = sum(one["role"] in SCORING[level] for one in inputs["scores"])
        days, kind = len(inputs["visit_dates"]), CaseKind(inputs["kind"])
        return gold_refusals_of(terms, refused_by, experts=experts, days=days, kind=kind)
    days_of = [date.fromisoformat(day) for day in inputs["benchmarks_on"]]
    if len(days_of) < 2:
        return ["the days of the two benchmarks are not named"]
    areas = [ImprovementArea(name, bool(said)) for name, said in inputs["improvements"].items()]
    return silver_refusals(terms, methodology, sheet, areas, (days_of[0], days_of[1]))


@dataclass(frozen=True, slots=True)
class Difference:
    """A place in which what was computed again differs from what is kept."""

    pointer: str
    kept: Any
    computed: Any


def differences(kept: Any, again: Any, pointer: str = "") -> Iterator[Difference]:
    """Answer every place in which two plain values differ, by RFC 6901 pointers."""
    if isinstance(kept, Mapping) and isinstance(again, Mapping):
        for name in sorted({*kept, *again}):
            yield from differences(kept.get(name), again.get(name), f"{pointer}/{name}")
    elif isinstance(kept, list) and isinstance(again, list) and len(kept) == len(again):
        for place, pair in enumerate(zip(kept, again, strict=True)):
            yield from differences(*pair, f"{pointer}/{place}")
    elif kept != again:
        yield Difference(pointer, kept, again)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on record about a decision, and what its case, report and evidence say of themselves today.

    ``report`` is the document of the sealed report, None if there is none; ``evidence`` maps the files of the case to
    their digests; ``benchmark`` is the digest of the answers on which a bronze case rests.
    """

    inputs: Mapping[str, Any]
    result: Mapping[str, Any]
    inputs_digest: str
    result_digest: str
    report_digest: str
    passes: bool
    binding: Mapping[str, Any]
    report: Mapping[str, Any] | None
    evidence: Mapping[str, str]
    benchmark: str | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay: the digest of what was computed, of null if nothing could be, and every difference."""

    result_digest: str
    differences: Sequence[Difference]


NOT_COMPUTABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What comes of inputs that are not what anybody decided on."""


def replayed(kept: Kept, terms: Terms, methodology: IndicatorSet | EligibilitySet) -> Replayed:
    """Compute a decision again and answer every place in which it differs from what is on record.

    This is the replay of one decision as of all of them. Which engine computed it is no difference by itself.
    """
    try:
        again = _made_again(kept, terms, methodology)
    except NOT_COMPUTABLE as error:
        why = f"Nothing can be computed from them: {error!r}"
        return Replayed(digest(None), [Difference("/inputs", kept.inputs_digest, why)])
    on_record = {
        "result": kept.result,
        "result_digest": kept.result_digest,
        "inputs_digest": kept.inputs_digest,
        "passes": kept.passes,
        "binding": kept.binding,
        "report": None if kept.report is None else digest(kept.report),
        "evidence": {file: kept.evidence[file] for file in again["evidence"] if file in kept.evidence},
        "benchmark": kept.benchmark,
    }
    # Nearly always all of it is the same, which is told much faster than where it is not.
    return Replayed(again["result_digest"], [] if on_record == again else list(differences(on_record, again)))


def _made_again(kept: Kept, terms: Terms, methodology: IndicatorSet | EligibilitySet) -> dict[str, Any]:
    again = computed(kept.inputs, terms, methodology)
    return {
        "result": again,
        "result_digest": digest(again),
        "inputs_digest": digest(kept.inputs),
        "passes": not again["refusals"],
        "binding": kept.inputs["binding"],
        "report": kept.report_digest,
        "evidence": {one["id"]: one["sha256"] for one in kept.inputs["evidence"]},
        "benchmark": kept.inputs.get("benchmark", {}).get("answers_digest"),
    }


@dataclass(frozen=True, slots=True)
class VotingRule:
    """How votes are counted, as in force from a day on."""

    applies_from: str
    quorum_percent: int
    fewest_votes: int
    majority_percent: int
    recusal: str = Recusal.ORGANISATION.value
    """Decisions opened before this was asked keep what they were opened with."""


def voting_rule_on(rows: Sequence[Mapping[str, str]], day: date, body: str) -> VotingRule:
    """Answer the rule in force on a day for a body: its own, or else that of all bodies."""
    fitting = [one for one in rows if one["applies_from"] <= day.isoformat() and one["body"] in {"", body}]
    row = max(fitting, key=lambda one: (one["body"] == body, one["applies_from"]))
    numbers = {name: int(row[name]) for name in ("quorum_percent", "fewest_votes", "majority_percent")}
    return VotingRule(row["applies_from"], **numbers, recusal=row["recusal"])


def group_of(rows: Sequence[Mapping[str, str]], country: str, day: date) -> frozenset[str]:
    """Answer the countries that count as one with a country on a day: its group, or the country alone.

    Source: domain rules 4.2 (members of the applicant's country group are recused, proposed); the groups are data.
    """
    begun = [one for one in rows if one["applies_from"] <= day.isoformat()]
    latest = {name: max(one["applies_from"] for one in begun if one["group"] == name) for name in _names(begun)}
    groups = [one["countries"].split() for one in begun if one["applies_from"] == latest[one["group"]]]
    return frozenset({country}.union(*(group for group in groups if country in group)))


def _names(rows: Sequence[Mapping[str, str]]) -> set[str]:
    return {one["group"] for one in rows}


def counted(votes: Mapping[str, Choice]) -> dict[Choice, int]:
    """Answer how many votes each choice has, by the voters."""
    return {choice: sum(one is choice for one in votes.values()) for choice in Choice}


def counting(votes: Mapping[str, Choice]) -> int:
    """Answer how many votes count: recused and abstaining ones do not (domain invariant 19)."""
    return sum(one in COUNTING for one in votes.values())


def quorum_lack(rule: VotingRule, votes: Mapping[str, Choice], members: Collection[str]) -> str | None:
    """Answer in a sentence that too few votes count, or None; ``members`` are those who are not barred.

    Entitled is who is a member or has voted, and is not recused. Source: domain rules 4.2 (half of the voting members)
    and invariant 19.
    """
    entitled = len({*members, *votes} - {person for person, choice in votes.items() if choice is Choice.RECUSED})
    wanted = max(rule.fewest_votes, -(-rule.quorum_percent * entitled // 100))
    if (cast := counting(votes)) >= wanted:
        return None
    return f"Votes that count: {cast} of {wanted} wanted; {entitled} may vote."


def outcome_of(rule: VotingRule, votes: Mapping[str, Choice], chair_id: str) -> Choice | None:
    """Answer what the votes decide: more than the share of those that count; of two halves the chair's; else None.

    Source: domain rules 4.2 (proposed): simple majority of votes cast, the chair breaks ties.
    """
    tally, cast = counted(votes), counting(votes)
    if cast == 0:
        return None
    best = max(COUNTING, key=lambda one: tally[one])
    if 100 * tally[best] > rule.majority_percent * cast:
        return best
    halves = [one for one in COUNTING if 2 * tally[one] == cast]
    chairs = votes.get(chair_id)
    return chairs if len(halves) == 2 and chairs in halves else None


def appealable_until(notified_on: date, days: int) -> date:
    """Answer the last day on which an appeal is received in time (domain invariant 21)."""
    return notified_on + timedelta(days=days)


def conditions_on(until: date | None, met_on: date | None, today: date) -> ConditionsStanding | None:
    """Answer where the conditions of a deferral stand on a day; nothing of a decision that names no day.

    What is not met by the last day has lapsed: the board refuses, or defers anew. Source: own rule, proposed.
    """
    if until is None:
        return None
    if met_on is not None:
        return ConditionsStanding.MET
    return ConditionsStanding.OPEN if today <= until else ConditionsStanding.LAPSED


def rule_as_kept(rule: VotingRule) -> dict[str, Any]:
    """Answer a rule of voting as a decision keeps it."""
    return asdict(rule)
