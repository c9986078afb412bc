"""The matching of a whole round over HTTP: in a job, stable, seeded, kept, checked by whoever takes part."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from cluster_api.batches.actions import run_pairing
from cluster_api.batches.models import RoundPair, RoundPairing
from cluster_api.batches.queries import defaults_on
from cluster_api.batches.rules import flaws_of
from cluster_api.batches.schemas import RoundCertificate
from cluster_api.cli import app
from cluster_api.foundation.errors import Unexpected
from cluster_api.foundation.identifiers import uuid7
from cluster_api.jobs.actions import Work, call_workers
from cluster_api.jobs.errors import JobCancelled
from cluster_api.jobs.models import Job
from cluster_api.jobs.states import JobState
from cluster_api.matches.models import ExchangeMatch
from cluster_api.pairings.rules import pair_up
from cluster_api.pairings.states import Flaw
from tests.conftest import NOW
from tests.grants.given import MATCHES, World
from tests.partnerships.given import Headers, kind

PATH = "/v1/exchange-pairings"
ASKED: dict[str, Any] = {"round": "pilot", "seed": "Lotto 2021-01-16: 4 8 15", "least_points": 0}


def ask(world: World, key: str | None = None, headers: Headers | None = None, **more: Any) -> Any:
    """Ask for the matching of the round."""
    sent = {**(headers or world.support), "Idempotency-Key": key or str(uuid7())}
    return world.client.post(PATH, json={**ASKED, **more}, headers=sent)


def done(world: World, **more: Any) -> dict[str, Any]:
    """Answer a matching that is done."""
    answer = ask(world, **more)
    assert answer.status_code == 202, answer.text
    where, deadline = answer.headers["Location"], time.monotonic() + 60
    while (told := world.client.get(where, headers=world.support).json())["state"] in {"queued", "running"}:
        assert time.monotonic() < deadline
        call_workers()
        time.sleep(0.02)
    assert told["state"] == "succeeded", world.client.get(f"/v1/jobs/{told['job_id']}", headers=world.support).text
    found: dict[str, Any] = told
    return found


def crowd(world: World) -> tuple[list[str], list[str]]:
    """Answer three visitors and two hosts, all validated."""
    visitors = [world.visitor(world.organisation("FR", f"Visitor {number}")) for number in range(3)]
    hosts = [world.host(world.organisation("PT", f"Host {number}"), aims=["learn"]) for number in range(2)]
    return visitors, hosts


def pairs(world: World, key: str, headers: Headers | None = None, **query: str) -> list[tuple[str, str]]:
    """Answer the pairs that somebody sees."""
    answer = world.client.get(f"{PATH}/{key}/pairs", headers=headers or world.support, params=query)
    assert answer.status_code == 200, answer.text
    return [(one["visitor_id"], one["host_id"]) for one in answer.json()["items"]]


def test_round_is_matched_in_a_job_within_the_quotas(world: World) -> None:
    visitors, hosts = crowd(world)
    told = done(world, visitor_quota=1, host_quota=2)
    assert (told["visitors"], told["hosts"], told["pairs"]) == (3, 2, 3)
    assert (told["weights_version"], told["completed_at"] is not None) == (1, True)
    job = world.client.get(f"/v1/jobs/{told['job_id']}", headers=world.support).json()
    assert (job["kind"], job["progress"]) == ("round_pairing", {"done": 4, "total": 4, "unit": "steps"})
    found = pairs(world, told["id"])
    assert sorted(visitor for visitor, _ in found) == sorted(visitors)
    assert {host for _, host in found} == set(hosts)
    assert len(pairs(world, told["id"], participant_id=visitors[0])) == 1
    listed = world.client.get(PATH, headers=world.vo, params={"round": "pilot"}).json()["items"]
    assert [one["id"] for one in listed] == [told["id"]]
    assert world.client.get(PATH, headers=world.vo, params={"round": "second"}).json()["items"] == []


def test_who_takes_part_sees_its_own_pairs(world: World) -> None:
    visitors, hosts = crowd(world)
    told = done(world, visitor_quota=2, host_quota=3)
    assert len(pairs(world, told["id"])) == 6
    own = pairs(world, told["id"], world.client_of("Visitor 1"))
    assert own == [pair for pair in pairs(world, told["id"]) if pair[0] == visitors[1]]
    assert {host for _, host in own} == set(hosts)
    assert pairs(world, told["id"], world.vo) == []
    assert len(pairs(world, told["id"], world.hop)) == 6


def test_certificate_is_checked_by_whoever_takes_part_and_any_change_is_found(world: World, tmp_path: Path) -> None:
    crowd(world)
    told = done(world, visitor_quota=1, host_quota=1)
    answer = world.client.get(f"{PATH}/{told['id']}/certificate", headers=world.vo)
    document = answer.json()
    assert flaws_of(RoundCertificate.model_validate(document)) == []
    assert document["inputs_sha256"] == told["inputs_sha256"]
    file = tmp_path / "certificate.json"
    file.write_bytes(answer.content)
    checked = CliRunner().invoke(app, ["check-pairing", str(file)])
    assert (checked.exit_code, checked.stdout.strip()) == (0, "The matching is stable.")
    fewer = {**document, "pairs": document["pairs"][1:]}
    assert {one.flaw for one in flaws_of(RoundCertificate.model_validate(fewer))} == {Flaw.BLOCKING}
    file.write_text(json.dumps(fewer))
    checked = CliRunner().invoke(app, ["check-pairing", str(file)])
    assert checked.exit_code == 1
    assert "blocking: visitor" in checked.stdout
    other = {**document, "inputs": [*document["inputs"][:-1], document["inputs"][-1].replace('"PT"', '"ES"')]}
    assert Flaw.INPUTS in {one.flaw for one in flaws_of(RoundCertificate.model_validate(other))}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "Line 1, with the terms, is missing"),
        (["[]"], "Line 1 does not hold the terms"),
        (['{"seed":"x"}'], "Line 1 does not hold the terms"),
        ([None, '["visitor",1,"x"]'], "Line 2 does not hold a participant"),
        ([None, '["guest",1,"x"]'], "Line 2 does not hold a participant"),
        ([None, "?"], "Line 2 does not hold a participant"),
    ],
)
def test_file_that_is_no_certificate_is_told_with_its_line(
    world: World, tmp_path: Path, lines: list[str | None], message: str
) -> None:
    crowd(world)
    told = done(world)
    document = world.client.get(f"{PATH}/{told['id']}/certificate", headers=world.vo).json()
    document["inputs"] = [document["inputs"][0] if one is None else one for one in lines]
    with pytest.raises(ValueError, match=message):
        flaws_of(RoundCertificate.model_validate(document))
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(document))
    checked = CliRunner().invoke(app, ["check-pairing", str(file)])
    assert (checked.exit_code, "This is no certificate: Line" in checked.stdout) == (1, True)


def test_same_seed_and_participants_give_the_same_and_another_seed_other_lots(world: World) -> None:
    crowd(world)
    told = [done(world, visitor_quota=1, host_quota=1, seed=seed) for seed in ("a", "a", *"bcdefgh")]
    found = [pairs(world, one["id"]) for one in told]
    assert found[0] == found[1]
    assert told[0]["inputs_sha256"] == told[1]["inputs_sha256"] != told[2]["inputs_sha256"]
    assert any(other != found[0] for other in found)


def test_who_is_not_validated_and_who_fits_too_little_is_not_paired(world: World) -> None:
    visitors, _ = crowd(world)
    world.move("/v1/exchange-participants", visitors[0], "withdraw", world.client_of("Visitor 0"), {"reason": "Ill."})
    assert done(world)["visitors"] == 2
    assert done(world, least_points=10_000)["pairs"] == 0
    told = done(world, least_points=None)
    defaults = defaults_on(world.clock.instant.date())
    assert {name: told[name] for name in defaults} == defaults


def test_only_the_support_office_matches_a_round_and_only_where_there_is_somebody(world: World) -> None:
    assert kind(ask(world)) == (409, "nobody-to-pair")
    world.visitor()
    assert kind(ask(world)) == (409, "nobody-to-pair")
    world.host()
    assert kind(ask(world, headers=world.vop)) == (403, "permission-missing")
    assert kind(ask(world, round="none")) == (404, "round-not-found")
    assert kind(ask(world, visitor_quota=0)) == (422, "invalid")
    assert kind(world.client.get(f"{PATH}/{uuid7()}", headers=world.vo)) == (404, "round-pairing-not-found")


def test_asking_twice_with_one_key_is_asking_once(world: World) -> None:
    crowd(world)
    first, second = ask(world, key="once"), ask(world, key="once")
    assert first.json()["id"] == second.json()["id"]
    with world.database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RoundPairing)) == 1


def test_asking_four_times_at_once_with_one_key_is_asking_once(world: World) -> None:
    crowd(world)
    with ThreadPoolExecutor(4) as threads:
        answers = [one.result() for one in [threads.submit(ask, world, "once") for _ in range(4)]]
    assert {one.status_code for one in answers} <= {202, 409}
    assert len({one.json()["id"] for one in answers if one.status_code == 202}) == 1
    with world.database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RoundPairing)) == 1


def test_what_came_out_is_never_changed(world: World) -> None:
    crowd(world)
    done(world)
    changes = (
        sa.update(RoundPairing).values(seed="other"),
        sa.delete(RoundPair),
        sa.update(RoundPair).values(points=1),
    )
    for change in changes:
        with pytest.raises(sa.exc.DBAPIError, match="_kept"), world.database.transaction() as session:
            session.execute(change)


def proposals(world: World, pairing: str, participant: str, headers: Headers, **more: Any) -> Any:
    """Ask for all pairs of a participant to be proposed."""
    body = {"pairing_id": pairing, "participant_id": participant, **more}
    return world.client.post(f"{PATH}/proposals", json=body, headers=headers)


def outcomes(answer: Any) -> list[str]:
    """Answer what became of each pair."""
    assert answer.status_code == 200, answer.text
    return [one["outcome"] for one in answer.json()["pairs"]]


def test_pairs_of_a_matching_are_proposed_at_once_and_only_once(world: World) -> None:
    visitors, hosts = crowd(world)
    told = done(world, visitor_quota=2, host_quota=3)
    first = world.client_of("Visitor 0")
    answer = proposals(world, told["id"], visitors[0], first, message="Shall we?")
    assert outcomes(answer) == ["proposed", "proposed"]
    assert {one["host_id"] for one in answer.json()["pairs"]} == set(hosts)
    for one in answer.json()["pairs"]:
        match = world.client.get(f"{MATCHES}/{one['match_id']}", headers=first).json()
        assert (match["state"], match["proposed_by"], match["message"]) == ("proposed", "visitor", "Shall we?")
    declined = answer.json()["pairs"][1]["match_id"]
    world.move(MATCHES, declined, "decline", world.client_of("Host 0" if hosts[0] == answer.json()["pairs"][1][
        "host_id"] else "Host 1"), {"reason": "No room."})  # fmt: skip
    again = proposals(world, told["id"], visitors[0], first)
    assert outcomes(again) == ["standing", "standing"]
    assert [one["match_id"] for one in again.json()["pairs"]] == [one["match_id"] for one in answer.json()["pairs"]]
    # The other side proposes what is left.
    assert sorted(outcomes(proposals(world, told["id"], hosts[0], world.client_of("Host 0")))) == [
        "proposed", "proposed", "standing",
    ]  # fmt: skip


def test_proposal_of_a_pair_that_expired_is_made_anew(world: World) -> None:
    visitors, _ = crowd(world)
    told = done(world, visitor_quota=2, host_quota=3)
    first = world.client_of("Visitor 0")
    before = proposals(world, told["id"], visitors[0], first).json()["pairs"]
    world.on("2021-06-01")
    after = proposals(world, told["id"], visitors[0], first)
    assert outcomes(after) == ["proposed", "proposed"]
    assert {one["match_id"] for one in before}.isdisjoint(one["match_id"] for one in after.json()["pairs"])


def test_pair_that_cannot_be_matched_any_more_is_told_with_its_reason(world: World) -> None:
    visitors, hosts = crowd(world)
    told = done(world, visitor_quota=2, host_quota=3)
    world.move("/v1/exchange-participants", hosts[0], "withdraw", world.client_of("Host 0"), {"reason": "Moved."})
    answer = proposals(world, told["id"], visitors[0], world.client_of("Visitor 0"))
    assert sorted(outcomes(answer)) == ["not_possible", "proposed"]
    (lost,) = [one for one in answer.json()["pairs"] if one["outcome"] == "not_possible"]
    assert (lost["host_id"], lost["match_id"], bool(lost["reason"])) == (hosts[0], None, True)
    world.on("2022-06-01")
    over = proposals(world, told["id"], visitors[1], world.client_of("Visitor 1"))
    assert outcomes(over) == ["not_possible", "not_possible"]
    assert "The round pilot was over on 2022-05-31." in [one["reason"] for one in over.json()["pairs"]]


def test_only_who_acts_for_a_participant_proposes_its_pairs(world: World) -> None:
    visitors, _ = crowd(world)
    told = done(world)
    other = world.client_of("Visitor 1")
    assert kind(proposals(world, told["id"], visitors[0], other)) == (403, "permission-missing")
    assert kind(proposals(world, told["id"], visitors[0], world.vop)) == (403, "permission-missing")
    assert kind(proposals(world, str(uuid7()), visitors[1], other)) == (404, "round-pairing-not-found")
    _, key = given_work(world)
    assert kind(proposals(world, key, visitors[1], other)) == (409, "round-pairing-not-done")


def test_both_sides_that_propose_at_once_make_one_match_of_each_pair(world: World) -> None:
    visitors, hosts = crowd(world)
    told = done(world, visitor_quota=2, host_quota=3)
    asked = [(visitors[0], "Visitor 0"), (hosts[0], "Host 0"), (hosts[1], "Host 1"), (visitors[1], "Visitor 1")] * 2
    with ThreadPoolExecutor(len(asked)) as threads:
        work = [threads.submit(proposals, world, told["id"], key, world.client_of(name)) for key, name in asked]
        answers = [one.result() for one in work]
    assert {one.status_code for one in answers} <= {200, 409}
    assert {kind(one) for one in answers if one.status_code == 409} <= {(409, "match-taken")}
    for key, name in asked:
        assert set(outcomes(proposals(world, told["id"], key, world.client_of(name)))) <= {"proposed", "standing"}
    with world.database.session() as session:
        made = session.execute(sa.select(ExchangeMatch.visitor_id, ExchangeMatch.host_id)).all()
    assert len(made) == len(set(made)) == 6


def test_round_that_is_over_is_not_matched(world: World) -> None:
    crowd(world)
    world.on("2022-05-31")
    assert ask(world).status_code == 202
    world.on("2022-06-01")
    answer = ask(world)
    assert kind(answer) == (409, "round-over")
    assert answer.json()["detail"] == "The last day was 2022-05-31."


def given_work(world: World, **job: Any) -> tuple[Work, str]:
    """Answer a matching that nobody has begun, in the hands of a worker."""
    key, job_id, worker = str(uuid7()), str(uuid7()), str(uuid7())
    asked = {"kind": "round_pairing", "request": {"pairing": key}, "author": "client:x", "request_id": "1" * 32}
    values = {"state": JobState.RUNNING, "worker": worker, "heartbeat_at": NOW, "requested_at": NOW, **job}
    with world.database.transaction() as session:
        session.add(Job(id=job_id, done=0, resume_line=0, counts={}, version=1, **asked, **values))
        session.flush()
        made = session.scalars(sa.select(RoundPairing).limit(1)).one()
        same = {name: getattr(made, name) for name in ("round", "seed", "least_points", "visitor_quota", "host_quota",
                                                       "weights", "author", "requested_at")}  # fmt: skip
        session.add(RoundPairing(id=key, job_id=job_id, **same))
    return Work(world.database, world.clock, job_id, worker), key


def test_nothing_is_told_before_the_end_and_nothing_kept_of_what_was_cancelled(world: World) -> None:
    crowd(world)
    done(world)
    work, key = given_work(world, cancel_requested_at=NOW)
    for part in ("pairs", "certificate"):
        answer = world.client.get(f"{PATH}/{key}/{part}", headers=world.support)
        assert kind(answer) == (409, "round-pairing-not-done")
    with pytest.raises(JobCancelled):
        run_pairing(work)
    with world.database.session() as session:
        assert session.get_one(RoundPairing, key).completed_at is None
        assert session.scalar(sa.select(sa.func.count()).where(RoundPair.pairing_id == key)) == 0


def test_what_does_not_stand_the_check_is_not_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(world)
    done(world)
    work, key = given_work(world)

    def worse(*args: Any) -> Any:
        found = kept(*args)
        return found.model_copy(update={"pairs": found.pairs[1:]})

    kept = pair_up
    monkeypatch.setattr("cluster_api.batches.actions.pair_up", worse)
    with pytest.raises(Unexpected, match="does not stand its check"):
        run_pairing(work)
    with world.database.session() as session:
        assert session.get_one(RoundPairing, key).completed_at is None
