"""What a sheet must have besides its values: known indicators, reasons, evidence, verdicts. Pure.

Source: domain invariants 8, 14 and 15. Points follow from values by the published scales, so they are whole and inside
their range whatever was sent.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from cluster_api.foundation.errors import Fault
from cluster_api.indicators.rules import values_of
from cluster_api.indicators.schemas import IndicatorSet
from cluster_api.methodology.schemas import Terms
from cluster_api.scoring.rules import is_missed, points_of

MISSING = "missing"
Answers = Mapping[str, Any]
Named = Mapping[str, Sequence[str]]


def points_by_code(methodology: IndicatorSet, answers: Answers) -> dict[str, int]:
    """Answer the points of each scored indicator of a whole sheet; gates have none."""
    values = values_of(methodology, answers)
    return {one.code: points_of(one, values) for one in methodology.indicators if not one.is_gate}


def outcomes(methodology: IndicatorSet, answers: Answers) -> dict[str, tuple[int, bool]]:
    """Answer for each indicator, by its field, its points and whether its minimum or gate is missed."""
    values = values_of(methodology, answers)
    return {one.name: (points_of(one, values), is_missed(one, values)) for one in methodology.indicators}


def attachment_faults(
    methodology: IndicatorSet, comments: Collection[str], evidence: Named, kept: Collection[str], at: str
) -> Iterator[Fault]:
    """Answer comments and evidence of unknown indicators, and files that the case does not have."""
    known = {one.name for one in methodology.indicators}
    for member, names in (("comments", comments), ("evidence", evidence)):
        for name in names:
            if name not in known:
                yield Fault(f"{at}/{member}/{name}", "unknown_indicator", "There is no such indicator in this set.")
    for name, ids in evidence.items():
        for place, one in enumerate(ids):
            if one not in kept:
                yield Fault(f"{at}/evidence/{name}/{place}", "unknown_evidence", "The case has no such file.")


def improvement_faults(
    methodology: IndicatorSet, terms: Terms, named: Sequence[str], at: str, *, whole: bool
) -> Iterator[Fault]:
    """Answer what is wrong with the improvements of silver: number, scope, twice the same indicator (invariant 8)."""
    scope = {one.name for one in methodology.indicators if one.silver_scope}
    for place, name in enumerate(named):
        if name not in scope:
            yield Fault(f"{at}/improvements/{place}/indicator", "not_in_scope", f"{name} is not in silver's scope.")
        if name in named[:place]:
            yield Fault(f"{at}/improvements/{place}/indicator", "twice", "Each is on an indicator of its own.")
    wanted = terms.silver_improvements.value
    if whole and len(named) != wanted:
        yield Fault(f"{at}/improvements", "number", f"{wanted} improvements are wanted, {len(named)} are named.")


def consensus_faults(
    methodology: IndicatorSet,
    answers: Answers,
    scores: Sequence[Answers],
    comments: Collection[str],
    evidence: Named,
) -> Iterator[Fault]:
    """Answer each indicator that differs from an expert's without a reason, or has full marks without evidence.

    Source: domain invariant 15. ``evidence`` names released files only.
    """
    agreed = outcomes(methodology, answers)
    each = [outcomes(methodology, one) for one in scores]
    for one in methodology.indicators:
        name = one.name
        if name not in comments and any(other[name] != agreed[name] for other in each):
            detail = f"{one.code} differs from an expert's: say why."
            yield Fault(f"/body/comments/{name}", "reason_missing", detail)
        if not one.is_gate and agreed[name][0] >= one.max_points and not evidence.get(name):
            detail = f"{one.code} has full marks: name a released file of evidence."
            yield Fault(f"/body/evidence/{name}", "evidence_missing", detail)


def verdict_faults(named: Collection[str], confirmed: Collection[str]) -> Iterator[Fault]:
    """Answer each improvement without a verdict, and each verdict without an improvement."""
    for name in sorted({*named} ^ {*confirmed}):
        code, detail = (
            ("verdict_missing", "Say whether it is confirmed.") if name in named else ("no_improvement", "Not named.")
        )
        yield Fault(f"/body/confirmed/{name}", code, detail)


def patched(before: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Answer members after a merge patch of one storey (RFC 7396): null takes away, objects are merged."""
    after = dict(before)
    for name, value in patch.items():
        if value is None:
            after.pop(name, None)
        elif isinstance(value, dict) and isinstance(after.get(name), dict):
            after[name] = patched(after[name], value)
        else:
            after[name] = value
    return after
