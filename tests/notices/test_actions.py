"""Notices before labels end: each once, the nearest ends first, in limited batches."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.journal.schemas import Author
from cluster_api.labels.models import Label
from cluster_api.notices.actions import remind
from cluster_api.notices.models import Notice
from cluster_api.notices.queries import notice_kinds
from cluster_api.notices.rules import NoticeKind, kinds_on, windows
from tests.journal.given import lines
from tests.register import given_cluster, given_label, noon

TODAY = date(2021, 1, 15)
START = date(2019, 1, 20)


def tick(session: Session, day: date = TODAY, most: int = 200) -> int:
    return remind(session, Author("tick", noon(day), "1" * 32), most=most)


def made(session: Session) -> list[tuple[str, date]]:
    rows = session.execute(sa.select(Notice.kind, Notice.due_on).order_by(Notice.due_on, Notice.kind))
    return [(kind, due_on) for kind, due_on in rows]


def test_kinds_are_those_of_the_latest_version_that_applies() -> None:
    old, new = date(2010, 1, 1), date(2022, 1, 1)
    kinds = [NoticeKind("a", 90, "t", old), NoticeKind("b", 30, "t", old), NoticeKind("c", 60, "t", new)]
    assert [one.kind for one in kinds_on(kinds, date(2021, 12, 31))] == ["b", "a"]
    assert [one.kind for one in kinds_on(kinds, new)] == ["c"]
    assert kinds_on(kinds, date(2009, 12, 31)) == []


def test_every_end_has_one_notice_at_a_time() -> None:
    found = windows(notice_kinds(), TODAY)
    ends = [TODAY + timedelta(days=days) for days in range(200)]
    fitting = [[window.kind.kind for window in found if window.first <= end <= window.last] for end in ends]
    expected = [["last"]] * 31 + [["second"]] * 60 + [["first"]] * 90 + [[]] * 19
    assert fitting == expected


@pytest.mark.parametrize(
    ("days_left", "expected"), [(-1, []), (0, ["last"]), (30, ["last"]), (31, ["second"]), (180, ["first"]), (181, [])]
)
def test_notice_is_due_on_its_days(session: Session, days_left: int, expected: list[str]) -> None:
    end = TODAY + timedelta(days=days_left)
    given_label(session, given_cluster(session, "A"), "gold", (START, end))
    assert tick(session) == len(expected)
    assert [kind for kind, _ in made(session)] == expected


def test_label_gets_each_notice_once_in_its_turn(session: Session) -> None:
    end = TODAY + timedelta(days=180)
    given_label(session, given_cluster(session, "A"), "gold", (START, end))
    counts = [tick(session, TODAY + timedelta(days=day)) for day in range(200)]
    assert [day for day, count in enumerate(counts) if count] == [0, 90, 150]
    assert made(session) == [(kind, end - timedelta(days=days)) for kind, days in (
        ("first", 180), ("second", 90), ("last", 30),
    )]  # fmt: skip
    assert [line.event for line in lines(session)] == ["notice.made"] * 3


def test_nobody_is_told_about_what_is_not_shown_or_renewed(session: Session) -> None:
    end = TODAY + timedelta(days=20)
    renewed = given_cluster(session, "renewed")
    first = given_label(session, renewed, "gold", (START, end))
    label_id = session.scalars(sa.select(Label.id).where(Label.number == first)).one()
    after = (end + timedelta(days=1), end + timedelta(days=700))
    given_label(session, renewed, "gold", after, kind="renewal", previous_label_id=label_id)
    covered = given_cluster(session, "covered")
    given_label(session, covered, "bronze", (START, end))
    given_label(session, covered, "gold", (date(2020, 1, 1), end + timedelta(days=300)))
    for event in ("suspended", "withdrawn"):
        given_label(session, given_cluster(session, event), "gold", (START, end), [(event, date(2020, 6, 1))])
    assert tick(session) == 0


def test_batches_are_limited_and_the_nearest_end_comes_first(session: Session) -> None:
    ends = [TODAY + timedelta(days=days) for days in (100, 10, 50, 20)]
    for number, end in enumerate(ends):
        given_label(session, given_cluster(session, str(number)), "gold", (START, end))
    counts = [tick(session, most=2) for _ in range(3)]
    assert counts == [2, 2, 0]
    first = session.scalars(sa.select(Notice.ends_on).order_by(Notice.id)).all()
    assert list(first) == [ends[1], ends[3], ends[2], ends[0]]


def test_corrected_end_is_told_anew(session: Session) -> None:
    given_label(session, given_cluster(session, "A"), "gold", (START, TODAY + timedelta(days=20)))
    assert tick(session) == 1
    session.execute(sa.update(Label).values(valid_until=TODAY + timedelta(days=25)))
    assert tick(session) == 1
