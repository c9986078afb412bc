"""Files of evidence: in by their digest, in quarantine until checked, out only as they were sent."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from cluster_api.assessments.models import Evidence
from cluster_api.evidence.actions import check_waiting
from cluster_api.foundation.filestore import FolderStore
from cluster_api.foundation.settings import Settings
from cluster_api.identity.access import service_actor
from tests.assessments.given import PDF, World, archive, kind
from tests.assignments.given import propose

DIGEST = hashlib.sha256(PDF).hexdigest()


def kept(settings: Settings, digest: str) -> Path:
    return settings.evidence_folder() / digest[:2] / digest[2:4] / digest


def fresh(name: str) -> bytes:
    """Answer a file of its own, whatever other tests have kept."""
    return PDF + f"% {name}\n".encode()


def test_file_waits_in_quarantine_until_it_is_checked(gold: World, settings: Settings) -> None:
    gold.opened()
    sent = gold.send()
    made = sent.json()
    assert (sent.status_code, sent.headers["Location"]) == (201, f"{gold.case}/evidence/{made['id']}")
    assert (made["sha256"], made["size"], made["state"]) == (DIGEST, len(PDF), "quarantined")
    assert (made["media_type"], made["allowed_moves"]) == ("application/pdf", ["remove"])
    assert kept(settings, DIGEST).read_bytes() == PDF
    path = f"/evidence/{made['id']}"
    assert kind(gold.ask("cluster", f"{path}/content")) == (409, "evidence-quarantined")
    assert gold.ask("secretariat", path).json()["allowed_moves"] == ["check"]
    assert gold.done("secretariat", f"{path[1:]}/check", tag=path)["state"] == "released"
    given = gold.ask("cluster", f"{path}/content")
    assert (given.content, given.headers["Content-Type"]) == (PDF, "application/pdf")
    assert given.headers["Content-Disposition"] == "attachment; filename*=UTF-8''proof.pdf"
    assert (given.headers["X-Content-Type-Options"], given.headers["Cache-Control"]) == ("nosniff", "private, no-store")
    assert kind(gold.do("secretariat", f"{path[1:]}/check", tag=path)) == (409, "move-not-allowed")


def test_check_refuses_macros_and_tells_what_it_found(gold: World) -> None:
    gold.opened()
    document = archive(word__document_DOT_xml="<document/>", word__vbaProject_DOT_bin="x")
    path = f"/evidence/{gold.send(document, 'plan.docx').json()['id']}"
    found = gold.done("secretariat", f"{path[1:]}/check", tag=path)
    assert (found["state"], found["findings"]) == ("refused", ["macro"])
    assert kind(gold.ask("secretariat", f"{path}/content")) == (409, "evidence-quarantined")
    assert gold.send(document, "plan.docx").status_code == 201


@pytest.mark.parametrize("content", [b"MZ" + b"x" * 80, b"#!/bin/sh\n", b"just text", b""])
def test_file_of_another_type_is_not_taken(gold: World, content: bytes) -> None:
    gold.opened()
    assert kind(gold.send(content)) == (415, "evidence-type-refused")
    assert kind(gold.send(PDF, type="image/png")) == (415, "evidence-type-refused")


@pytest.mark.parametrize("name", ["../x.pdf", "a/b.pdf", "a\\b.pdf", "a\x00.pdf", "", "x" * 201])
def test_name_is_a_name(gold: World, name: str) -> None:
    gold.opened()
    assert gold.send(PDF, name).status_code == 422


def test_size_has_its_own_limit(gold: World, settings: Settings) -> None:
    gold.opened()
    large = PDF + b" " * settings.max_body_bytes
    assert gold.send(large, "large.pdf").status_code == 201
    assert gold.send(PDF + b" " * settings.max_evidence_bytes).status_code == 413
    headers = {**gold.as_("cluster"), "Content-Type": "application/json", "If-Match": "*"}
    assert gold.client.put(f"{gold.case}/eligibility", content=large, headers=headers).status_code == 413


def test_same_file_is_there_once(gold: World) -> None:
    gold.opened()
    first = gold.send()
    again = gold.send(name="again.pdf")
    assert (kind(again), again.json()["evidence_id"]) == ((409, "evidence-known"), first.json()["id"])
    path = f"/evidence/{first.json()['id']}"
    assert gold.done("cluster", f"{path[1:]}/remove", tag=path)["state"] == "removed"
    assert gold.send().status_code == 201


def test_rehearsal_writes_nothing(gold: World, settings: Settings) -> None:
    gold.opened()
    content = fresh("rehearsal")
    sent = gold.send(content, dry_run="true")
    assert (sent.status_code, sent.json()["state"]) == (200, "quarantined")
    assert not kept(settings, hashlib.sha256(content).hexdigest()).exists()
    assert gold.ask("cluster", "/evidence").json()["items"] == []


def test_file_changed_on_the_disk_is_found_out_and_not_given(gold: World, settings: Settings) -> None:
    gold.opened()
    content = fresh("changed")
    path = f"/evidence/{gold.released(content)}"
    place = kept(settings, hashlib.sha256(content).hexdigest())
    place.write_bytes(content.replace(b"Catalog", b"catalog"))
    assert kind(gold.ask("cluster", f"{path}/content")) == (409, "evidence-damaged")
    place.unlink()
    assert kind(gold.ask("cluster", f"{path}/content")) == (409, "evidence-damaged")


def test_file_changed_in_quarantine_is_refused(gold: World, settings: Settings) -> None:
    gold.opened()
    content = fresh("in quarantine")
    path = f"/evidence/{gold.send(content).json()['id']}"
    kept(settings, hashlib.sha256(content).hexdigest()).write_bytes(PDF)
    found = gold.done("secretariat", f"{path[1:]}/check", tag=path)
    assert (found["state"], found["findings"]) == ("refused", ["other_content"])


def test_what_waits_is_checked_by_the_service(gold: World, settings: Settings) -> None:
    gold.opened()
    ids = [gold.send(fresh(name), f"{name}.pdf").json()["id"] for name in ("one", "two")]
    actor = service_actor("tick", datetime(2021, 1, 15, 11, tzinfo=UTC))
    store = FolderStore(settings.evidence_folder())
    for expected in (2, 0):
        with gold.database.transaction() as session:
            assert check_waiting(session, actor, store, lambda _file, name, _kind: ["bad"] * (name == "two.pdf")) == (
                expected
            )
    states = {one["id"]: one["state"] for one in gold.ask("cluster", "/evidence").json()["items"]}
    assert states == dict(zip(ids, ["released", "refused"], strict=True))


def test_who_sends_and_who_reads(gold: World) -> None:
    gold.to("contracted")
    gold.assign("lead", "lena", until="accept")
    gold.assign("second", "sven", until="accept")
    path = f"/evidence/{gold.released(fresh('who'))}"
    told = {who: gold.ask(who, f"{path}/content").status_code for who in (
        "cluster", "lena", "secretariat", "auditor", "board", "stranger", "otto",
    )}  # fmt: skip
    assert told == {
        "cluster": 200, "lena": 200, "secretariat": 200, "auditor": 200, "board": 404, "stranger": 404, "otto": 404,
    }  # fmt: skip
    sent = {who: gold.send(fresh(f"by {who}"), who=who).status_code for who in (
        "lena", "secretariat", "auditor", "board", "stranger", "otto",
    )}  # fmt: skip
    assert sent == {"lena": 201, "secretariat": 403, "auditor": 403, "board": 404, "stranger": 404, "otto": 404}
    assert gold.do("cluster", f"{path[1:]}/check", tag=path).status_code == 403


def test_who_is_proposed_sees_nothing_of_the_content_before_the_declaration(gold: World) -> None:
    gold.to("contracted")
    path = f"/evidence/{gold.send().json()['id']}"
    gold.done("secretariat", f"{path[1:]}/check", tag=path)
    assignment = f"assignments/{propose(gold, 'lena', 'lead').json()['id']}"
    content = ("/evidence", path, f"{path}/content", "/self-assessment")
    assert gold.ask("lena").status_code == 200
    assert {kind(gold.ask("lena", part)) for part in content} == {(409, "declaration-missing")}
    assert gold.send(fresh("too soon"), who="lena").status_code == 403
    gold.done("lena", f"{assignment}/accept", {"no_conflict": True}, tag=f"/{assignment}")
    assert {gold.ask("lena", part).status_code for part in content[:3]} == {200}


def test_file_that_a_sheet_names_stays(gold: World) -> None:
    gold.to("in_preparation")
    evidence = gold.released(fresh("named"))
    body = {"evidence": {"strategic_focus": [evidence]}}
    gold.done("cluster", "self-assessment", body, tag="/self-assessment", method="patch")
    path = f"/evidence/{evidence}"
    assert kind(gold.do("cluster", f"{path[1:]}/remove", tag=path)) == (409, "evidence-named")


def test_each_side_removes_what_it_sent_and_nothing_else(gold: World) -> None:
    gold.to("contracted")
    for role, who in (("lead", "lena"), ("second", "sven")):
        gold.assign(role, who, until="accept")
    sent = {who: gold.send(fresh(f"side {who}"), f"{who}.pdf", who=who).json() for who in ("cluster", "lena")}
    assert {who: one["side"] for who, one in sent.items()} == {"cluster": "cluster", "lena": "assessors"}
    paths = {who: f"/evidence/{one['id']}" for who, one in sent.items()}
    moves = {
        who: (
            {one["name"]: one["allowed_moves"] for one in gold.ask(who, "/evidence").json()["items"]},
            [gold.ask(who, paths[whose]).json()["allowed_moves"] for whose in sent],
        )
        for who in ("cluster", "lena", "sven", "auditor")
    }
    assert moves == {
        "cluster": ({"cluster.pdf": ["remove"], "lena.pdf": []}, [["remove"], []]),
        "lena": ({"cluster.pdf": [], "lena.pdf": ["remove"]}, [[], ["remove"]]),
        "sven": ({"cluster.pdf": [], "lena.pdf": ["remove"]}, [[], ["remove"]]),
        "auditor": ({"cluster.pdf": [], "lena.pdf": []}, [[], []]),
    }
    for who, whose in (("cluster", "lena"), ("lena", "cluster"), ("sven", "cluster")):
        refused = gold.do(who, f"{paths[whose][1:]}/remove", tag=paths[whose])
        assert kind(refused) == (403, "evidence-of-others")
    for who in sent:
        assert gold.done(who, f"{paths[who][1:]}/remove", tag=paths[who])["state"] == "removed"


def test_list_of_evidence_is_paged(gold: World) -> None:
    gold.opened()
    for name in ("one", "two"):
        gold.send(fresh(name), f"{name}.pdf")
    first = gold.ask("cluster", "/evidence", limit=1).json()
    second = gold.ask("cluster", "/evidence", limit=1, cursor=first["next"]).json()
    assert [page["items"][0]["name"] for page in (first, second)] == ["one.pdf", "two.pdf"]


def test_content_of_a_row_never_changes(gold: World) -> None:
    gold.opened()
    gold.send()
    with pytest.raises(sa.exc.DBAPIError), gold.database.transaction() as session:
        session.execute(sa.update(Evidence).values(sha256="0" * 64))
    with pytest.raises(sa.exc.DBAPIError), gold.database.transaction() as session:
        session.execute(sa.update(Evidence).values(side="assessors"))
