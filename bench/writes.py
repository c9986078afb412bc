"""Writes: creating one organisation after the other, with everything that the service does besides."""

from bench.contenders import DRF, OURS, rest_framework, service
from bench.databases import Prepared
from bench.measure import Contestant, Effort, Measured, compare, enough
from bench.servers import running
from bench.workloads import new_clusters


def creates(prepared: Prepared, effort: Effort) -> Measured:
    """Create organisations; both contenders write into the same tables of the same database."""
    ours, theirs = service(prepared), rest_framework(prepared)
    count = enough(effort) // 4
    everything = {
        name: list(new_clusters(count * (effort.rounds + 1), keyed=keyed))
        for name, keyed in ((OURS, True), (DRF, False))
    }

    def part(name: str) -> Contestant:
        server = ours if name == OURS else theirs
        return Contestant(server, lambda number: everything[name][number * count : (number + 1) * count])

    with running(ours, theirs):
        made = compare("create a cluster", {name: part(name) for name in (OURS, DRF)}, effort, repeat=False)
    remark = (
        "Creating includes the service's search for likely duplicates among all organisations; DRF's does not search."
    )
    return Measured({"create_drf": made.ratio(OURS, DRF)}, [made], [remark])
