"""The version of the engine is raised with every change of what it computes: these results are pinned to it."""

import hashlib

import rfc8785

from cluster_api.scoring.rules import ENGINE, missing, score
from tests.scoring.given import GOLD, sheet_of

PINNED = {"1": "518484a1611faf5b028caa37b39d8cc4d42abe9288b5c7c66b3393300070f312"}


def computed() -> str:
    """Answer the digest of many scores: gold from nothing to everything, and what is missing."""
    found = [score(GOLD, sheet_of(points)).model_dump(mode="json") for points in range(0, 151, 3)]
    found += [one.model_dump(mode="json") for points in (119, 140) for one in missing(GOLD, sheet_of(points))]
    return hashlib.sha256(rfc8785.dumps(found)).hexdigest()


def test_engine_computes_what_its_version_did() -> None:
    assert PINNED[ENGINE] == computed(), "Raise ENGINE in scoring/rules.py, and pin the new digest beside the old one."
