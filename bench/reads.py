"""Reads: repeated ones against the physical limit, first ones against the driver and the peers, and how both grow."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import answers
from bench.callers import KEY
from bench.contenders import BARE, DRESSED, DRF, DRIVER, OTHERS, OURS, bare, published_name, readers, service
from bench.databases import Prepared
from bench.measure import Comparison, Contestant, Effort, Measured, always, compare, enough, kept_answers
from bench.servers import Server, Unmeasured, running
from bench.workloads import DAYS, JSON, Workload, canned, figures, get, holders, material, pages

REPEATED = "/v1/register?limit=6&ever_held=true"
EVERYBODY = "/v1/register?ever_held=true&limit=50"
PAGES = 300


def repeated(prepared: Prepared, folder: Path, effort: Effort) -> Measured:
    """The same public read again and again, with and without the bytes being known to the client."""
    ours = service(prepared)
    # Answers take so little that a neighbour's moment decides a round: more rounds, shorter ones.
    often = Effort(2 * effort.rounds, effort.seconds / 2, effort.warm_up_seconds)
    with running(ours):
        ours.get(REPEATED, {"Accept": "application/json"})
        _, body, headers = ours.get(REPEATED, {"Accept": "application/json"})
        servers = [ours, *bare(body, headers, folder)]
        with running(*servers[1:]):
            before = kept_answers(ours)
            requests = {"200": get(REPEATED), "304": get(REPEATED, JSON, f"If-None-Match: {headers['etag']}")}
            made = {}
            for status, request in requests.items():
                contestants = {server.name: always(server, request) for server in servers}
                made[status] = compare(f"repeated read, {status}", contestants, often, repeat=True)
                require_only(status, made[status])
            asked = sum(run.outcome.answers for comparison in made.values() for run in comparison.runs[OURS])
            if kept_answers(ours) - before < asked * 0.99:
                raise Unmeasured("the service did not answer repeated reads from kept bytes")
    ratios = {f"repeated_{status}": comparison.ratio(OURS, BARE) for status, comparison in made.items()}
    dressed = " and ".join(f"{made[status].ratio(OURS, DRESSED).value:.2f} ({status})" for status in made)
    remarks = [
        f"The repeated read is `{REPEATED}`, {len(body)} bytes of JSON.",
        f"Against a bare application that also sends the service's {len(headers)} headers the ratio is {dressed}.",
    ]
    return Measured(ratios, list(made.values()), remarks)


AUTHENTICATED = f"Authorization: Bearer {KEY}"


def authenticated(prepared: Prepared, effort: Effort) -> Measured:
    """The same reads with credentials and without: one that is kept, and one that is rendered every time."""
    measured = Measured()
    for name, kept_bytes in (("kept", None), ("rendered", 0)):
        ours = service(prepared, kept_bytes=kept_bytes)
        with running(ours):
            known, stranger = f"{name}, with a key", f"{name}, without"
            requests = {stranger: get(REPEATED), known: get(REPEATED, JSON, AUTHENTICATED)}
            contestants = {which: always(ours, request) for which, request in requests.items()}
            made = compare(f"a read that is {name}, with credentials and without", contestants, effort, repeat=True)
            require_only("200", made)
        measured.comparisons.append(made)
        measured.figures[f"authenticated_{name}"] = made.ratio(known, stranger)
    measured.remarks.append(f"Reads with credentials send an API key with `{REPEATED}`.")
    return measured


def require_only(status: str, made: Comparison) -> None:
    """Raise Unmeasured if anybody answered another status."""
    for name, runs in made.runs.items():
        for run in runs:
            if set(run.outcome.statuses) != {status}:
                raise Unmeasured(f"{name} answered {run.outcome.statuses} instead of {status}")


def first(prepared: Prepared, effort: Effort) -> Measured:
    """The three questions, none of them ever asked twice of the same server."""
    found = material(prepared, most=enough(effort) * (effort.rounds + 2))
    asked: list[tuple[str, Workload, Callable[[bytes], Any]]] = [
        ("page", pages(found), answers.rows_of_page),
        ("cluster", holders(found), answers.cluster_with_labels),
        ("figures", figures(), answers.counts),
    ]
    servers = readers(prepared)
    measured = Measured()
    with running(*servers):
        for key, workload, read in asked:
            for question in workload.take(3):
                paths = {server.name: canned(server.name, question, published_name(prepared)) for server in servers}
                answers.require_same(servers, paths, read)
            made = _first(workload, servers, prepared, effort)
            best = made.fastest(OTHERS)
            measured.comparisons.append(made)
            measured.figures |= {
                f"{key}_driver": made.ratio(OURS, DRIVER),
                f"{key}_drf": made.ratio(OURS, DRF),
                f"{key}_best": made.ratio(OURS, best),
            }
            measured.remarks.append(f"Fastest other peer for “{workload.name}”: {best}.")
    return measured


def _first(workload: Workload, servers: list[Server], prepared: Prepared, effort: Effort) -> Comparison:
    """Measure a workload of which no request is sent twice; raise Unmeasured if a kept answer was given."""
    parts = workload.parts(effort.rounds + 1, enough(effort))

    def contestant(server: Server) -> Contestant:
        name = published_name(prepared)
        return Contestant(server, lambda number: [get(canned(server.name, asked, name)) for asked in parts[number]])

    before = kept_answers(servers[0])
    made = compare(workload.name, {server.name: contestant(server) for server in servers}, effort, repeat=False)
    again = kept_answers(servers[0]) - before
    if again:
        raise Unmeasured(f"{again} requests of “{workload.name}” were answered from kept bytes")
    return made


def late_page(prepared: Prepared, effort: Effort) -> Measured:
    """A late page against the first, with nothing kept."""
    ours = service(prepared, kept_bytes=0)
    with running(ours):
        number, path = _late_page(ours)
        late = f"page {number}"
        both = {"page 1": always(ours, get(EVERYBODY)), late: always(ours, get(path))}
        made = compare("a late page", both, effort, repeat=True)
    remark = f"Pages of `{EVERYBODY}`; the late one is number {number}, reached by following `next`."
    return Measured({"page_300": made.ratio("page 1", late)}, [made], [remark])


def _late_page(ours: Server) -> tuple[int, str]:
    path = EVERYBODY
    for number in range(1, PAGES):
        cursor = json.loads(ours.get(path)[1])["next"]
        if cursor is None:
            return number, path
        path = f"{EVERYBODY}&{urlencode({'cursor': cursor})}"
    return PAGES, path


def large_figures(small: Prepared, large: Prepared, effort: Effort) -> Measured:
    """The same aggregates on few labels and on many, with nothing kept."""
    requests = [get(f"/v1/statistics/labels?by=level,country&at={day}") for day in DAYS[:: len(DAYS) // 500]]
    sizes = {f"{int(str(found.value('SELECT count(*) FROM label'))):,} labels": found for found in (small, large)}
    servers = {name: service(found, kept_bytes=0) for name, found in sizes.items()}
    with running(*servers.values()):
        contestants = {name: Contestant(server, lambda _round: requests) for name, server in servers.items()}
        made = compare("aggregates of few and many labels", contestants, effort, repeat=True)
    few, many = servers
    remark = f"Aggregates were measured on {few} and on {many}; the small database was multiplied."
    return Measured({"figures_large": made.ratio(few, many)}, [made], [remark])
