"""The life of a methodology, its journal, and the seal that both databases keep."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor
from cluster_api.identity.errors import CredentialsRequired
from cluster_api.methodology import actions, queries
from cluster_api.methodology.errors import (
    DocumentInvalid,
    MethodologyNotFound,
    MethodologyNotPossible,
    MethodologySealed,
    VersionOpen,
)
from cluster_api.methodology.models import Methodology
from cluster_api.methodology.rules import seal
from cluster_api.methodology.schemas import EXAMPLE, MethodologyCreate, MethodologyUpdate
from cluster_api.methodology.states import MethodologyKind, MethodologyState
from tests.conftest import NOW
from tests.journal.given import lines
from tests.scoring.given import FULL

TODAY = NOW.date()
CODE = "REGIONAL-2021"


def drafted(session: Session, actor: Actor, code: str = CODE, **document: Any) -> Methodology:
    given = {"code": code, "document": {**EXAMPLE["document"], **document}}
    return actions.create(session, actor, MethodologyCreate.model_validate(given))


def published(session: Session, actor: Actor, applies_from: date = TODAY, **document: Any) -> Methodology:
    row = drafted(session, actor, **document)
    actions.consult(session, actor, row)
    actions.publish(session, actor, row, applies_from=applies_from)
    return row


def events(session: Session) -> list[str]:
    return [line.event for line in lines(session)]


def test_life_is_written_into_the_journal(session: Session, administrator: Actor) -> None:
    row = drafted(session, administrator)
    actions.update(session, administrator, row, MethodologyUpdate(document={"title": "Clearer"}))
    actions.update(session, administrator, row, MethodologyUpdate(document={"title": "Clearer"}))
    actions.consult(session, administrator, row)
    actions.revise(session, administrator, row)
    actions.consult(session, administrator, row)
    actions.publish(session, administrator, row, applies_from=TODAY)
    actions.retire(session, administrator, row, reason="Followed by another.", retired_on=TODAY)
    session.flush()
    assert events(session) == [
        f"methodology.{event}"
        for event in (
            "drafted", "updated", "put_to_consultation", "revised", "put_to_consultation", "published", "retired",
        )
    ]  # fmt: skip
    last = lines(session)[-1]
    assert (last.reason, last.details["digest"], last.details["code"]) == ("Followed by another.", row.digest, CODE)
    assert (row.state, row.revision, row.retired_on) == (MethodologyState.RETIRED, 7, TODAY)


def test_publishing_seals_what_is_published(session: Session, administrator: Actor) -> None:
    row = published(session, administrator)
    assert row.digest == seal(CODE, 1, TODAY, row.document)
    session.refresh(row)
    assert row.digest == seal(CODE, 1, TODAY, row.document)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE methodology SET document = '{}'",
        "UPDATE methodology SET digest = 'x'",
        "UPDATE methodology SET code = 'OTHER'",
        "UPDATE methodology SET version = 2",
        "UPDATE methodology SET kind = 'questionnaire'",
        "UPDATE methodology SET applies_from = '2030-01-01'",
        "UPDATE methodology SET state = 'draft'",
        "UPDATE methodology SET state = 'in_consultation'",
        "DELETE FROM methodology",
    ],
)
@pytest.mark.parametrize("is_retired", [False, True])
def test_database_refuses_every_change_of_what_is_published(
    session: Session, administrator: Actor, change: str, is_retired: bool
) -> None:
    row = published(session, administrator)
    if is_retired:
        actions.retire(session, administrator, row, reason="Old.", retired_on=TODAY)
    with pytest.raises(sa.exc.IntegrityError, match="methodology_sealed"), session.begin_nested():
        session.execute(sa.text(change))
    session.refresh(row)
    assert (row.code, row.version, row.digest) == (CODE, 1, seal(CODE, 1, TODAY, row.document))


def test_database_never_takes_a_retirement_back(session: Session, administrator: Actor) -> None:
    actions.retire(session, administrator, published(session, administrator), reason="Old.", retired_on=TODAY)
    with pytest.raises(sa.exc.IntegrityError, match="methodology_sealed"), session.begin_nested():
        session.execute(sa.text("UPDATE methodology SET state = 'published', retired_on = NULL"))


def test_database_lets_a_draft_go(session: Session, administrator: Actor) -> None:
    drafted(session, administrator)
    session.execute(sa.text("DELETE FROM methodology"))
    assert session.scalar(sa.select(sa.func.count()).select_from(Methodology)) == 0


def test_nothing_but_a_draft_is_changed(session: Session, administrator: Actor) -> None:
    row = drafted(session, administrator)
    actions.consult(session, administrator, row)
    with pytest.raises(MethodologySealed):
        actions.update(session, administrator, row, MethodologyUpdate(document={"title": "Other"}))
    actions.publish(session, administrator, row, applies_from=TODAY)
    with pytest.raises(MethodologySealed):
        actions.update(session, administrator, row, MethodologyUpdate(document={"title": "Other"}))


def test_moves_that_do_not_exist_are_refused(session: Session, administrator: Actor) -> None:
    row = drafted(session, administrator)
    with pytest.raises(MoveNotAllowed):
        actions.publish(session, administrator, row, applies_from=TODAY)
    with pytest.raises(MoveNotAllowed):
        actions.retire(session, administrator, row, reason="No.", retired_on=TODAY)
    with pytest.raises(MoveNotAllowed):
        actions.revise(session, administrator, row)


def test_correction_is_a_new_version_that_applies_later(session: Session, administrator: Actor) -> None:
    first = published(session, administrator)
    second = drafted(session, administrator, title="Corrected")
    assert (second.code, second.version, second.state) == (CODE, 2, MethodologyState.DRAFT)
    with pytest.raises(VersionOpen):
        drafted(session, administrator)
    actions.consult(session, administrator, second)
    for day in (TODAY - timedelta(1), TODAY):
        with pytest.raises(MethodologyNotPossible):
            actions.publish(session, administrator, second, applies_from=day)
    actions.publish(session, administrator, second, applies_from=TODAY + timedelta(30))
    found = [
        queries.in_force(session, MethodologyKind.INDICATOR_SET, TODAY + timedelta(days), code=CODE)
        for days in (-1, 0, 29, 30)
    ]
    assert [one and one.version for one in found] == [None, 1, 1, 2]
    assert first.document["title"] == "Regional set"


def test_retired_set_applies_until_its_last_day(session: Session, administrator: Actor) -> None:
    row = published(session, administrator)
    with pytest.raises(MethodologyNotPossible):
        actions.retire(session, administrator, row, reason="No.", retired_on=TODAY - timedelta(1))
    actions.retire(session, administrator, row, reason="Old.", retired_on=TODAY + timedelta(9))
    days = (0, 9, 10)
    found = [
        queries.in_force(session, MethodologyKind.INDICATOR_SET, TODAY + timedelta(one), code=CODE) for one in days
    ]
    assert [one and one.code for one in found] == [CODE, CODE, None]


def test_code_belongs_to_one_kind(session: Session, administrator: Actor) -> None:
    with pytest.raises(MethodologyNotPossible) as raised:
        drafted(session, administrator, code="ESCA-PRICES")
    assert raised.value.faults[0].pointer == "/body/document/kind"


def test_patch_that_breaks_the_document_names_the_place(session: Session, administrator: Actor) -> None:
    row = drafted(session, administrator)
    before = dict(row.document)
    for patch, place in (
        ({"pass_percent": 101}, "/body/document/pass_percent"),
        ({"max_points": 7}, "/body/document"),
        ({"kind": "questionnaire"}, "/body/document/kind"),
        ({"colour": "blue"}, "/body/document/colour"),
        ({"title": None}, "/body/document/title"),
        ({"indicators": []}, "/body/document/indicators"),
    ):
        with pytest.raises(DocumentInvalid) as raised:
            actions.update(session, administrator, row, MethodologyUpdate(document=patch))
        assert [fault.pointer for fault in raised.value.faults] == [place]
    assert (row.document, row.revision) == (before, 1)


def test_next_version_of_a_shipped_set_goes_on_from_it(session: Session, administrator: Actor) -> None:
    document = queries.shipped(code="ECEI-2013")[0].document.model_dump(mode="json") | {"pass_percent": 85}
    row = actions.create(
        session, administrator, MethodologyCreate.model_validate({"code": "ECEI-2013", "document": document})
    )
    assert (row.version, row.state) == (2, MethodologyState.DRAFT)
    shown = queries.get_edition(session, administrator, "ECEI-2013")
    assert (shown.version, shown.is_shipped) == (1, True)
    draft = queries.get_edition(session, administrator, "ECEI-2013", 2)
    sheet = {"methodology": "ECEI-2013", **FULL}
    assert [queries.score_of(one, sheet).threshold for one in (shown, draft)] == [120, 128]


def test_shipped_set_is_taken_up_to_be_retired_and_keeps_its_seal(session: Session, administrator: Actor) -> None:
    edition = queries.get_edition(session, administrator, "ELIGIBILITY-2019")
    row = actions.taken_up(session, administrator, edition)
    assert actions.taken_up(session, administrator, edition) is row
    actions.retire(session, administrator, row, reason="Followed by another.", retired_on=date(2030, 1, 1))
    found = queries.get_edition(session, administrator, "ELIGIBILITY-2019")
    assert (found.state, found.digest) == (MethodologyState.RETIRED, edition.digest)
    assert found.document == edition.document


def test_stranger_sees_no_drafts_and_changes_nothing(session: Session, administrator: Actor, stranger: Actor) -> None:
    row = drafted(session, administrator)
    with pytest.raises(MethodologyNotFound):
        queries.get_edition(session, stranger, CODE)
    for verb in (actions.consult, actions.revise):
        with pytest.raises(CredentialsRequired):
            verb(session, stranger, row)
    actions.consult(session, administrator, row)
    assert queries.get_edition(session, stranger, CODE).state is MethodologyState.IN_CONSULTATION
