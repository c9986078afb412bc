"""Mutation testing of the rules: what small faults in a ``rules.py`` would no test notice?

``python -m tests.mutation AREA…`` makes the mutants of each area's rules with mutmut and judges each one by the pure
tests of the area (``tests/AREA/test_rules*.py``, those that need a database left out). The tests are collected once;
every mutant then runs in a fork of that process, so it costs milliseconds. Figures and survivors stand in
``docs/mutation.yaml``, where the reason of each survivor is written by hand; ``docs/mutation.md`` is made of it.
Without an area, those are measured whose rules or tests have changed since.
"""

import contextlib
import gc
import importlib.util
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
import yaml
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, Phase, settings
from mutmut.mutation.file_mutation import MutatedFile, mutate_file_contents
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

from tests.mutation_page import FIGURES, ROOT, Area, Survivor, read_figures, write_figures

CPU_SECONDS_BESIDES = 3
"""What a mutant may take besides ten times what its tests take without it; then it counts as killed by the clock."""
MOST_MEMORY = 4 * 2**30
MOST_EXAMPLES = 20


def rules_of(area: str) -> Path:
    """Answer the file with the rules of an area."""
    return ROOT / "src" / "cluster_api" / area / "rules.py"


def judges_of(area: str) -> list[Path]:
    """Answer the files with the pure tests of an area."""
    return sorted((ROOT / "tests" / area).glob("test_rules*.py"))


def digest_of(area: str) -> str:
    """Answer a digest of the rules of an area and of what judges them."""
    return sha256(b"".join(path.read_bytes() for path in [rules_of(area), *judges_of(area)])).hexdigest()[:12]


@dataclass(frozen=True)
class MutatedRules(MetaPathFinder):
    """Imports the rules of one area with all their mutants inside, each asleep until it is named."""

    area: str
    mutated: MutatedFile

    @property
    def module(self) -> str:
        """Answer the name of the module."""
        return f"cluster_api.{self.area}.rules"

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the signature is importlib's
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Answer how to load the module if it is the mutated one."""
        if fullname != self.module:
            return None
        file = str(rules_of(self.area))
        return importlib.util.spec_from_file_location(fullname, file, loader=MutatedLoader(fullname, file, self))

    def lines_of(self, function: str) -> list[str]:
        """Answer the lines of one of the made functions."""
        span = self.mutated.line_span_by_function_name[function]
        lines: list[str] = self.mutated.code.splitlines()[span.start - 1 : span.end]
        return lines

    def survivor(self, mutant: str) -> Survivor:
        """Answer where a mutant is and what it changes."""
        mangled = mutant.partition("__mutmut_")[0]
        name = mangled.removeprefix("x_").rpartition("ǁ")[2]
        before, after = (
            [line.replace(f"def {one}(", f"def {name}(") for line in self.lines_of(one)]
            for one in (f"{mangled}__mutmut_orig", mutant)
        )
        changed = [line for line in unified_diff(before, after, n=0, lineterm="") if line[:3] not in ("---", "+++")]
        shown = [f"{line[0]} {line[1:].strip()}" for line in changed if line[0] in "+-"]
        return Survivor(function=name, change="\n".join(shown), reason="")


class MutatedLoader(SourceFileLoader):
    """Compiles the mutated text instead of the file's."""

    def __init__(self, fullname: str, path: str, rules: MutatedRules) -> None:
        """Keep the text."""
        super().__init__(fullname, path)
        self.rules = rules

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        """Answer the code of the mutated text, past every cache."""
        return compile(self.rules.mutated.code, self.path, "exec")


