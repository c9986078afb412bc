"""How the certificate of a matching is read, and how what is wrong with it is told."""

from datetime import date

import pytest

from cluster_api.batches.rules import entrants, findings, flaws_of, read_inputs
from cluster_api.batches.schemas import RoundCertificate
from cluster_api.foundation.identifiers import uuid7_of
from cluster_api.matching.queries import weights_on
from cluster_api.matching.rules import Profile
from cluster_api.pairings.rules import Entrant, Terms, canonical_inputs, pair_up
from cluster_api.pairings.states import Flaw

KEYS = [str(uuid7_of(1_600_000_000_000 + number, number)) for number in range(4)]
DAYS = (date(2021, 3, 1), date(2021, 6, 30))
TERMS = Terms("Lotto 4 8 15", 0, weights_on(date(2021, 1, 15)))
VISITORS = entrants(
    [
        Profile(KEYS[0], "o-1", "FR", 3, 1, 2, frozenset({"PT", "ES"}), *DAYS),
        Profile(KEYS[1], "o-2", "DE", 1, 3, 1, frozenset(), None, None),
    ],
    1,
)
HOSTS = entrants([Profile(KEYS[2], "o-3", "PT", 1, 1, 2, frozenset(), None, DAYS[1]),
                  Profile(KEYS[3], "o-4", "ES", 2, 1, 1, frozenset({"DE"}), *DAYS)], 2)  # fmt: skip


def certificate() -> RoundCertificate:
    """Answer the certificate of two visitors and two hosts."""
    made = pair_up(VISITORS, HOSTS, TERMS)
    return RoundCertificate(
        id=KEYS[0], round="pilot", inputs=canonical_inputs(VISITORS, HOSTS, TERMS).decode().split("\n"),
        inputs_sha256=made.inputs_sha256, pairs=list(made.pairs),
    )  # fmt: skip


def test_everybody_of_a_side_has_the_same_quota() -> None:
    profiles = [one.profile for one in VISITORS]
    assert entrants(profiles, 3) == [Entrant(profiles[0], 3), Entrant(profiles[1], 3)]


def test_what_is_written_is_read_again() -> None:
    visitors, hosts, terms = read_inputs(certificate().inputs)
    assert (sorted(visitors, key=lambda one: one.profile.id), terms) == (VISITORS, TERMS)
    assert sorted(hosts, key=lambda one: one.profile.id) == HOSTS


def test_certificate_holds_and_every_change_of_it_is_found() -> None:
    told = certificate()
    assert len(told.pairs) == 2
    assert flaws_of(told) == []
    assert findings(told.model_dump_json().encode()) == []
    lost = told.pairs[0]
    fewer = told.model_copy(update={"pairs": told.pairs[1:]})
    (flaw,) = {one.flaw for one in flaws_of(fewer)}
    assert flaw is Flaw.BLOCKING
    assert f"blocking: visitor {lost.visitor_id}, host {lost.host_id}" in findings(fewer.model_dump_json().encode())
    other = told.model_copy(update={"inputs_sha256": "0" * 64})
    assert findings(other.model_dump_json().encode()) == ["inputs: visitor -, host -"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "Line 1, with the terms, is missing."),
        (["[]"], "Line 1 does not hold the terms: list indices must be integers or slices, not str"),
        (["{}"], "Line 1 does not hold the terms: 'weights'"),
        (["?"], "Line 1 does not hold the terms: Expecting value: line 1 column 1 (char 0)"),
        ([None, '["guest",1]'], "Line 2 does not hold a participant: 'guest' is not a valid ExchangeRole"),
        (
            [None, '["visitor",1,"x"]'],
            "Line 2 does not hold a participant: not enough values to unpack (expected 9, got 1)",
        ),
        (
            [None, None, "[]"],
            "Line 3 does not hold a participant: not enough values to unpack (expected at least 2, got 0)",
        ),
    ],
)
def test_line_that_cannot_be_read_is_named(lines: list[str | None], message: str) -> None:
    whole = certificate().inputs
    given = [whole[number] if one is None else one for number, one in enumerate(lines)]
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        read_inputs(given)
    assert str(caught.value) == message
    told = certificate().model_copy(update={"inputs": given})
    assert findings(told.model_dump_json().encode()) == [f"This is no certificate: {message}"]
