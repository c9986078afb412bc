"""Who takes part in the matching of a round, and how its certificate is read to be checked. Pure."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Any

from cluster_api.batches.schemas import RoundCertificate
from cluster_api.matching.rules import Profile
from cluster_api.matching.schemas import MatchWeights
from cluster_api.pairings.queries import Violation, violations
from cluster_api.pairings.rules import Entrant, Terms
from cluster_api.pairings.schemas import Certificate
from cluster_api.rounds.states import ExchangeRole


def entrants(profiles: Iterable[Profile], quota: int) -> list[Entrant]:
    """Answer everybody of a side with the same quota."""
    return [Entrant(one, quota) for one in profiles]


def read_inputs(lines: Sequence[str]) -> tuple[list[Entrant], list[Entrant], Terms]:
    """Answer visitors, hosts and terms from the lines of a certificate.

    Raises:
        ValueError: a line is not what it should be; the message names it.
    """
    if not lines:
        raise ValueError("Line 1, with the terms, is missing.")
    try:
        told = json.loads(lines[0])
        weights = MatchWeights.model_validate_json(json.dumps(told["weights"]))
        terms = Terms(str(told["seed"]), int(told["least_points"]), weights)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"Line 1 does not hold the terms: {error}") from error
    sides: dict[ExchangeRole, list[Entrant]] = {role: [] for role in ExchangeRole}
    for number, line in enumerate(islice(lines, 1, None), 2):
        try:
            role, quota, *values = json.loads(line)
            sides[ExchangeRole(role)].append(Entrant(_profile(values), int(quota)))
        except (TypeError, ValueError) as error:
            raise ValueError(f"Line {number} does not hold a participant: {error}") from error
    return sides[ExchangeRole.VISITOR], sides[ExchangeRole.HOST], terms


def _profile(values: Sequence[Any]) -> Profile:
    key, organisation, country, ecosystems, aims, activities, wanted, since, until = values
    days = [None if one is None else date.fromisoformat(one) for one in (since, until)]
    return Profile(key, organisation, country, ecosystems, aims, activities, frozenset(wanted), *days)


def flaws_of(told: RoundCertificate) -> list[Violation]:
    """Answer all that is wrong with a certificate; nothing if the matching that it tells of is stable.

    Raises:
        ValueError: its lines are not what they should be.
    """
    visitors, hosts, terms = read_inputs(told.inputs)
    certificate = Certificate(
        seed=terms.seed,
        weights_version=terms.weights.version,
        least_points=terms.least_points,
        inputs_sha256=told.inputs_sha256,
        pairs=tuple(told.pairs),
    )
    return list(violations(visitors, hosts, terms, certificate))


def findings(certificate: bytes) -> list[str]:
    """Answer what is wrong with a certificate as it was downloaded, in a line each; nothing if it holds."""
    try:
        flaws = flaws_of(RoundCertificate.model_validate_json(certificate))
    except ValueError as error:
        return [f"This is no certificate: {error}"]
    return [f"{one.flaw.value}: visitor {one.visitor_id or '-'}, host {one.host_id or '-'}" for one in flaws]
