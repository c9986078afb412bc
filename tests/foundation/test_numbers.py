"""Drawn serials: each once, whoever draws at the same moment, and none that tells how many there are."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import is_well_formed
from cluster_api.foundation.numbers import TRIES, NumberTaken, draw_number

FEW = 9


def serial_of(number: str) -> int:
    return int(number.split("-")[2])


def test_drawn_numbers_are_numbers_and_do_not_count(session: Session) -> None:
    numbers = [draw_number(session, "CO", 2021) for _ in range(20)]
    assert all(is_well_formed(number) and number.startswith("CO-2021-") for number in numbers)
    serials = [serial_of(number) for number in numbers]
    assert len(set(serials)) == 20
    # Of twenty drawn below a million, the chance that none is above 100,000 is one to ten to the twentieth.
    assert 100_000 < max(serials) < 1_000_000
    assert serials != sorted(serials)


def test_full_series_draws_from_more(session: Session) -> None:
    numbers = [serial_of(draw_number(session, "CO", 2021, below=FEW)) for _ in range(30)]
    assert len(set(numbers)) == 30
    assert set(numbers) & set(range(1, FEW)) != set()
    assert FEW <= max(numbers) < FEW * 100


def test_other_series_are_apart(session: Session) -> None:
    drawn = {
        (prefix, year): [draw_number(session, prefix, year, below=2) for _ in range(1)]
        for prefix in ("CO", "AS")
        for year in (2021, 2022)
    }
    assert [serial_of(number) for numbers in drawn.values() for number in numbers] == [1, 1, 1, 1]


def test_what_a_rehearsal_drew_is_not_taken(database: Database) -> None:
    with database.session(writing=True) as session:
        draw_number(session, "CO", 2021)
        session.rollback()
    with database.session() as session:
        assert session.scalars(sa.select(NumberTaken)).all() == []


def test_many_who_draw_at_once_draw_different_ones(database: Database) -> None:
    at_once = Barrier(4)

    def draw(_: int) -> list[str]:
        at_once.wait()
        found = []
        for _turn in range(TRIES // 2):
            with database.transaction() as session:
                found.append(draw_number(session, "CO", 2021, below=FEW))
        return found

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for found in pool.map(draw, range(4)) for number in found]
    assert len(set(numbers)) == len(numbers) == 4 * (TRIES // 2)
    with database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(NumberTaken)) == len(numbers)
