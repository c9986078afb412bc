"""Why somebody takes no part in a case, in words that end with the way out; no database."""

from cluster_api.assessments.states import AssignmentRole
from cluster_api.assessors.rules import Candidate, Reason
from cluster_api.assessors.states import ReasonCode
from cluster_api.assignments.rules import (
    NO_ROLE,
    Refusal,
    codes_of,
    faults_of,
    having_a_part,
    not_acting,
    refusals_of,
)
from cluster_api.foundation.errors import Fault

UNTRAINED = Reason(ReasonCode.NOT_TRAINED, "Not trained on ECEI-2013.")
FRIEND = Reason(ReasonCode.SAME_EMPLOYER, "Works for the same employer.")
LOCAL = Reason(ReasonCode.NO_FOREIGNER, "None comes from abroad.")
EXCLUDED = Reason(ReasonCode.EXCLUDED, "Left out.")
SPEAKS = Reason(ReasonCode.SPEAKS, "Speaks Danish.", 3)


def test_refusals_end_with_the_way_out_and_come_once() -> None:
    assert refusals_of([UNTRAINED, EXCLUDED, UNTRAINED]) == [
        Refusal(
            "not_trained",
            "Not trained on ECEI-2013. Record a training passed by the day of the visit, or propose another assessor.",
        ),
        Refusal("excluded", "Left out."),
    ]
    assert refusals_of([]) == []


def test_refusal_is_said_of_one_of_several() -> None:
    assert Refusal("not_trained", "Not trained.").of("lead") == Refusal("lead: not_trained", "lead: Not trained.")


def test_who_lost_the_role_is_told_so_first_and_without_what_spoke_for_it() -> None:
    eligible = Candidate("a", eligible=True, reasons=[SPEAKS])
    assert not_acting(eligible) == Candidate("a", eligible=False, reasons=[NO_ROLE])
    refused = Candidate("a", eligible=False, reasons=[UNTRAINED])
    assert not_acting(refused) == Candidate("a", eligible=False, reasons=[NO_ROLE, UNTRAINED])


def test_who_has_a_part_already_makes_no_pair_with_oneself() -> None:
    found = Candidate("a", eligible=False, reasons=[UNTRAINED, EXCLUDED, FRIEND, LOCAL, SPEAKS])
    says = Reason(ReasonCode.EXCLUDED, "Has a part in the case already: second. Replace it first.")
    assert having_a_part(found, AssignmentRole.SECOND) == Candidate(
        "a", eligible=False, reasons=[says, UNTRAINED, SPEAKS]
    )


def test_codes_come_once_and_in_their_order() -> None:
    found = [Refusal("b", "One."), Refusal("a", "Two."), Refusal("b", "Three.")]
    assert codes_of(found) == ["b", "a"]
    assert faults_of(found[:2], "/body/person_id") == [
        Fault("/body/person_id", "b", "One."),
        Fault("/body/person_id", "a", "Two."),
    ]
