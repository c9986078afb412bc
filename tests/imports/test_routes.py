# ruff: noqa: RUF001 - letters of other scripts are what these tests are about
import io
import zipfile
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.identity.access import service_actor
from cluster_api.identity.models import Client
from cluster_api.identity.states import Role
from cluster_api.jobs.actions import request_job
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.conftest import NOW
from tests.imports.sending import codes, contents, counts, imported, post

ONE = b"name,country\nPlasma Cluster,Germany\n"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

DIRTY: dict[str, tuple[bytes, str, list[tuple[str, str, str | None]]]] = {
    "Windows letters of Bulgaria": (
        "име;държава;град\nКлъстер Здраве;България;Пловдив\nИКТ Клъстер;България;София\n".encode("cp1251"),
        "text/csv",
        [("ИКТ Клъстер", "BG", "София"), ("Клъстер Здраве", "BG", "Пловдив")],
    ),
    "a byte order mark, bars and mixed line ends": (
        b"\xef\xbb\xbfName|Country|City\r\nA, B; and C|EL|Volos\nD|United Kingdom|\r",
        "text/csv",
        [("A, B; and C", "GR", "Volos"), ("D", "GB", None)],
    ),
    "quotes inside names and rows that trail off": (
        b'name,country,city\n"""Food"" Cluster",FR,Lyon\n"Rhone-Alpes" Motors,FR,\n,,\n\nTotal: 2,,\n',
        "text/csv",
        [('"Food" Cluster', "FR", "Lyon"), ('"Rhone-Alpes" Motors', "FR", None)],
    ),
    "UTF-16 as spreadsheets write it": (
        "Name\tCountry\tCity\nKlaster Łódź\tPolska\tŁódź\n".encode("utf-16"),
        "text/tab-separated-values",
        [("Klaster Łódź", "PL", "Łódź")],
    ),
    "JSON Lines of mixed shape": (
        '{"legal_name":"Ålesund Sea","country":"NO","city":"Ålesund"}\n\n{"country":"no","name":"Oslo"}\n'.encode(),
        "application/jsonl",
        [("Oslo", "NO", None), ("Ålesund Sea", "NO", "Ålesund")],
    ),
}


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book, outlet = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(outlet)
    return outlet.getvalue()


def listed(client: TestClient, admin: dict[str, str]) -> list[tuple[str, str, str | None]]:
    items = client.get("/v1/clusters", headers=admin).json()["items"]
    return [(item["legal_name"], item["country"], item["city"]) for item in items]


@pytest.mark.parametrize("name", DIRTY)
def test_dirty_file_is_imported(client: TestClient, admin: dict[str, str], name: str) -> None:
    body, media, expected = DIRTY[name]
    job = imported(client, admin, body, media)
    assert counts(job) == (len(expected), 0, 0, 0)
    assert sorted(listed(client, admin)) == sorted(expected)


@pytest.mark.parametrize("media", [XLSX, "application/octet-stream"])
def test_workbook_is_imported(client: TestClient, admin: dict[str, str], media: str) -> None:
    job = imported(client, admin, workbook(("Name", "Country", "Founded"), ("Metal", "Malta", 2001)), media)
    assert (job["state"], counts(job)) == ("succeeded", (1, 0, 0, 0))
    assert listed(client, admin) == [("Metal", "MT", None)]


@pytest.mark.parametrize("mode", ["all_or_nothing", "row_by_row"])
def test_programme_invariant_29_same_file_twice_changes_nothing(
    client: TestClient, admin: dict[str, str], database: Database, mode: str
) -> None:
    body = b"name,country,eccp,website\nA Motion,FR,17,a.fr\nB Leather,FR,,b.fr\n"
    assert counts(imported(client, admin, body, mode=mode)) == (2, 0, 0, 0)
    before = contents(database)
    assert counts(imported(client, admin, body, mode=mode)) == (0, 0, 2, 0)
    assert contents(database) == before