class Judge:
    """A plugin that runs the collected tests once to learn who tests what, and then once a mutant, each in a fork."""

    def __init__(self, rules: MutatedRules) -> None:
        """Begin with nothing known."""
        self.rules = rules
        self.seconds: dict[pytest.Item, float] = {}
        self.items_of: dict[str, list[pytest.Item]] = {}
        self.survivors: list[Survivor] = []
        self.timeouts = 0
        self.failed: list[str] = []
        self.judging = False

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what needs a database, and let random tests try few examples: most mutants fall at the first."""
        items[:] = [item for item in items if "database" not in getattr(item, "fixturenames", ())]
        for item in items:
            function = getattr(item, "obj", None)
            if own := getattr(function, "_hypothesis_internal_use_settings", None):
                few = settings(own, max_examples=min(own.max_examples, MOST_EXAMPLES))
                function._hypothesis_internal_use_settings = few  # type: ignore[union-attr] # hypothesis has no other way

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn, then judge every mutant."""
        self.learn(session.items)
        gc.freeze()
        if not self.failed and self.status_of("", session.items) != 0:
            self.failed.append("In a fork the tests fail without any mutant.")
        for mutant in self.rules.mutated.mutant_names if not self.failed else ():
            self.judge(mutant)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """End the fork at the first failure, before anything is told about it."""
        if self.judging and call.excinfo is not None:
            os._exit(1)

    def learn(self, items: list[pytest.Item]) -> None:
        """Run each test once without a mutant, noting how long it takes and which functions it reaches."""
        set_mutant_under_test("stats")
        for item, following in zip(items, [*items[1:], None], strict=True):
            state()._stats.clear()
            reports = runtestprotocol(item, log=False, nextitem=following)
            self.failed += [f"{item.nodeid}\n{report.longreprtext}" for report in reports if report.failed]
            self.seconds[item] = sum(report.duration for report in reports)
            for function in state()._stats:
                self.items_of.setdefault(function, []).append(item)
        for found in self.items_of.values():
            found.sort(key=self.seconds.__getitem__)
        set_mutant_under_test("")
        print(f"{len(items)} tests take {sum(self.seconds.values()):.1f} s", flush=True)  # noqa: T201

    def judge(self, mutant: str) -> None:
        """Run the tests that reach the mutated function, the quickest first, until one fails."""
        items = self.items_of.get(f"{self.rules.module}.{mutant.partition('__mutmut_')[0]}", [])
        status = self.status_of(f"{self.rules.module}.{mutant}", items)
        if status == 0:
            self.survivors.append(self.rules.survivor(mutant))
        self.timeouts += os.WIFSIGNALED(status)

    def status_of(self, mutant: str, items: list[pytest.Item]) -> int:
        """Answer how a fork ended that ran tests with a mutant awake: 0 if all passed."""
        child = os.fork()
        if not child:
            survived = False
            with contextlib.suppress(BaseException):  # whatever a mutant raises or exits with, it is noticed
                survived = self.survives(mutant, items)
            os._exit(int(not survived))
        return os.waitpid(child, 0)[1]

    def survives(self, mutant: str, items: list[pytest.Item]) -> bool:
        """Answer whether all tests pass with the mutant awake."""
        most = int(10 * sum(self.seconds[item] for item in items)) + CPU_SECONDS_BESIDES
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        set_mutant_under_test(mutant)
        self.judging = True
        return not any(report.failed for item in items for report in runtestprotocol(item, log=False, nextitem=None))


def measured(area: str) -> Area:
    """Measure one area in this process; raise SystemExit if its tests fail without any mutant."""
    # Examples are the same for every mutant, and nobody reads the smallest one that fails.
    phases = (Phase.explicit, Phase.generate)
    checks = tuple(HealthCheck)
    settings.register_profile(
        "mutation", derandomize=True, database=None, deadline=None, phases=phases, suppress_health_check=checks
    )
    settings.load_profile("mutation")
    rules = MutatedRules(area, mutate_file_contents(str(rules_of(area)), rules_of(area).read_text(encoding="utf-8")))
    sys.meta_path.insert(0, rules)
    judge = Judge(rules)
    quiet = [
        "-q",
        "--assert=plain",
        "--capture=no",
        "-p",
        "no:randomly",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
    ]
    if not (ROOT / "tests" / area / "conftest.py").is_file():
        quiet.append("--noconftest")  # what all tests stand on brings up the whole service, of which rules need nothing
    own = ["-o", "addopts=--strict-markers --import-mode=importlib -p no:pytest_alembic"]
    code = pytest.main([*quiet, *own, *(str(path) for path in judges_of(area))], plugins=[judge])
    if judge.failed or (code and code != pytest.ExitCode.NO_TESTS_COLLECTED):
        sys.exit(f"{area}: not measured, pytest answers {code!r}\n" + "\n".join(judge.failed))
    return Area(digest_of(area), len(rules.mutated.mutant_names), judge.timeouts, tuple(judge.survivors))


def areas() -> Iterator[str]:
    """Answer every area that has rules."""
    for path in sorted((ROOT / "src" / "cluster_api").glob("*/rules.py")):
        yield path.parent.name


def main(named: list[str]) -> None:
    """Measure one area here, or each of several in a process of its own."""
    figures = read_figures()
    if len(named) == 1:
        area = named[0]
        found = measured(area).with_reasons_of(figures.get(area))
        write_figures({**read_figures(), area: found})
        told: dict[str, Any] = {"mutants": found.mutants, "killed": found.killed, "survived": len(found.survivors)}
        print(area, yaml.safe_dump(told, default_flow_style=True).strip(), f"see {FIGURES.name}")  # noqa: T201
        return
    for area in named or [area for area in areas() if area not in figures or figures[area].digest != digest_of(area)]:
        subprocess.run([sys.executable, "-m", "tests.mutation", area], check=True, cwd=ROOT)


if __name__ == "__main__":
    main(sys.argv[1:])
