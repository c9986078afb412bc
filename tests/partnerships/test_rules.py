"""What counts for which indicator, once each, and when an agreement is in force."""

import pytest

from cluster_api.partnerships.rules import (
    COMPUTED,
    Attended,
    attendee_key,
    consortium_faults,
    is_in_force,
    observed,
    text_digest,
)
from cluster_api.partnerships.states import ActivityKind as K
from cluster_api.partnerships.states import AttendeeKind as W
from cluster_api.partnerships.states import PartnerRole as R
from cluster_api.vocabularies.queries import codes


def test_digest_is_of_the_bytes_of_the_text() -> None:
    assert text_digest("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"


@pytest.mark.parametrize(
    ("key", "told"), [("be 0123.456-749", "BE0123456749"), ("m_1:a", "M_1:A"), ("BE0123456749", "BE0123456749")]
)
def test_keys_are_compared_in_one_form(key: str, told: str) -> None:
    assert attendee_key(key) == told


@pytest.mark.parametrize(
    ("partners", "signed", "told"),
    [(["a", "b"], ["a"], False), (["a", "b"], ["b", "a"], True), (["a"], ["a", "left"], True), ([], [], False)],
)
def test_agreement_is_in_force_when_every_partner_of_now_has_signed(
    partners: list[str], signed: list[str], told: bool
) -> None:
    assert is_in_force(partners, signed) is told


@pytest.mark.parametrize(
    ("partners", "faults"),
    [
        ([("a", R.COORDINATOR), ("b", R.PARTNER)], 0),
        ([("a", R.COORDINATOR), ("b", R.PARTNER), ("c", R.PARTNER)], 0),
        ([("a", R.COORDINATOR)], 0),
        ([("a", R.PARTNER), ("b", R.PARTNER)], 1),
        ([("a", R.COORDINATOR), ("b", R.COORDINATOR)], 1),
        ([("a", R.COORDINATOR), ("a", R.PARTNER)], 1),
        ([("a", R.COORDINATOR), ("a", R.COORDINATOR)], 2),
    ],
)
def test_programme_invariant_24_one_coordinator_and_everybody_once(partners: list[tuple[str, R]], faults: int) -> None:
    assert len(consortium_faults(partners)) == faults


def test_what_is_wrong_with_a_consortium_is_told() -> None:
    assert consortium_faults([("a", R.COORDINATOR), ("a", R.COORDINATOR)]) == [
        "There is exactly one coordinator; 2 are named.", "An organisation is named twice.",
    ]  # fmt: skip


def test_everything_is_counted_once() -> None:
    activities = {
        "t1": K.TRAINING, "t2": K.TRAINING, "v": K.STUDY_VISIT, "l": K.LEARNING_EVENT, "m": K.MATCHMAKING,
        "b": K.BENCHMARKING, "c1": K.CONSULTATION, "c2": K.CONSULTATION,
        "c3": K.CONSULTATION, "s": K.CLUSTER_STRATEGY,
        "j": K.JOINT_STRATEGY, "e": K.EVENT, "o": K.COACHING,
    }  # fmt: skip
    attended = [
        Attended("t1", K.TRAINING, W.MANAGER, "A"), Attended("t2", K.TRAINING, W.MANAGER, "A"),
        Attended("o", K.COACHING, W.MANAGER, "B"), Attended("v", K.STUDY_VISIT, W.MANAGER, "C"),
        Attended("t1", K.TRAINING, W.SME, "X"), Attended("e", K.EVENT, W.SME, "X"),
        Attended("m", K.MATCHMAKING, W.SME, "Y"),
        Attended("b", K.BENCHMARKING, W.ORGANISATION, "P"), Attended("b", K.BENCHMARKING, W.ORGANISATION, "Q"),
        Attended("c1", K.CONSULTATION, W.ORGANISATION, "P"), Attended("c1", K.CONSULTATION, W.ORGANISATION, "R"),
        Attended("s", K.CLUSTER_STRATEGY, W.ORGANISATION, "P"),
    ]  # fmt: skip
    assert observed(activities, attended) == {
        "CONSULTATIONS": 4, "TRAINING_SESSIONS": 2, "LEARNING_EVENTS": 2, "MATCHMAKING_EVENTS": 1,
        "STRATEGIES_JOINT": 1, "MANAGERS_TRAINED": 2, "ORGS_BENCHMARKED": 2, "STRATEGIES_CLUSTER": 1,
        "SMES_REACHED": 2,
    }  # fmt: skip


def test_what_is_computed_is_an_indicator_of_the_catalogue() -> None:
    assert codes("kpis") >= COMPUTED
    assert codes("kpis") - COMPUTED == {"NEW_SERVICES", "COOP_PROJECTS", "VALUE_CHAINS", "B2B_MEETINGS"}
