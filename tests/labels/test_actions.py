"""Recording labels keeps everything that follows from them."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import LevelPeriod
from cluster_api.foundation.identifiers import numbered
from cluster_api.identity.access import Actor
from cluster_api.labels.actions import correct_validity, recount, take_numbers, tally_faults
from cluster_api.labels.models import Label, LabelEvent, LabelHolder
from cluster_api.tallies.models import Tally
from tests.journal.given import lines
from tests.register import given_cluster, given_label


def periods(session: Session) -> list[tuple[str, date, date]]:
    rows = session.scalars(sa.select(LevelPeriod).order_by(LevelPeriod.starts_on))
    return [(row.level.value, row.starts_on, row.ends_on) for row in rows]


def test_numbers_are_never_given_twice(session: Session) -> None:
    first = take_numbers(session, 2020, 2)
    assert [*first, *take_numbers(session, 2020, 1)] == [numbered("LB", 2020, serial) for serial in (1, 2, 3)]
    assert take_numbers(session, 2019, 1)[0].startswith("LB-2019-000001-")


def test_higher_level_cuts_the_period_of_the_lower(session: Session) -> None:
    cluster = given_cluster(session, "A")
    given_label(session, cluster, "bronze", (date(2018, 1, 1), date(2020, 1, 1)))
    given_label(session, cluster, "gold", (date(2019, 6, 1), date(2021, 6, 1)))
    assert periods(session) == [
        ("bronze", date(2018, 1, 1), date(2019, 5, 31)),
        ("gold", date(2019, 6, 1), date(2021, 6, 1)),
    ]


def test_holder_shows_the_longest_label_of_the_highest_level(session: Session) -> None:
    cluster = given_cluster(session, "A")
    given_label(session, cluster, "gold", (date(2014, 1, 1), date(2016, 1, 1)))
    longest = given_label(session, cluster, "gold", (date(2016, 1, 2), date(2018, 1, 2)))
    given_label(session, cluster, "bronze", (date(2019, 1, 1), date(2021, 1, 1)))
    holder = session.get_one(LabelHolder, cluster)
    label = session.get_one(Label, holder.label_id)
    assert (holder.highest_level.value, holder.first_held_on, label.number) == ("gold", date(2014, 1, 1), longest)


def test_label_withdrawn_from_its_first_day_was_never_held(session: Session) -> None:
    cluster = given_cluster(session, "A")
    given_label(session, cluster, "bronze", (date(2018, 1, 1), date(2020, 1, 1)), [("withdrawn", date(2018, 1, 1))])
    assert (periods(session), session.get(LabelHolder, cluster)) == ([], None)
    assert session.scalar(sa.select(Label.withdrawn_on)) == date(2018, 1, 1)


def test_correction_moves_periods_and_figures_and_is_told(session: Session, administrator: Actor) -> None:
    cluster = given_cluster(session, "A")
    given_label(session, cluster, "bronze", (date(2018, 1, 1), date(2020, 1, 1)))
    label = session.scalars(sa.select(Label)).one()
    correct_validity(session, administrator.author, label, valid_from=date(2018, 1, 1), valid_until=date(2020, 3, 31))
    assert periods(session) == [("bronze", date(2018, 1, 1), date(2020, 3, 31))]
    event = session.scalars(sa.select(LabelEvent)).one()
    assert (event.kind.value, event.valid_until, event.recorded_at) == (
        "corrected", date(2020, 3, 31), administrator.now,
    )  # fmt: skip
    assert [line.event for line in lines(session)] == ["label.corrected"]
    assert tally_faults(session) == []


def test_spoilt_figure_is_found_and_mended(session: Session) -> None:
    cluster = given_cluster(session, "A")
    given_label(session, cluster, "bronze", (date(2018, 1, 1), date(2020, 1, 1)))
    spoilt = sa.and_(Tally.series == "current", Tally.grain == "country", Tally.span == "day", Tally.change == 1)
    session.execute(sa.update(Tally).where(spoilt).values(change=2))
    session.expire_all()
    assert tally_faults(session) == ["current/country/day/2018-01-01/bronze/DE/*: kept 2, counted 1"]
    recount(session)
    session.expire_all()
    assert tally_faults(session) == []
