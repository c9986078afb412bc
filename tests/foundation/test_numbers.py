"""Numbers drawn by lot: none is given twice, and none tells how many there are."""

from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session

from cluster_api.complaints.models import Complaint
from cluster_api.foundation.identifiers import numbered
from cluster_api.foundation.numbers import draw_number
from tests.house.given import given_complaint


def drawing(*numbers: int) -> Callable[[int], int]:
    """Answer a lot that falls on these numbers, one after the other, and on the last one below the limit for ever."""
    left: Iterable[int] = iter(numbers)
    return lambda among: next(iter(left), among - 1)


def test_number_that_is_taken_is_not_drawn_again(session: Session) -> None:
    given_complaint(session, 5)
    drawn = draw_number(session, Complaint.number, "CO", 2021, drawing(4, 4, 8))
    assert drawn == numbered("CO", 2021, 9)


def test_number_of_another_year_is_free(session: Session) -> None:
    given_complaint(session, 5)
    assert draw_number(session, Complaint.number, "CO", 2022, drawing(4)) == numbered("CO", 2022, 5)


def test_number_grows_longer_when_hardly_any_is_left(session: Session) -> None:
    given_complaint(session, 999_999)
    drawn = draw_number(session, Complaint.number, "CO", 2021, drawing())
    assert drawn == numbered("CO", 2021, 999_999_999)


def test_lot_falls_anywhere(session: Session) -> None:
    drawn = {draw_number(session, Complaint.number, "CO", 2021) for _ in range(20)}
    serials = sorted(int(number.split("-")[2]) for number in drawn)
    assert serials[-1] - serials[0] > 20
    assert len(drawn) == 20
