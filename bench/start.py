"""Starting: how long until the first answer, and what the idle server holds."""

import time
from statistics import median

from bench.contenders import shipped
from bench.databases import Prepared
from bench.measure import Measured, Ratio
from bench.servers import running

STARTS = 3
SETTLING_SECONDS = 1.0


def start(prepared: Prepared) -> Measured:
    """Start the service by its own command, several times; the first start after a long time also reads from disk."""
    seconds, memory = [], []
    for _ in range(STARTS):
        server = shipped(prepared)
        with running(server):
            seconds.append(server.seconds_to_first_answer)
            time.sleep(SETTLING_SECONDS)
            memory.append(server.resident())
    return Measured({"start": _middle(seconds), "idle": _middle(memory)})


def _middle(amounts: list[float]) -> Ratio:
    return Ratio(median(amounts), min(amounts), max(amounts))
