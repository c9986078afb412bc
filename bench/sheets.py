"""Sheets: how many a second the compiled form of 2013 validates, how long a score and an explanation take."""

import time
from collections.abc import Callable
from statistics import median

from bench.measure import Effort, Measured, Ratio
from cluster_api.indicators.rules import example_form
from cluster_api.methodology.queries import form_of, score_of, shipped
from cluster_api.scoring.rules import score


def sheets(effort: Effort) -> Measured:
    """Measure in this process: no request, no database."""
    edition = shipped(code="ECEI-2013")[0]
    form, document = form_of(edition), edition.document
    filled = example_form(edition.code, document)
    values = form.model_validate(filled).model_dump()
    rounds = max(3, effort.rounds)
    checked = [pace(lambda: form.model_validate(filled), effort.seconds) for _ in range(rounds)]
    scored = [pace(lambda: score(document, values), effort.seconds) for _ in range(rounds)]
    explained = [pace(lambda: score_of(edition, filled), effort.seconds) for _ in range(rounds)]
    return Measured({"sheets": _middle(checked), "score": each(scored), "explained": each(explained)})


Pace = tuple[float, float]
"""How many a second, and how many a second of processor time."""


def pace(work: Callable[[], object], seconds: float) -> Pace:
    """Do some work again and again for so many seconds, and answer how often it was done a second."""
    done, began, busy = 0, time.perf_counter(), time.process_time()
    while (spent := time.perf_counter() - began) < seconds:
        for _ in range(20):
            work()
        done += 20
    return done / spent, done / (time.process_time() - busy)


def _middle(paces: list[Pace]) -> Ratio:
    clock = [pace for pace, _ in paces]
    return Ratio(median(clock), min(clock), max(clock), median(by_cpu for _, by_cpu in paces))


def each(paces: list[Pace], units: int = 1000) -> Ratio:
    """Time for each, of so many a second: in milliseconds, or in other units of which a second has so many."""
    return _middle([(units / by_clock, units / by_cpu) for by_clock, by_cpu in paces])
