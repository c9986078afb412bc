"""What is asked: the requests of each workload, made from the data, so that every contender gets the same ones.

A request of a "first time" workload is never sent twice to the same server: whatever it keeps cannot help it.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, product
from urllib.parse import quote

import sqlalchemy as sa

from bench.callers import KEY
from bench.databases import Prepared

SEED = 20201231
FIRST_DAY, LAST_DAY = date(2012, 1, 1), date(2021, 12, 31)
DAYS = [FIRST_DAY + timedelta(days) for days in range((LAST_DAY - FIRST_DAY).days + 1)]
PAGE = 50
JSON = "Accept: application/json"
PERIODS = """
SELECT c.country, p.level, p.starts_on, p.ends_on FROM level_period p JOIN cluster c ON c.id = p.cluster_id
"""


@dataclass(frozen=True, slots=True)
class Material:
    """What the requests of one database are made of."""

    holders: Sequence[str]
    pages: Sequence[tuple[str, str, date]]
    """Country, level and day of pages of the register that are full."""


def material(prepared: Prepared, most: int) -> Material:
    """Read what requests can be about."""
    engine = prepared.engine()
    with engine.connect() as connection:
        holders = sorted(str(row[0]) for row in connection.execute(sa.text("SELECT DISTINCT cluster_id FROM label")))
        periods = connection.execute(sa.text(PERIODS)).all()
    engine.dispose()
    chance = random.Random(SEED)
    chance.shuffle(holders)
    full = [place[:3] for place in _held(periods) if place[3] > PAGE]
    return Material(holders, chance.sample(full, min(most, len(full))))


def _held(periods: Sequence[Sequence[object]]) -> Iterator[tuple[str, str, date, int]]:
    """How many organisations showed a level in a country, for each day."""
    changes: dict[tuple[str, str], Counter[date]] = {}
    for country, level, starts_on, ends_on in periods:
        place = changes.setdefault((str(country), str(level)), Counter())
        place[max(_day(starts_on), FIRST_DAY)] += 1
        place[max(_day(ends_on) + timedelta(1), FIRST_DAY)] -= 1
    for (country, level), by_day in sorted(changes.items()):
        count = 0
        for day in DAYS:
            count += by_day[day]
            yield country, level, day, count


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def get(path: str, *headers: str) -> str:
    """The text of a GET request."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(headers or (JSON,)), "", ""])


def post(path: str, body: bytes, *headers: str) -> str:
    """The text of a POST request with a JSON body."""
    about = ("Content-Type: application/json", f"Content-Length: {len(body)}")
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: 127.0.0.1", JSON, *about, *headers, "", body.decode("latin-1")])


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask, as the service and its peers are asked it, and as Datasette is."""

    path: str
    canned: str


class Workload:
    """Questions that are asked the first time, handed out in parts that never overlap."""

    def __init__(self, name: str, questions: Iterator[Question]) -> None:
        """Hand out these questions."""
        self.name = name
        self._questions = questions

    def take(self, count: int) -> list[Question]:
        """The next questions; fewer when they run out."""
        return list(islice(self._questions, count))

    def parts(self, number: int, most: int) -> list[list[Question]]:
        """So many parts of equal size, each with at most so many questions."""
        taken = self.take(number * most)
        size = len(taken) // number
        return [taken[part * size : (part + 1) * size] for part in range(number)]


def pages(found: Material) -> Workload:
    """Pages of 50 of the register: who showed a level in a country on a day."""

    def questions() -> Iterator[Question]:
        for country, level, day in found.pages:
            asked = f"country={country}&level={level}&valid_on={day}"
            yield Question(f"/v1/register?{asked}&limit={PAGE}", f"page.json?_shape=array&{asked}")

    return Workload("page of 50 with filter", questions())


def holders(found: Material) -> Workload:
    """One organisation with its labels, as of different days."""

    def questions() -> Iterator[Question]:
        # Peers keep no history: they are asked the same addresses and leave the day out of account.
        for day, holder in product(reversed(DAYS), found.holders):
            yield Question(
                f"/v1/register/{holder}?at={day}", f"cluster.json?_shape=array&_json=labels&id={holder}&at={day}"
            )

    return Workload("one cluster with its labels", questions())


def figures() -> Workload:
    """Valid labels by level and country on a day."""
    orders = [
        "by=level,country&at={day}",
        "at={day}&by=level,country",
        "by=level,country&basis=valid&at={day}",
        "basis=valid&by=level,country&at={day}",
        "at={day}&basis=valid&by=level,country",
        "basis=valid&at={day}&by=level,country",
    ]
    days = random.Random(SEED).sample(DAYS, len(DAYS))

    def questions() -> Iterator[Question]:
        for order, day in product(orders, days):
            asked = order.format(day=day)
            yield Question(f"/v1/statistics/labels?{asked}", f"counts.json?_shape=array&{asked}")

    return Workload("aggregate by level and country", questions())


def new_clusters(count: int, *, keyed: bool) -> Iterator[str]:
    """Requests that create organisations whose names resemble no other; with credentials and a key if so asked."""
    chance = random.Random(SEED)
    for number in range(count):
        word = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(18))
        body = json.dumps(new_cluster(word)).encode()
        headers = (f"Authorization: Bearer {KEY}", f"Idempotency-Key: {word}-{number}") if keyed else ()
        yield post("/v1/clusters", body, *headers)


def new_cluster(word: str) -> Mapping[str, object]:
    """An organisation with every usual field."""
    return {
        "legal_name": f"{word[:9].capitalize()} {word[9:].capitalize()}",
        "names": {"en": f"{word.capitalize()} Cluster"},
        "country": "DE",
        "region": "DE80",
        "city": "Greifswald",
        "founded_year": 2004,
        "website": f"https://{word}.example.org",
        "english_page": f"https://{word}.example.org/en",
        "contact_role": "Manager",
        "portfolio": "NEW_MATERIALS_CHEMISTRY",
        "ecosystems": ["ELECTRONICS"],
        "activities": ["25.61"],
        "participants": 60,
        "members": {"sme": 31, "university": 6, "government_agency": 2},
        "staff_fte": 4.5,
        "descriptions": {"en": "Plasma technology around the Baltic Sea."},
    }


def canned(server: str, question: Question, database: str) -> str:
    """The address of a question for a server: Datasette publishes it under the name of its file."""
    return f"/{quote(database)}/{question.canned}" if server == "Datasette" else question.path
