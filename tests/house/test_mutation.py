"""What mutation testing measured stands in the docs, fresh, and every survivor has its reason."""

import pytest

from tests.mutation_page import PAGE, ROOT, Area, Survivor, page, read_figures

FIGURES = read_figures()
LEAST_PERMILLE = 900


def test_page_of_mutation_testing_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(FIGURES), "run `python -m tests.mutation_page`"


@pytest.mark.parametrize("area", sorted(FIGURES))
def test_measured_rules_kill_nine_of_ten_mutants_and_say_why_others_live(area: str) -> None:
    found = FIGURES[area]
    assert (ROOT / "src" / "cluster_api" / area / "rules.py").is_file()
    assert found.permille >= LEAST_PERMILLE
    assert [(one.function, one.change) for one in found.survivors if not one.reason] == []


def test_share_of_killed_mutants_is_never_rounded_up() -> None:
    survivors = tuple(Survivor("f", "- a\n+ b", "It says the same.") for _ in range(3))
    assert Area("", 1000, 0, survivors[:1]).permille == 999
    assert Area("", 29, 0, survivors).permille == 896
    assert Area("", 0, 0, ()).permille == 1000


def test_reasons_are_kept_as_long_as_the_change_is_the_same() -> None:
    known = Area("", 9, 0, (Survivor("f", "- a\n+ b", "Why."), Survivor("g", "- a\n+ b", "Why not.")))
    again = Area("", 9, 0, (Survivor("f", "- a\n+ b", ""), Survivor("f", "- a\n+ c", ""))).with_reasons_of(known)
    assert [one.reason for one in again.survivors] == ["Why.", ""]
