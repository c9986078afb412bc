"""The aims of the design, one row each: what is measured, and what the ratio or the amount shall be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aim:
    """A bound on a figure; `at_least` says on which side of it the figure shall be."""

    key: str
    work: str
    bound: float
    at_least: bool
    unit: str = ""

    def text(self) -> str:
        """The aim as it is printed."""
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}{f' {self.unit}' if self.unit else ''}"

    def is_met(self, value: float) -> bool:
        """Whether the figure, as measured and not as printed, reaches the aim."""
        return value >= self.bound if self.at_least else value <= self.bound


AIMS = (
    Aim("repeated_200", "repeated public read, 200, against bare ASGI with the same bytes", 0.90, at_least=True),
    Aim("repeated_304", "repeated public read, 304, against bare ASGI with the same bytes", 0.95, at_least=True),
    Aim("authenticated_kept", "kept read with an API key against the same without", 0.85, at_least=True),
    Aim("authenticated_rendered", "rendered read with an API key against the same without", 0.85, at_least=True),
    Aim("page_driver", "page of 50 with filter, first time, against driver + orjson in FastAPI", 0.75, at_least=True),
    Aim("page_drf", "page of 50 with filter, first time, against DRF", 6, at_least=True, unit="times"),
    Aim(
        "page_best",
        "page of 50 with filter, first time, against the fastest other",
        3,
        at_least=True,
        unit="times",
    ),
    Aim("cluster_drf", "one cluster with its labels, against DRF", 10, at_least=True, unit="times"),
    Aim("cluster_best", "one cluster with its labels, against the fastest other", 4, at_least=True, unit="times"),
    Aim("figures_drf", "aggregate, first time, against DRF", 10, at_least=True, unit="times"),
    Aim("figures_best", "aggregate, first time, against the fastest other", 5, at_least=True, unit="times"),
    Aim("page_300", "time of page 300 against page 1", 1.2, at_least=False, unit="times"),
    Aim("figures_large", "time of an aggregate at 2,000,000 labels against 20,000", 2, at_least=False, unit="times"),
    Aim(
        "create_drf",
        "create with validation, journal and idempotency, against DRF's without the latter two",
        1.0,
        at_least=True,
        unit="times",
    ),
    Aim("import_copy", "bulk import against COPY (SQLite: executemany) with the same constraints", 0.3, at_least=True),
    Aim("export_memory", "export of 1,000,000 rows: memory over idle", 100, at_least=False, unit="MiB"),
    Aim("export_speed", "export of 1,000,000 rows: speed against the driver's own loop", 0.5, at_least=True),
    Aim("sheets", "score sheets of 31 indicators validated in one process", 10_000, at_least=True, unit="/s"),
    Aim("score", "score of a sheet of 31 indicators with its trace", 1, at_least=False, unit="ms"),
    Aim("explained", "one gold assessment checked, scored and explained, in process", 1, at_least=False, unit="ms"),
    Aim(
        "amount", "the most that is paid for a stay, reckoned and explained, in process", 100, at_least=False, unit="µs"
    ),
    Aim("eligibility", "eligibility of one among 100,000 participants", 5, at_least=False, unit="ms"),
    Aim("best_matches", "best 50 matches among 10,000 participants, with reasons", 100, at_least=False, unit="ms"),
    Aim("round", "10,000 visitors and 10,000 hosts matched, and checked", 30, at_least=False, unit="s"),
    Aim("reserve_one", "budget reservations by 32 clients on one budget", 200, at_least=True, unit="/s"),
    Aim("reserve_many", "budget reservations by 32 clients on 32 budgets", 500, at_least=True, unit="/s"),
    Aim(
        "reserve_long",
        "time of a reservation in a book of 10,000 moves against a short one",
        1.3,
        at_least=False,
        unit="times",
    ),
    Aim("replay", "replay of 100,000 decisions in one process", 60, at_least=False, unit="s"),
    Aim("comparison", "comparison report among 5,000 benchmarks, in process", 200, at_least=False, unit="ms"),
    Aim("candidates", "candidates among 500 assessors with ten years of history", 200, at_least=False, unit="ms"),
    Aim("figures_awarded", "time of an aggregate after awards against before", 1.2, at_least=False, unit="times"),
    Aim("start", "start of the server to the first answer", 2, at_least=False, unit="s"),
    Aim("idle", "memory of the idle server", 150, at_least=False, unit="MiB"),
)
