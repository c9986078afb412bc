"""What is due of a deferral over HTTP: for whom, when to remind, what follows when its day passes."""

from typing import Any

from tests.interviews.given import Bronze

SAID = {"conditions": "New statutes.", "deferred_until": "2021-06-30"}
MET = {"met_on": "2021-04-01", "how": "They were registered."}


def due(bronze: Bronze, who: str) -> dict[str, tuple[str, str, bool]]:
    """Answer what is due by code: when, by whom, whether the day is past."""
    found = bronze.get(who, f"{bronze.case}/deadlines").json()["deadlines"]
    return {one["code"]: (one["due_on"], one["who"], one["is_overdue"]) for one in found}


def deferred(bronze: Bronze) -> Any:
    return bronze.reported().on("2021-03-01").decide("defer", said=SAID)


def standing(bronze: Bronze) -> Any:
    return bronze.get("secretariat", bronze.decision).json()["conditions_standing"]


def test_deferral_has_a_deadline_with_reminders_and_a_day_for_the_board(bronze: Bronze) -> None:
    assert deferred(bronze)["conditions_standing"] == "open"
    bronze.tell()
    for who in ("secretariat", "cluster"):
        assert due(bronze, who) == {
            "conditions": ("2021-06-30", "cluster", False),
            "resumption": ("2021-08-29", "secretariat", False),
        }
    first = bronze.get("cluster", f"{bronze.case}/deadlines").json()["deadlines"][0]
    assert first["remind_on"] == ["2021-05-01", "2021-05-31", "2021-06-23"]


def test_applicant_is_told_no_deadline_before_the_deferral(bronze: Bronze) -> None:
    deferred(bronze)
    assert due(bronze, "cluster") == {}
    assert set(due(bronze, "secretariat")) == {"conditions", "resumption"}


def test_conditions_met_leave_the_board_to_decide(bronze: Bronze) -> None:
    deferred(bronze)
    bronze.on("2021-04-02").done("secretariat", f"{bronze.decision}/meet-conditions", MET, of=bronze.decision)
    assert due(bronze, "secretariat") == {"resumption": ("2021-05-31", "secretariat", False)}
    assert standing(bronze) == "met"


def test_conditions_lapse_and_the_board_has_its_day(bronze: Bronze) -> None:
    deferred(bronze)
    bronze.on("2021-07-01")
    assert standing(bronze) == "lapsed"
    late = bronze.send(
        "secretariat", f"{bronze.decision}/meet-conditions", {**MET, "met_on": "2021-07-01"}, of=bronze.decision
    )
    assert late.json()["type"].endswith("conditions-day-wrong")
    bronze.on("2021-08-30")
    assert due(bronze, "secretariat") == {
        "conditions": ("2021-06-30", "cluster", True),
        "resumption": ("2021-08-29", "secretariat", True),
    }
    assert bronze.open_decision().status_code == 201
    assert due(bronze, "secretariat") == {}


def test_deadline_of_a_deferral_that_was_not_told_is_kept_from_the_applicant(bronze: Bronze) -> None:
    deferred(bronze)
    bronze.tell()
    bronze.on("2021-07-01").decide("defer", said={**SAID, "deferred_until": "2021-09-30"})
    assert due(bronze, "cluster") == {}
    assert due(bronze, "secretariat")["conditions"] == ("2021-09-30", "cluster", False)
    bronze.tell()
    assert due(bronze, "cluster")["conditions"] == ("2021-09-30", "cluster", False)
