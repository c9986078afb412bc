"""Cursors remember where a page ended and refuse everything that is not theirs."""

import base64
from datetime import date
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.foundation.errors import Invalid
from cluster_api.foundation.paging import PageQuery, next_link, page_of, question_of, read_cursor, write_cursor

QUESTION = question_of({"country": "DE"})
ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), st.integers(-(2**53), 2**53)
)
def test_cursor_gives_back_what_it_was_given(text: str, number: int) -> None:
    assert read_cursor(write_cursor(QUESTION, [text, number]), QUESTION, [str, int]) == [text, number]


def test_question_is_what_is_asked_not_which_page() -> None:
    asked = {"country": "DE", "limit": 10, "cursor": "x", "count": True}
    assert question_of(asked) == QUESTION
    assert question_of({"country": "FR"}) != QUESTION


def forged(*values: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([QUESTION, *values])).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "!!!", "e30", "bnVsbA", "A" * 2000, forged(), forged("a"), forged("a", 1), forged(1, ID),
        forged("a", "not-a-uuid"), forged("a\x00", ID), forged(None, ID), forged(["a"], ID),
    ],
)  # fmt: skip
def test_absurd_cursor_is_refused_with_its_place(cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_cursor(cursor, QUESTION, [str, UUID])
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/query/cursor", "cursor_unreadable")]


def test_cursor_of_another_question_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read_cursor(write_cursor(question_of({"country": "FR"}), ["a", ID]), QUESTION, [str, UUID])
    assert [fault.code for fault in refused.value.faults] == ["cursor_of_other_question"]


def test_days_come_back_as_days() -> None:
    assert read_cursor(forged("2020-02-29", ID), QUESTION, [date, UUID]) == [date(2020, 2, 29), ID]
    with pytest.raises(Invalid):
        read_cursor(forged("2021-02-29", ID), QUESTION, [date, UUID])


def test_link_keeps_the_filters_and_replaces_the_cursor() -> None:
    link = next_link("/v1/register", [("country", "Côte d'Ivoire"), ("cursor", "old")], "new")
    assert link == '</v1/register?country=C%C3%B4te+d%27Ivoire&cursor=new>; rel="next"'


@given(st.lists(st.integers(), max_size=12), st.integers(1, 5))
def test_list_in_memory_is_paged_whole_and_once(items: list[int], limit: int) -> None:
    found, cursor = [], None
    while True:
        page = page_of(items, PageQuery(limit=limit, cursor=cursor), of="numbers")
        found += page.items
        assert len(page.items) == limit or page.next is None
        if (cursor := page.next) is None:
            break
    assert found == items


def test_cursor_of_another_list_is_refused() -> None:
    cursor = page_of([1, 2], PageQuery(limit=1), of="numbers").next
    with pytest.raises(Invalid):
        page_of([1, 2], PageQuery(limit=1, cursor=cursor), of="letters")
