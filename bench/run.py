"""The one command: everything measured on both databases, the table printed and written to `bench/RESULTS.md`.

`python -m bench.run` takes a quarter of an hour; `--quick` takes less than three minutes on a small register, prints
its table, and writes nothing.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench import bulk, decided, inside, reads, reservations, sheets, start, stays, travels, writes
from bench.aims import AIMS
from bench.databases import POSTGRESQL, SQLITE, Databases, Prepared
from bench.load import Job, send
from bench.measure import Effort, Measured
from bench.report import Results, aims_table, document, machine
from bench.servers import ROOT, Server, Unmeasured, running
from bench.workloads import get

T = TypeVar("T")
RESULTS = ROOT / "bench" / "RESULTS.md"
NOTES = ROOT / "bench" / "notes.md"


@dataclass(frozen=True, slots=True)
class Plan:
    """How large and how long a run is."""

    scale: int
    effort: Effort
    many_labels: int
    import_rows: int
    export_rows: int
    awards: int
    decisions: int
    participants: int
    is_of_cases: bool = False
    is_of_exchanges: bool = False

    @property
    def is_partial(self) -> bool:
        """Whether it measures some of the work only, without any server."""
        return self.is_of_cases or self.is_of_exchanges


FULL = Plan(15, Effort(3, 1.5), 2_000_000, 20_000, 1_000_000, 1_000, 100_000, 100_000)
QUICK = Plan(1, Effort(1, 0.3, 0.1), 20_000, 1_000, 10_000, 50, 1_000, 1_000)
CASES = Plan(1, Effort(3, 1.5), 0, 0, 0, 1_000, 100_000, 100_000, is_of_cases=True)
EXCHANGES = Plan(1, Effort(3, 1.5), 0, 0, 0, 0, 0, 100_000, is_of_exchanges=True)


class Bench:
    """One run: measures section by section, so that one that fails costs only its own figures."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        """Work in this folder."""
        self.plan = plan
        self.folder = folder
        self.results = Results()

    def everything(self, kinds: Sequence[str]) -> None:
        """Measure all sections on these kinds of database: seeded side by side, measured one after the other."""
        with ExitStack() as stack:
            opened = {kind: stack.enter_context(databases_of(kind, self.folder)) for kind in kinds}
            with ThreadPoolExecutor() as pool:
                seeded = dict(zip(kinds, pool.map(lambda kind: self._seeded(kind, opened[kind]), kinds), strict=True))
            for kind, found in seeded.items():
                if found is not None:
                    self._sections(kind, opened[kind], found)

    def _seeded(self, kind: str, databases: Databases) -> Prepared | None:
        return self.made(kind, EVERY, lambda: databases.seeded("register", self.plan.scale), "seeding")

    def _sections(self, kind: str, databases: Databases, seeded: Prepared) -> None:
        plan, effort = self.plan, self.plan.effort
        if plan.is_of_exchanges:
            self._exchanges(kind, databases, seeded)
            return
        self._cases(kind, databases, seeded)
        if plan.is_of_cases:
            return
        small = databases.copy(seeded, "small")
        self.section(kind, ("start", "idle"), lambda: start.start(seeded))
        self.section(kind, ("repeated_200", "repeated_304"), lambda: reads.repeated(seeded, self.folder, effort))
        self.section(
            kind, ("authenticated_kept", "authenticated_rendered"), lambda: reads.authenticated(seeded, effort)
        )
        self.section(kind, FIRST, lambda: reads.first(seeded, effort))
        self.section(kind, ("page_300",), lambda: reads.late_page(seeded, effort))
        self.section(kind, ("create_drf",), lambda: writes.creates(seeded, effort))
        self.section(kind, ("import_copy",), lambda: bulk.imports(databases, self.folder, plan.import_rows))
        many = self.made(
            kind, ("figures_large", *EXPORT), lambda: databases.large(small, "large", plan.many_labels), "multiplying"
        )
        if many is not None:
            self.section(kind, ("figures_large",), lambda: reads.large_figures(small, many, effort))
            self.section(kind, EXPORT, lambda: bulk.exports(many, plan.export_rows))

    def _cases(self, kind: str, databases: Databases, seeded: Prepared) -> None:
        plan = self.plan
        self.section(kind, ("sheets", "score", "explained"), lambda: sheets.sheets(plan.effort))
        self.section(kind, ("amount",), lambda: stays.amounts(plan.effort))
        self._exchanges(kind, databases, seeded)
        self.section(kind, ("comparison",), lambda: inside.compared(databases, seeded))
        self.section(kind, ("candidates",), lambda: inside.assigned(databases, seeded))
        self.section(kind, ("figures_awarded",), lambda: inside.awarded(databases, seeded, plan.awards))
        self.section(kind, ("replay",), lambda: decided.replays(databases, seeded, plan.decisions))

    def _exchanges(self, kind: str, databases: Databases, seeded: Prepared) -> None:
        plan = self.plan
        self.section(kind, ("eligibility",), lambda: travels.eligible(databases, seeded, plan.participants))
        self.section(kind, ("best_matches",), lambda: travels.matched(databases, seeded, plan.participants // 10))
        self.section(kind, ("round",), lambda: travels.paired(databases, seeded, plan.participants // 10))
        reserve = ("reserve_one", "reserve_many")
        self.section(kind, reserve, lambda: reservations.reservations(databases, seeded, plan.effort))
        moves = plan.participants // 10
        self.section(kind, ("reserve_long",), lambda: reservations.long_books(databases, seeded, plan.effort, moves))

    def section(self, kind: str, keys: tuple[str, ...], measure: Callable[[], Measured]) -> None:
        """Measure a section, or keep the reason why its figures are missing."""
        measured = self.made(kind, keys, measure, "measuring " + ", ".join(keys))
        if measured is None:
            return
        for key, ratio in measured.figures.items():
            self.results.figures[kind, key] = ratio
        self.results.comparisons += [(kind, made) for made in measured.comparisons]
        self.results.remarks += [f"{kind}: {remark}" for remark in measured.remarks]

    def made(self, kind: str, keys: tuple[str, ...], make: Callable[[], T], doing: str) -> T | None:
        """What was made, or None with the reason kept for these figures."""
        began = time.perf_counter()
        try:
            return make()
        except Unmeasured as reason:
            # Of a traceback the last line says what happened; of everything else it is the only one.
            words = str(reason).strip().splitlines()[-1][:160].replace("|", "/")
            self.results.reasons |= {(kind, key): words for key in keys}
            print(reason, file=sys.stderr)
            return None
        finally:
            said(f"{kind}: {doing} took {time.perf_counter() - began:.0f} s")

    def ceiling(self) -> None:
        """What the load generator itself can send and receive."""
        server = Server("ceiling", [sys.executable, "-m", "bench.peers.ceiling"], {})
        with running(server):
            outcome = send(Job(server.port, [get("/")], self.plan.effort.seconds, repeat=True))
        reached = f"{outcome.per_second:,.0f} requests/s with answers of 2.3 kB"
        self.results.remarks.append(f"The load generator's own ceiling: {reached}.")


FIRST = tuple(f"{key}_{other}" for key in ("page", "cluster", "figures") for other in ("driver", "drf", "best"))
EXPORT = ("export_memory", "export_speed")
EVERY = tuple(aim.key for aim in AIMS)


@contextmanager
def databases_of(kind: str, folder: Path) -> Iterator[Databases]:
    """Databases of one kind, closed afterwards."""
    databases = Databases(kind, folder)
    try:
        yield databases
    finally:
        databases.close()


def said(words: str) -> None:
    """Tell whoever waits how far it is."""
    print(f"[{time.strftime('%H:%M:%S')}] {words}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small register and short rounds; writes nothing")
    parser.add_argument("--cases", action="store_true", help="measure what cases need; writes nothing")
    parser.add_argument("--exchanges", action="store_true", help="measure what exchanges need; writes nothing")
    parser.add_argument("--only", choices=(SQLITE, POSTGRESQL), help="measure on one database only; writes nothing")
    chosen = parser.parse_args()
    plan = CASES if chosen.cases else EXCHANGES if chosen.exchanges else QUICK if chosen.quick else FULL
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(plan, Path(folder))
        if not plan.is_partial:
            bench.ceiling()
        bench.everything((chosen.only,) if chosen.only else (SQLITE, POSTGRESQL))
    if chosen.quick:
        print("A quick run: a register of 1,383 holders, one short round. The verdicts are those of a full run only.\n")
    print("\n".join(aims_table(bench.results)))
    if plan is FULL and not chosen.only:
        notes = NOTES.read_text(encoding="utf-8")
        text = document(bench.results, command="make bench", seconds=time.perf_counter() - began, notes=notes)
        RESULTS.write_text(text, encoding="utf-8")
        said(f"written: {RESULTS.relative_to(ROOT)}")
    elif plan.is_partial:
        print("\n".join(f"- {one}" for one in [*bench.results.remarks, *machine()]))


if __name__ == "__main__":
    main()
