"""What was decided about labels: awarded, renewed once, suspended, reinstated, withdrawn, and told as it was known."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.awards.actions import reinstate, suspend, withdraw
from cluster_api.awards.errors import AwardNotPossible, DayOutsideValidity, HearingOpen
from cluster_api.awards.schemas import LabelReinstatement, LabelSanction
from cluster_api.awards.states import Ground
from cluster_api.clusters.models import Cluster, LevelPeriod
from cluster_api.clusters.states import Level
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import is_well_formed, uuid7
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.labels.actions import insert_labels, tally_faults
from cluster_api.labels.models import Label, LabelEvent
from cluster_api.labels.queries import facts_of_holders
from cluster_api.labels.rules import current_level, standing
from cluster_api.labels.states import LabelKind
from cluster_api.notices.queries import notices_of
from tests.awards.given import at, awarded
from tests.journal.given import lines
from tests.register import given_cluster, noon

FIRST, VISIT = date(2020, 3, 14), date(2022, 1, 20)


def sanction(effective_on: date, noticed_on: date) -> LabelSanction:
    return LabelSanction(ground=Ground.FALSE_DATA, reason="Not true.", effective_on=effective_on, noticed_on=noticed_on)


def periods(session: Session) -> list[tuple[str, date, date]]:
    rows = session.scalars(sa.select(LevelPeriod).order_by(LevelPeriod.starts_on))
    return [(row.level.value, row.starts_on, row.ends_on) for row in rows]


def test_first_award_has_number_validity_and_figures(session: Session) -> None:
    label = awarded(session, given_cluster(session, "A"), FIRST)
    assert is_well_formed(label.number)
    assert label.number.startswith("LB-2020-")
    assert (label.kind, label.valid_from, label.valid_until) == (LabelKind.FIRST, FIRST, date(2022, 3, 31))
    assert periods(session) == [("gold", FIRST, date(2022, 3, 31))]
    assert tally_faults(session) == []


def test_invariant_4_renewal_continues_its_predecessor(session: Session) -> None:
    cluster = given_cluster(session, "A")
    first = awarded(session, cluster, FIRST)
    second = awarded(session, cluster, VISIT, previous=first)
    assert (second.previous_label_id, second.valid_from, second.valid_until) == (
        first.id, date(2022, 4, 1), date(2025, 3, 31),
    )  # fmt: skip
    with pytest.raises(AwardNotPossible) as refused:
        awarded(session, cluster, VISIT, previous=first)
    assert [fault.code for fault in refused.value.faults] == ["already_renewed"]


def test_invariant_5_higher_level_supersedes_and_the_lower_stays_in_history(session: Session) -> None:
    cluster = given_cluster(session, "A")
    bronze = awarded(session, cluster, date(2020, 5, 10), Level.BRONZE)
    gold = awarded(session, cluster, date(2021, 6, 1), Level.GOLD)
    assert periods(session) == [
        ("bronze", date(2020, 5, 10), date(2021, 5, 31)),
        ("gold", date(2021, 6, 1), date(2023, 6, 30)),
    ]
    beside = [facts for _, facts in facts_of_holders(session, [cluster])]
    assert current_level(beside, date(2021, 6, 1)) is Level.GOLD
    told = lines(session)
    assert [(line.event, line.subject.id) for line in told] == [
        ("label.awarded", told[0].subject.id), ("label.awarded", told[1].subject.id),
        ("label.superseded", told[0].subject.id), ("notice.made", told[0].subject.id),
    ]  # fmt: skip
    assert (str(told[0].subject.id), told[2].details["by"]) == (bronze.id, gold.number)
    assert told[2].reason == f"{gold.number} is of the higher level gold and is shown instead from 2021-06-01 on."
    made = [(one.kind, one.text, one.due_on) for one in notices_of(session, bronze.id)]
    assert made == [("superseded", "label_superseded_by_higher_level", date(2021, 6, 1))]


def test_renewed_label_tells_its_holder_once(session: Session) -> None:
    cluster = given_cluster(session, "A")
    first = awarded(session, cluster, FIRST)
    second = awarded(session, cluster, VISIT, previous=first)
    made = [(one.kind, one.text, one.due_on) for one in notices_of(session, first.id)]
    assert made == [("renewed", "label_renewed", second.valid_from)]
    assert notices_of(session, second.id) == []


def test_two_higher_levels_on_one_day_are_one_notice(session: Session) -> None:
    cluster = given_cluster(session, "A")
    bronze = awarded(session, cluster, date(2020, 5, 10), Level.BRONZE)
    for level in (Level.SILVER, Level.GOLD):
        awarded(session, cluster, date(2021, 6, 1), level)
    assert [one.kind for one in notices_of(session, bronze.id)] == ["superseded"]


def test_award_needs_a_known_and_active_holder(session: Session) -> None:
    cluster = given_cluster(session, "A")
    session.execute(sa.update(Cluster).values(status="closed"))
    for holder, code in ((cluster, "not_active"), (str(uuid7()), "unknown")):
        with pytest.raises(AwardNotPossible) as refused:
            awarded(session, holder, FIRST)
        assert [fault.code for fault in refused.value.faults] == [code]


def test_invariant_4_the_database_refuses_a_gap_by_itself(session: Session) -> None:
    cluster = given_cluster(session, "A")
    first = awarded(session, cluster, FIRST)
    row = {column.key: getattr(first, column.key) for column in sa.inspect(Label).columns}
    start = first.valid_until + timedelta(days=2)
    row |= {"id": str(uuid7()), "number": "LB-2020-000099-00", "previous_label_id": first.id}
    with pytest.raises(sa.exc.IntegrityError, match="label_continues"):
        insert_labels(session, [{**row, "valid_from": start, "valid_until": start}], [])


def test_invariant_4_the_database_refuses_days_that_part_a_chain(session: Session) -> None:
    cluster = given_cluster(session, "A")
    first = awarded(session, cluster, FIRST)
    second = awarded(session, cluster, VISIT, previous=first)
    later = timedelta(days=1)
    for label_id, days in (
        (first.id, {"valid_until": first.valid_until + later}),
        (second.id, {"valid_from": second.valid_from + later}),
    ):
        statement = sa.update(Label).where(Label.id == label_id).values(days)
        with pytest.raises(sa.exc.IntegrityError, match="label_continues"), session.begin_nested():
            session.execute(statement, execution_options={"synchronize_session": False})
    ends = sa.update(Label).where(Label.id == second.id).values(valid_until=second.valid_until + later)
    session.execute(ends, execution_options={"synchronize_session": False})


@pytest.mark.parametrize("statement", [sa.delete(LabelEvent), sa.update(LabelEvent).values(effective_on=FIRST)])
def test_the_database_refuses_to_change_what_happened(session: Session, statement: sa.Delete | sa.Update) -> None:
    awarded(session, given_cluster(session, "A"), FIRST)
    with pytest.raises(sa.exc.IntegrityError, match="label_event_kept"):
        session.execute(statement, execution_options={"synchronize_session": False})


def raced(database: Database, work: Callable[[Session], object]) -> list[str]:
    start = Barrier(2)

    def once(_: int) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                work(session)
        except (AwardNotPossible, MoveNotAllowed) as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(once, range(2)))


def test_invariant_4_of_two_renewals_at_once_one_is_refused(database: Database) -> None:
    with database.transaction() as session:
        cluster = given_cluster(session, "A")
        first_id = awarded(session, cluster, FIRST).id

    def renew(session: Session) -> None:
        awarded(session, cluster, VISIT, previous=session.get_one(Label, first_id))

    assert raced(database, renew) == ["AwardNotPossible", "done"]
    with database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Label)) == 2
        assert tally_faults(session) == []


def test_invariant_5_of_two_first_awards_at_once_one_is_refused(database: Database) -> None:
    with database.transaction() as session:
        cluster = given_cluster(session, "A")
    assert raced(database, lambda session: awarded(session, cluster, FIRST)) == ["AwardNotPossible", "done"]


def test_suspension_and_reinstatement_cut_the_days_shown(session: Session) -> None:
    label = awarded(session, given_cluster(session, "A"), FIRST)
    suspend(session, at(date(2021, 3, 1)), label, sanction(date(2021, 3, 1), date(2021, 1, 1)))
    back = LabelReinstatement(reason="Mended.", effective_on=date(2021, 4, 1), noticed_on=date(2021, 4, 1))
    reinstate(session, at(date(2021, 4, 1)), label, back)
    assert periods(session) == [
        ("gold", FIRST, date(2021, 2, 28)),
        ("gold", date(2021, 4, 1), date(2022, 3, 31)),
    ]
    assert (label.version, tally_faults(session)) == (3, [])


def test_withdrawal_in_the_past_never_rewrites_what_could_be_known(session: Session) -> None:
    """Bitemporal: the day from which it counts lies before its record; invariant 30 as known at an instant."""
    cluster = given_cluster(session, "A")
    label = awarded(session, cluster, FIRST)
    recorded_on, effective_on = date(2021, 9, 1), date(2020, 10, 1)
    withdraw(session, at(recorded_on), label, sanction(effective_on, date(2021, 7, 1)))
    facts = next(facts for _, facts in facts_of_holders(session, [cluster]))
    asked = date(2020, 12, 1)
    before, after = noon(recorded_on) - timedelta(seconds=1), noon(recorded_on)
    assert [standing(facts, (), asked, known).value for known in (before, after, None)] == [
        "valid", "withdrawn", "withdrawn",
    ]  # fmt: skip
    assert standing(facts, (), date(2020, 9, 30)).value == "valid"
    assert periods(session) == [("gold", FIRST, date(2020, 9, 30))]
    assert (label.withdrawn_on, tally_faults(session)) == (effective_on, [])


def test_withdrawal_is_for_ever_and_may_be_set_earlier(session: Session) -> None:
    label = awarded(session, given_cluster(session, "A"), FIRST)
    today = at(date(2021, 9, 1))
    withdraw(session, today, label, sanction(date(2021, 8, 1), date(2021, 7, 1)))
    back = LabelReinstatement(reason="No.", effective_on=date(2021, 8, 15), noticed_on=date(2021, 8, 15))
    with pytest.raises(MoveNotAllowed):
        reinstate(session, today, label, back)
    withdraw(session, today, label, sanction(date(2021, 5, 1), date(2021, 7, 1)))
    assert label.withdrawn_on == date(2021, 5, 1)


def test_nobody_is_sanctioned_unheard_or_outside_the_validity(session: Session) -> None:
    label = awarded(session, given_cluster(session, "A"), FIRST)
    noticed_on = date(2021, 3, 1)
    with pytest.raises(HearingOpen):
        withdraw(session, at(date(2021, 3, 31)), label, sanction(date(2021, 3, 31), noticed_on))
    for day in (FIRST - timedelta(days=1), date(2022, 4, 1)):
        with pytest.raises(DayOutsideValidity):
            withdraw(session, at(date(2021, 4, 1)), label, sanction(day, noticed_on))
    withdraw(session, at(date(2021, 4, 1)), label, sanction(date(2021, 4, 1), noticed_on))


def _earlier_and_again(session: Session, label_id: str) -> None:
    label = session.get_one(Label, label_id)
    suspend(session, at(date(2021, 3, 3)), label, sanction(date(2021, 2, 1), date(2021, 1, 1)))
    withdraw(session, at(date(2021, 3, 4)), label, sanction(date(2021, 3, 3), date(2021, 1, 1)))


def test_invariant_32_each_change_has_one_line_in_the_same_transaction(database: Database) -> None:
    with database.transaction() as session:
        label = awarded(session, given_cluster(session, "A"), FIRST)
        suspend(session, at(date(2021, 3, 1)), label, sanction(date(2021, 3, 1), date(2021, 1, 1)))
        withdraw(session, at(date(2021, 3, 2)), label, sanction(date(2021, 3, 2), date(2021, 1, 1)))
    with pytest.raises(MoveNotAllowed), database.transaction() as session:
        _earlier_and_again(session, label.id)
    with database.session() as session:
        told = lines(session)
    assert [line.event for line in told] == ["label.awarded", "label.suspended", "label.withdrawn"]
    assert [line.reason for line in told] == [None, "Not true.", "Not true."]
    assert told[2].details == {
        "number": label.number, "ground": "false_data", "effective_on": "2021-03-02", "noticed_on": "2021-01-01",
    }  # fmt: skip
