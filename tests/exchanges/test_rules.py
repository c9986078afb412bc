"""What counts, once each, and which figures are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.exchanges.rules import Counted, figures, indicators_of
from cluster_api.rounds.states import ExchangeMode as M
from cluster_api.rounds.states import ParticipantKind as K


@pytest.mark.parametrize(
    ("kind", "support", "told"),
    [
        (K.SME, None, {"CXC_EXCHANGES", "CXC_EXCHANGES_SME"}),
        (K.CLUSTER_ORGANISATION, None, {"CXC_EXCHANGES", "CXC_EXCHANGES_CLUSTER"}),
        (K.BUSINESS_NETWORK, None, {"CXC_EXCHANGES", "CXC_EXCHANGES_CLUSTER"}),
        (K.SCALEUP_SUPPORT, "TECH_CENTRE", {"CXC_EXCHANGES", "CXC_EXCHANGES_TECH"}),
        (K.SCALEUP_SUPPORT, "FAB_LAB", {"CXC_EXCHANGES", "CXC_EXCHANGES_OTHER"}),
        (K.LARGE_COMPANY, None, {"CXC_EXCHANGES"}),
    ],
)
def test_exchange_counts_for_all_and_for_one_part(kind: K, support: str | None, told: set[str]) -> None:
    assert indicators_of(kind, support) == told


def cells(told: str) -> list[Counted]:
    """Answer exchanges such as ``a:p1``: key, mode, visiting organisation."""
    modes = {"p": M.PHYSICAL, "v": M.VIRTUAL}
    parts = (one.split(":") for one in told.split())
    return [Counted(key, modes[rest[0]], rest[1:]) for key, rest in parts]


@pytest.mark.parametrize(
    ("told", "shown", "everything"),
    [
        ("", {}, 0),
        ("a:p1 a:p2 a:p3", {"a": 3}, 3),
        ("a:p1 a:p2", {"a": None}, None),
        ("a:p1 a:p2 a:p3 a:v1", {"a": None}, None),
        ("a:p1 a:p2 a:p3 a:v1 a:v2 a:v3", {"a": 6}, 6),
        ("a:p1 a:p2 a:p3 b:p4", {"a": None, "b": None}, 4),
        ("a:p1 a:p2 a:p3 a:p9 b:p4 c:p5 c:p6 c:p7", {"a": 4, "b": None, "c": None}, 8),
        ("a:p1 a:p2 a:p3 b:p4 c:p5", {"a": 3, "b": None, "c": None}, 5),
        ("a:p1 b:p1 b:p1", {"a": None, "b": None}, None),
    ],
)
def test_programme_invariant_27_few_are_suppressed_and_what_would_reveal_them(
    told: str, shown: dict[str, int | None], everything: int | None
) -> None:
    found, total = figures(cells(told), 3)
    assert ({one.key: one.total for one in found}, total.total) == (shown, everything)
    assert {one.key for one in found if one.flag == "c"} == {key for key, count in shown.items() if count is None}


ONE = st.builds(
    Counted, st.sampled_from("abcd"), st.sampled_from(M), st.sampled_from([str(number) for number in range(6)])
)


@given(st.lists(ONE, max_size=30))
def test_programme_invariant_21_parts_add_up_and_nothing_hidden_can_be_computed(counted: list[Counted]) -> None:
    found, everything = figures(counted, 3)
    for cell in [*found, everything]:
        if cell.flag is None:
            assert (cell.physical or 0) + (cell.virtual or 0) == cell.total
    hidden = [one for one in found if one.flag]
    if everything.flag is None:
        assert everything.total == len(counted)
        assert len(hidden) != 1


def test_smallest_of_the_told_is_hidden_whatever_its_modes_and_modes_are_told_apart() -> None:
    told = "a:p1 a:p2 a:p3 a:p4 b:p5 c:p1 c:p2 c:p3 c:v1 c:v2 c:v3"
    found, everything = figures(cells(told), 3)
    assert [(one.key, one.physical, one.virtual) for one in found] == [
        ("a", None, None),
        ("b", None, None),
        ("c", 3, 3),
    ]
    assert (everything.key, everything.physical, everything.virtual) == ("all", 8, 3)
