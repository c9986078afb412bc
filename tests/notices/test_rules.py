"""Which notice is due for which last days, without a database."""

from datetime import date

from cluster_api.notices.rules import NoticeKind, Window, kinds_on, windows

OLD = (NoticeKind("last", 20, "old_text", date(2010, 1, 1)),)
NEW = (
    NoticeKind("first", 180, "half_a_year", date(2020, 3, 1)),
    NoticeKind("last", 30, "one_month", date(2020, 3, 1)),
    NoticeKind("second", 90, "three_months", date(2020, 3, 1)),
)
KINDS = [*NEW, *OLD]


def test_kinds_are_those_of_the_latest_version_nearest_to_the_end_first() -> None:
    assert kinds_on(KINDS, date(2009, 12, 31)) == []
    assert kinds_on(KINDS, date(2010, 1, 1)) == [*OLD]
    assert kinds_on(KINDS, date(2020, 2, 29)) == [*OLD]
    assert kinds_on(KINDS, date(2020, 3, 1)) == [NEW[1], NEW[2], NEW[0]]


def test_windows_follow_each_other_without_overlap_or_gap_from_today_on() -> None:
    assert windows(KINDS, date(2021, 1, 15)) == [
        Window(NEW[1], date(2021, 1, 15), date(2021, 2, 14)),
        Window(NEW[2], date(2021, 2, 15), date(2021, 4, 15)),
        Window(NEW[0], date(2021, 4, 16), date(2021, 7, 14)),
    ]
    assert windows(KINDS, date(2012, 5, 1)) == [Window(OLD[0], date(2012, 5, 1), date(2012, 5, 21))]
    assert windows(KINDS, date(2009, 1, 1)) == []
