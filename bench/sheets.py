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
    checked = [_a_second(lambda: form.model_validate(filled), effort.seconds) for _ in range(rounds)]
    scored = [_a_second(lambda: score(document, values), effort.seconds) for _ in range(rounds)]
    explained = [_a_second(lambda: score_of(edition, filled), effort.seconds) for _ in range(rounds)]
    return Measured({"sheets": _middle(checked), "score": _each(scored), "explained": _each(explained)})


Pace = tuple[float, float]
"""How many a second, and how many a second of processor time."""


def _a_second(work: Callable[[], object], seconds: float) -> Pace:
    done, began, busy = 0, time.perf_counter(), time.process_time()
    while (spent := time.perf_counter() - began) < seconds:
        for _ in range(20):
            work()
        done += 20
    return done / spent, done / (time.process_time() - busy)


def _middle(paces: list[Pace]) -> Ratio:
    clock = [pace for pace, _ in paces]
    return Ratio(median(clock), min(clock), max(clock), median(by_cpu for _, by_cpu in paces))


def _each(paces: list[Pace]) -> Ratio:
    """Milliseconds for each, of so many a second."""
    return _middle([(1000 / pace, 1000 / by_cpu) for pace, by_cpu in paces])