def test_programme_invariant_29_import_tells_of_every_edit_that_it_overwrites(
    client: TestClient, admin: dict[str, str]
) -> None:
    head = b"name,country,eccp,city,website\n"
    imported(client, admin, head + b"A Motion,FR,17,Annecy,https://a.fr\n")
    again = imported(client, admin, head + b"A Motion,FR,17,Lyon,https://a.fr\n")
    assert (counts(again), codes(client, admin, again, "noted")) == ((0, 1, 0, 0), [])
    path = f"/v1/clusters/{client.get('/v1/clusters', headers=admin).json()['items'][0]['id']}"
    edit = client.patch(path, headers={**admin, "If-Match": "*"}, json={"city": "Grenoble"})
    assert edit.status_code == 200, edit.text
    rest = imported(client, admin, head + b"A Motion,FR,17,Grenoble,https://b.fr\n")
    assert (counts(rest), codes(client, admin, rest, "noted")) == ((0, 1, 0, 0), [])
    over = imported(client, admin, head + b"A Motion,FR,17,Nice,https://c.fr\n")
    assert (counts(over), codes(client, admin, over, "noted")) == ((0, 1, 0, 0), [(2, "edited_here")])
    [told] = [one for one in over["findings"] if one["code"] == "edited_here"]
    assert told["sentence"] == "What was changed here gives way to the row, and stays in the history: city."
    history = client.get(f"{path}/history", headers=admin).json()["items"]
    assert [(one["event"], one["changes"].get("city")) for one in history] == [
        ("cluster.imported", "Nice"), ("cluster.imported", None), ("cluster.updated", "Grenoble"),
        ("cluster.imported", "Lyon"), ("cluster.created", "Annecy"),
    ]  # fmt: skip


def test_identifier_finds_the_record_whatever_its_name(client: TestClient, admin: dict[str, str]) -> None:
    imported(client, admin, b"name,country,eccp\nA Motion,FR,17\n")
    job = imported(client, admin, b"name,country,eccp,city\nAlps Motion,FR,17,Annecy\n")
    assert counts(job) == (0, 1, 0, 0)
    assert listed(client, admin) == [("Alps Motion", "FR", "Annecy")]


def test_blank_cell_takes_nothing_away(client: TestClient, admin: dict[str, str]) -> None:
    imported(client, admin, b"name,country,city\nA Motion,FR,Annecy\n")
    assert counts(imported(client, admin, b"name,country,city\nA Motion,FR,\n")) == (0, 0, 1, 0)
    assert listed(client, admin) == [("A Motion", "FR", "Annecy")]


def test_rehearsal_changes_nothing_and_says_what_would_happen(
    client: TestClient, admin: dict[str, str], database: Database
) -> None:
    imported(client, admin, b"name,country,city\nA Motion,FR,Annecy\n")
    before = contents(database)
    job = imported(client, admin, b"name,country,city\nA Motion,FR,Lyon\nB,Narnia,\nC Wood,FI,\n", dry_run=True)
    assert (job["state"], counts(job)) == ("succeeded", (1, 1, 0, 1))
    assert job["summary"] == "Rehearsed: 1 created, 1 changed, 0 left as they are, 1 refused."
    assert [(one["row"], one["outcome"], one["pointer"]) for one in job["findings"]] == [
        (3, "refused", "/rows/3/country"),
        (2, "changed", "/rows/2"),
        (4, "created", "/rows/4"),
    ]
    assert contents(database) == before


def test_one_refused_row_refuses_all(client: TestClient, admin: dict[str, str], database: Database) -> None:
    before = contents(database)
    job = imported(client, admin, b"name,country\nA Motion,FR\nB,Narnia\n")
    assert (job["state"], counts(job)) == ("failed", (0, 0, 0, 1))
    assert job["problem"]["type"] == "/problems/rows-refused"
    assert contents(database) == before


def test_row_by_row_keeps_the_good_rows(client: TestClient, admin: dict[str, str]) -> None:
    job = imported(client, admin, b"name,country\nA Motion,FR\nB,Narnia\n", mode="row_by_row")
    assert (job["state"], counts(job)) == ("succeeded", (1, 0, 0, 1))
    assert listed(client, admin) == [("A Motion", "FR", None)]


