"""The figures of mutation testing as data, and the page that is made of them."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "docs" / "mutation.yaml"
PAGE = ROOT / "docs" / "mutation.md"
HEAD = """# Mutation testing of the rules

A mutant is a copy of one function with one small fault: a comparison turned, a number off by one, an argument left out,
a text changed. It is killed if a test notices. Every `rules.py` is measured with the mutants of mutmut, judged by the
pure tests of its area alone (`tests/AREA/test_rules*.py`, without a database): `make mutation` measures what has
changed and writes this page and `mutation.yaml`, in which the reasons are written by hand. Functions under a decorator
(cached ones, properties) and constants are not mutated by mutmut. Killed by the clock means that the mutant did not end
in ten times the time of its tests; it counts as killed. An area that is missing has not been measured; one whose rules
or tests have changed since is measured anew by the next `make mutation`.

| rules of | mutants | killed | of these by the clock | survived | killed, % |
| --- | ---: | ---: | ---: | ---: | ---: |
"""


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test noticed: in which function, what it changes, and why it is left alive."""

    function: str
    change: str
    reason: str


@dataclass(frozen=True)
class Area:
    """What was measured in one area, on rules and tests with this digest."""

    digest: str
    mutants: int
    timeouts: int
    survivors: tuple[Survivor, ...]

    @property
    def killed(self) -> int:
        """Answer how many mutants a test noticed."""
        return self.mutants - len(self.survivors)

    @property
    def permille(self) -> int:
        """Answer how many of a thousand mutants are killed, cut."""
        return 1000 * self.killed // self.mutants if self.mutants else 1000

    def with_reasons_of(self, before: "Area | None") -> "Area":
        """Answer this with the reasons that were written for the same changes before."""
        known = {(one.function, one.change): one.reason for one in before.survivors} if before else {}
        return replace(
            self,
            survivors=tuple(replace(one, reason=known.get((one.function, one.change), "")) for one in self.survivors),
        )


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def read_figures() -> dict[str, Area]:
    """Answer what has been measured, by area."""
    if not FIGURES.is_file():
        return {}
    return {
        area: Area(**{**found, "survivors": tuple(Survivor(**one) for one in found["survivors"])})
        for area, found in (yaml.safe_load(FIGURES.read_text(encoding="utf-8")) or {}).items()
    }


def write_figures(figures: dict[str, Area]) -> None:
    """Keep what was measured, and write the page of it."""
    kept = {
        area: {**asdict(found), "survivors": [asdict(one) for one in found.survivors]}
        for area, found in sorted(figures.items())
    }
    FIGURES.write_text(
        yaml.dump(kept, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8"
    )
    PAGE.write_text(page(figures), encoding="utf-8")


def page(figures: dict[str, Area]) -> str:
    """Answer the page: one line an area and in all, and each survivor with its reason."""
    mutants = sum(found.mutants for found in figures.values())
    survivors = tuple(one for found in figures.values() for one in found.survivors)
    total = Area("", mutants, sum(found.timeouts for found in figures.values()), survivors)
    rows = "".join(_row(f"`{area}`", found) for area, found in sorted(figures.items()))
    told = "".join(_survivors(area, found.survivors) for area, found in sorted(figures.items()) if found.survivors)
    return f"{HEAD}{rows}{_row('all', total)}\n## Survivors, and why\n{told}"


def _row(name: str, found: Area) -> str:
    whole, tenth = divmod(found.permille, 10)
    cells = (name, found.mutants, found.killed, found.timeouts, len(found.survivors), f"{whole}.{tenth}")
    return f"| {' | '.join(str(cell) for cell in cells)} |\n"


def _survivors(area: str, survivors: tuple[Survivor, ...]) -> str:
    told = "".join(
        f"\n`{one.function}`: {one.reason or 'not looked at yet'}\n\n```diff\n{one.change}\n```\n" for one in survivors
    )
    return f"\n### {area}\n{told}"


if __name__ == "__main__":
    write_figures(read_figures())
