"""Stays over HTTP: reported, shown by evidence, validated on the days done, broken off."""

from typing import Any

import pytest

from tests.grants.given import GRANTS, World
from tests.partnerships.given import kind

REPORT: dict[str, Any] = {"side": "visitor", "text": "Done."}
PROOF = {"kind": "boarding_pass", "sha256": "b" * 64, "text": "Flight."}


def test_programme_invariant_17_validated_stay_is_due_ten_days_after_the_latest_of_three(world: World) -> None:
    number = world.agreed()
    world.on("2021-03-08")
    world.reported(number)
    world.on("2021-03-10")
    told = world.move(GRANTS, number, "validate", world.vop).json()
    assert (told["state"], told["payable_cents"], told["due_on"]) == ("validated", 78_000, "2021-03-20")
    assert world.held() == {"available": 922_000, "due": 78_000}
    world.on("2021-03-20")
    assert world.shown(number)["is_overdue"] is False
    world.on("2021-03-21")
    assert (world.shown(number)["is_overdue"], world.shown(number)["waits_for"]) == (True, "The payment, of the VOP.")


@pytest.mark.parametrize(
    ("done_until", "payable", "state"),
    [("2021-03-04", 39_000, "validated"), ("2021-03-03", 39_000, "validated"), ("2021-03-02", 0, "closed")],
)
def test_programme_invariant_18_only_days_done_are_paid(
    world: World, done_until: str, payable: int, state: str
) -> None:
    number = world.agreed()
    world.on(done_until)
    world.reported(number, done_until)
    told = world.move(GRANTS, number, "validate", world.vop).json()
    assert (told["payable_cents"], told["state"], told["done_until"]) == (payable, state, done_until)
    left = {"available": 1_000_000 - payable} | ({"due": payable} if payable else {})
    assert world.held() == left


def test_stay_that_force_majeure_ended_is_paid_for_the_two_days_done(world: World) -> None:
    number = world.agreed()
    world.on("2021-03-02")
    home = {**REPORT, "done_until": "2021-03-02", "is_force_majeure": True}
    told = world.move(GRANTS, number, "report", world.vo, home).json()
    assert [(one["done_until"], one["is_force_majeure"]) for one in told["reports"]] == [("2021-03-02", True)]
    world.move(GRANTS, number, "evidence", world.vo, PROOF)
    told = world.move(GRANTS, number, "validate", world.vop).json()
    assert (told["payable_cents"], told["state"]) == (39_000, "validated")
    assert world.held() == {"available": 961_000, "due": 39_000}


@pytest.mark.parametrize("more", [{}, {"done_until": "2021-03-02", "side": "host"}])
def test_force_majeure_is_said_by_the_visitor_with_the_last_day(world: World, more: dict[str, Any]) -> None:
    number = world.agreed()
    world.on("2021-03-02")
    refused = world.move(GRANTS, number, "report", world.vo, {**REPORT, "is_force_majeure": True, **more})
    assert kind(refused) == (422, "invalid")
    assert "done_until" in refused.text
    assert world.shown(number)["reports"] == []


def test_programme_invariant_16_payment_needs_report_and_evidence(world: World) -> None:
    number = world.agreed()
    world.on("2021-03-08")
    assert kind(world.move(GRANTS, number, "validate", world.vop)) == (409, "report-missing")
    world.move(GRANTS, number, "report", world.vo, REPORT)
    assert kind(world.move(GRANTS, number, "validate", world.vop)) == (409, "report-missing")
    world.move(GRANTS, number, "evidence", world.vo, PROOF)
    assert kind(world.move(GRANTS, number, "validate", world.hop)) == (403, "no-party")
    assert world.move(GRANTS, number, "validate", world.vop).json()["state"] == "validated"
    assert kind(world.move(GRANTS, number, "validate", world.vop)) == (409, "move-not-allowed")


def test_virtual_exchange_is_closed_by_its_validation(world: World) -> None:
    number = world.agreed("virtual")
    world.on("2021-03-08")
    world.move(GRANTS, number, "report", world.vo, REPORT)
    told = world.move(GRANTS, number, "validate", world.vop).json()
    assert (told["state"], told["payable_cents"], told["due_on"]) == ("closed", 0, None)


def test_report_comes_after_the_stay_and_once_for_each_side(world: World) -> None:
    number = world.agreed()
    assert kind(world.move(GRANTS, number, "report", world.vo, REPORT)) == (409, "not-yet")
    world.on("2021-03-04")
    assert kind(world.move(GRANTS, number, "report", world.vo, REPORT)) == (409, "not-yet")
    late = {**REPORT, "done_until": "2021-03-05"}
    assert kind(world.move(GRANTS, number, "report", world.vo, late)) == (422, "report-not-possible")
    before = {**REPORT, "done_until": "2021-02-28"}
    assert kind(world.move(GRANTS, number, "report", world.vo, before)) == (422, "report-not-possible")
    world.on("2021-03-05")
    assert kind(world.move(GRANTS, number, "report", world.ho, REPORT)) == (403, "no-party")
    assert world.move(GRANTS, number, "report", world.vo, REPORT).status_code == 200
    assert kind(world.move(GRANTS, number, "report", world.vo, REPORT)) == (409, "report-stands")
    host = world.move(GRANTS, number, "report", world.ho, {**REPORT, "side": "host"}).json()
    assert [one["side"] for one in host["reports"]] == ["visitor", "host"]


def test_report_that_is_given_back_is_kept_and_written_anew(world: World) -> None:
    number = world.agreed()
    world.on("2021-03-08")
    assert kind(world.move(GRANTS, number, "return", world.vop, {"reason": "Thin."})) == (409, "report-missing")
    world.reported(number)
    given_back = world.move(GRANTS, number, "return", world.vop, {"reason": "Thin."}).json()
    assert [one["returned_because"] for one in given_back["reports"]] == ["Thin."]
    assert kind(world.move(GRANTS, number, "validate", world.vop)) == (409, "report-missing")
    world.move(GRANTS, number, "report", world.vo, {**REPORT, "text": "Done in full."})
    assert world.move(GRANTS, number, "validate", world.vop).json()["state"] == "validated"


def test_file_is_evidence_once(world: World) -> None:
    number = world.agreed()
    world.on("2021-03-01")
    assert kind(world.move(GRANTS, number, "evidence", world.ho, PROOF)) == (403, "no-party")
    assert world.move(GRANTS, number, "evidence", world.vo, PROOF).status_code == 200
    assert kind(world.move(GRANTS, number, "evidence", world.vo, PROOF)) == (409, "proof-used")


def test_stay_that_is_broken_off_is_not_paid_and_frees_the_visit(world: World) -> None:
    number = world.agreed()
    reason = {"reason": "Accident."}
    assert kind(world.move(GRANTS, number, "abort", world.vop, reason)) == (409, "not-yet")
    world.on("2021-03-02")
    assert kind(world.move(GRANTS, number, "abort", world.vo, reason)) == (403, "no-party")
    told = world.move(GRANTS, number, "abort", world.vop, reason).json()
    assert (told["state"], told["agreed_cents"]) == ("aborted", None)
    assert world.held() == {"available": 1_000_000}
    key = told["visitor_id"]
    withdrawn = world.move("/v1/exchange-participants", key, "withdraw", world.vo)
    assert withdrawn.json()["state"] == "withdrawn"