REFUSED = {
    "a second spelling of one body": (
        b"name,country\nFood Valley Cluster,NL\nCluster Foodvalley,NL\n",
        3,
        "likely_duplicate",
    ),
    "a row told twice": (b"name,country,eccp\nA,NL,1\nB,NL,1\n", 3, "row_twice"),
    "a number with wrong check digits": (b"name,country,vat\nA,DE,DE136695975\n", 2, "number_not_valid"),
    "a region of another country": (b"name,country,region\nA,DE,FR10\n", 2, "region_of_other_country"),
    "a year to come": (b"name,country,founded year\nA,DE,2150\n", 2, "in_future"),
    "members that do not sum": (b"name,country,members/sme,committed members\nA,DE,3,4\n", 2, "members_do_not_sum"),
    "an unknown registry": (b"name,country,registry code,external id\nA,DE,moon,4\n", 2, "registry_unknown"),
    "a person's address": (b"name,country,contact role\nA,DE,jo@a.de\n", 2, "string_pattern_mismatch"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_row_is_refused(client: TestClient, admin: dict[str, str], name: str) -> None:
    body, row, code = REFUSED[name]
    job = imported(client, admin, body, dry_run=True)
    assert codes(client, admin, job, "refused") == [(row, code)]


def test_second_spelling_is_recorded_when_told_so(client: TestClient, admin: dict[str, str]) -> None:
    body = b"name,country\nFood Valley Cluster,NL\nCluster Foodvalley,NL\n"
    assert counts(imported(client, admin, body, allow_duplicates=True)) == (2, 0, 0, 0)
    assert counts(imported(client, admin, body, allow_duplicates=True)) == (0, 0, 2, 0)


def bomb() -> bytes:
    outlet = io.BytesIO()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    return outlet.getvalue()


@pytest.mark.parametrize(
    ("body", "media", "status", "slug"),
    [
        (bytes(range(256)) * 9, "text/csv", 400, "file-not-readable"),
        (b"", "text/csv", 400, "file-not-readable"),
        (b"PK\x03\x04 not a workbook", XLSX, 400, "file-not-readable"),
        (b"name\x00,country\n", "text/csv", 400, "file-not-readable"),
        (b"\xff\xfename", "text/csv; charset=utf-8", 400, "file-not-readable"),
        (b"\x89PNG\r\n\x1a\n", "image/png", 415, "format-not-known"),
        (ONE, "text/plain", 415, "format-not-known"),
        (b"what,ever\n1,2\n", "text/csv", 422, "columns-not-usable"),
    ],
)
def test_unusable_file_is_refused_at_once(
    client: TestClient, admin: dict[str, str], body: bytes, media: str, status: int, slug: str
) -> None:
    answer = post(client, admin, body, media)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert client.get("/v1/imports", headers=admin).json()["items"] == []


def test_bomb_is_refused(client: TestClient, admin: dict[str, str]) -> None:
    answer = post(client, admin, bomb(), XLSX)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/file-too-long")


def test_repeating_with_a_key_imports_once(client: TestClient, admin: dict[str, str]) -> None:
    keyed = {**admin, "Idempotency-Key": "once"}
    first, second = (post(client, keyed, ONE) for _ in range(2))
    assert (first.json()["id"], second.headers["idempotency-replayed"]) == (second.json()["id"], "true")
    assert len(client.get("/v1/imports", headers=admin).json()["items"]) == 1
    imported(client, admin, ONE)


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/imports"])
def test_jobs_need_a_key(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 401


def test_import_needs_a_key(client: TestClient) -> None:
    assert post(client, {}, ONE).status_code == 401


def test_location_leads_to_the_job(client: TestClient, admin: dict[str, str]) -> None:
    answer = post(client, admin, ONE)
    job = client.get(answer.headers["location"], headers=admin)
    assert (answer.headers["location"], job.json()["kind"]) == (f"/v1/jobs/{answer.json()['id']}", "import")
    imported(client, admin, ONE)


def test_jobs_come_in_pages_the_latest_first(client: TestClient, admin: dict[str, str]) -> None:
    made = [imported(client, admin, ONE, dry_run=True)["id"] for _ in range(3)]
    seen, cursor = [], None
    while True:
        after = f"&cursor={cursor}" if cursor else ""
        page = client.get(f"/v1/jobs?limit=2&state=succeeded{after}", headers=admin).json()
        seen += [job["id"] for job in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


def test_ended_job_cannot_be_cancelled(client: TestClient, admin: dict[str, str]) -> None:
    job = imported(client, admin, ONE)
    answer = client.post(f"/v1/jobs/{job['id']}/cancel", headers={**admin, "If-Match": "*"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/move-not-allowed")


def test_cancelling_needs_the_present_tag(client: TestClient, admin: dict[str, str]) -> None:
    job = imported(client, admin, ONE)
    path = f"/v1/jobs/{job['id']}/cancel"
    assert client.post(path, headers=admin).status_code == 428
    assert client.post(path, headers={**admin, "If-Match": '"0-a"'}).status_code == 412


def keys(database: Database) -> dict[str, dict[str, str]]:
    """Give keys of one secretariat, whole and narrowed, and one of an auditor."""
    with database.transaction() as session:
        own = given_organisation(session, Role.SECRETARIAT)
        scopes = {
            "whole": (),
            "imports alone": ("imports:run",),
            "jobs alone": ("jobs:read_all",),
            "both": ("imports:run", "clusters:read_all"),
        }
        told = {name: given_credential(session, given_client(session, own, scopes=has)) for name, has in scopes.items()}
        return told | {"auditor": given_key(session, Role.AUDITOR)}


def test_findings_name_nothing_to_who_may_not_see_every_cluster(client: TestClient, database: Database) -> None:
    callers = keys(database)
    assert counts(imported(client, callers["both"], b"name,country\nAlps Motion,FR\n")) == (1, 0, 0, 0)
    job = imported(client, callers["whole"], b"name,country\nMotion of the Alps,FR\n")
    assert counts(job) == (0, 0, 0, 1)
    told = {}
    for name, key in callers.items():
        shown = client.get(f"/v1/jobs/{job['id']}", headers=key).json()
        page = client.get(f"/v1/jobs/{job['id']}/findings", headers=key)
        told[name] = (len(shown["findings"]), "alps" in f"{shown}{page.text}".lower(), page.status_code)
    names = {True: (1, True, 200), False: (0, False, 403)}
    assert told == {name: names[name in {"whole", "both", "auditor"}] for name in callers}


@pytest.mark.parametrize("dry_run", [True, False])
def test_import_is_refused_to_who_may_not_see_every_cluster(
    client: TestClient, database: Database, dry_run: bool
) -> None:
    answer = post(client, keys(database)["imports alone"], ONE, dry_run=dry_run)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/permission-missing")
    assert "clusters:read_all" in answer.json()["detail"]
    assert client.get("/v1/jobs", headers=keys(database)["whole"]).json()["items"] == []


def test_only_who_runs_imports_is_told_that_a_job_can_be_cancelled(client: TestClient, database: Database) -> None:
    callers = keys(database)
    with database.transaction() as session:
        actor = service_actor("command line", NOW)
        # No worker knows this kind, so it waits.
        job = request_job(session, actor, "other", {}, total=None)
        job.organisation_id = session.scalars(sa.select(Client.organisation_id).order_by(Client.id)).first()
        job_id = job.id
    told = {}
    for name, key in callers.items():
        listed = client.get("/v1/jobs", headers=key).json()["items"]
        told[name] = (client.get(f"/v1/jobs/{job_id}", headers=key).json()["allowed_moves"], listed[0]["allowed_moves"])
    assert told == {
        name: (["cancel"], ["cancel"]) if name in {"whole", "imports alone", "both"} else ([], []) for name in callers
    }
