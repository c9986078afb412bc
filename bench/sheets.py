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
    checked = [_a_second(lambda: form.model_validate(filled), effort.seconds) for _ in range(max(3, effort.rounds))]
    scored = [1000 / _a_second(lambda: score(document, values), effort.seconds) for _ in range(max(3, effort.rounds))]
    explained = [
        1000 / _a_second(lambda: score_of(edition, values), effort.seconds) for _ in range(max(3, effort.rounds))
    ]
    return Measured({"sheets": _middle(checked), "score": _middle(scored), "explained": _middle(explained)})


def _a_second(work: Callable[[], object], seconds: float) -> float:
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        for _ in range(20):
            work()
        done += 20
    return done / spent


def _middle(amounts: list[float]) -> Ratio:
    return Ratio(median(amounts), min(amounts), max(amounts))
