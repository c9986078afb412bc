"""The rules of the registry by examples: merge patches, completeness, publication, what cannot be true, succession."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.clusters import rules
from cluster_api.clusters.queries import spheres
from cluster_api.clusters.states import PROFILE, ClusterStatus, ProfileState, SuccessionKind
from cluster_api.profiles.queries import criteria

PUBLISHABLE: dict[str, Any] = {
    **rules.EMPTY,
    "staff_fte": 0.5,
    "english_page": "https://example.org/en",
    "members": {"sme": 14, "university": 1},
    "participants": 15,
}


def lacking(facts: dict[str, Any], group: str = "EU27") -> list[tuple[str, str | None]]:
    """Answer the criteria that apply and are not met, with what is missing."""
    assessed = rules.assess(criteria(), {**PUBLISHABLE, **facts}, group=group, sphere_of=spheres())
    return [(criterion.code, criterion.missing) for criterion in rules.unmet(assessed)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"staff_fte": 0.4}, [("management_fte", "0.4 of 0.5.")]),
        ({"staff_fte": None}, [("management_fte", "0 of 0.5.")]),
        ({"english_page": None}, [("english_page", "No page is given.")]),
        ({"members": {"sme": 13, "university": 1}}, [("committed_members", "14 of 15.")]),
        ({"members": {"sme": 10, "non_sme": 5}}, [("kinds_of_member", "1 of 2.")]),
        ({"members": {"sme": 15, "university": 0}}, [("kinds_of_member", "1 of 2.")]),
        ({"members": {"sme": 10, "government_agency": 5}}, []),
        ({"members": {}}, [("committed_members", "0 of 15."), ("kinds_of_member", "0 of 2.")]),
    ],
)
def test_publication_says_criterion_by_criterion_what_is_missing(facts: dict[str, Any], expected: list[Any]) -> None:
    assert lacking(facts) == expected


@pytest.mark.parametrize(("group", "count"), [("EU27", 4), ("associated", 4), ("efta", 0), ("other", 0)])
def test_criteria_hold_in_the_countries_of_the_programme(group: str, count: int) -> None:
    assert len(lacking({**rules.EMPTY}, group)) == count


def test_requirement_names_its_threshold() -> None:
    assert {criterion.code: criterion.threshold for criterion in criteria()} == {
        "management_fte": Decimal("0.5"),
        "english_page": Decimal(1),
        "committed_members": Decimal(15),
        "kinds_of_member": Decimal(2),
    }
    assessed = rules.assess(criteria(), PUBLISHABLE, group="EU27", sphere_of=spheres())
    assert assessed[2].requirement == "At least 15 members are clearly committed."


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, False),
        ({"support_programme": "go-cluster"}, True),
        ({"is_social_economy": True}, True),
        ({"support_programme": ""}, False),
    ],
)
def test_waiver_needs_a_programme_or_social_economy(facts: dict[str, Any], expected: bool) -> None:
    assert rules.may_be_waived({**rules.EMPTY, **facts}) is expected


def test_completeness_is_the_share_of_filled_fields() -> None:
    facts = {**rules.EMPTY, "city": "Gent", "members": {"sme": 1}, "staff_fte": 0.0}
    fields = ["city", "members", "staff_fte", "website", "ecosystems", "descriptions"]
    assert rules.completeness(facts, fields) == 0.5
    assert rules.missing_fields(facts, fields) == ["website", "ecosystems", "descriptions"]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"city": None}, {"city": None}),
        ({"ecosystems": None}, {"ecosystems": []}),
        ({"names": {"fr": None, "de": "Neu"}}, {"names": {"en": "Old", "de": "Neu"}}),
        ({"names": None}, {"names": {}}),
        ({"members": {"university": None}}, {"members": {"sme": 14}}),
        ({"participants": None}, {"participants": None}),
        ({"members": {"sme": 20}}, {"members": {"sme": 20, "university": 1}}),
        ({"staff_fte": 0.99}, {"staff_fte": 0.9}),
        ({"city": "Gent"}, {}),
    ],
)
def test_merge_patch_changes_what_it_names(patch: dict[str, Any], expected: dict[str, Any]) -> None:
    before = {**PUBLISHABLE, "city": "Gent", "ecosystems": ["DIGITAL"], "names": {"en": "Old", "fr": "Vieux"}}
    before["participants"] = 40
    assert rules.changed(before, rules.merged(before, patch)) == expected


@given(st.floats(min_value=0, max_value=9999, allow_nan=False))
def test_full_time_equivalents_are_never_rounded_up(fte: float) -> None:
    kept = rules.kept_fte(fte)
    assert kept <= fte < kept + 0.1 + 1e-9
    assert rules.kept_fte(kept) == kept


@given(st.lists(st.fixed_dictionaries({}, optional={"city": st.text(max_size=3), "region": st.text(max_size=3)})))
def test_folded_changes_are_the_last_word_on_each_fact(changes: list[dict[str, str]]) -> None:
    folded = rules.folded_changes(changes)
    for name in ("city", "region"):
        said = [change[name] for change in changes if name in change]
        assert folded[name] == (said[-1] if said else None)


@pytest.mark.parametrize(
    ("facts", "region_country", "expected"),
    [
        ({}, None, []),
        ({"region": "BE23"}, "BE", []),
        ({"region": "DE80"}, "DE", ["/body/region"]),
        ({"founded_year": 2021}, None, []),
        ({"founded_year": 2022}, None, ["/body/founded_year"]),
        ({"participants": 14}, None, ["/body/participants"]),
        ({"participants": None}, None, []),
        ({"region": "DE80", "participants": 0}, "DE", ["/body/region", "/body/participants"]),
    ],
)
def test_contradictions_name_their_places(
    facts: dict[str, Any], region_country: str | None, expected: list[str]
) -> None:
    found = rules.contradictions(
        {**PUBLISHABLE, "country": "BE", **facts}, today=date(2021, 12, 31), region_country=region_country
    )
    assert [fault.pointer for fault in found] == expected


@pytest.mark.parametrize(
    ("kind", "status", "new_name", "named", "expected"),
    [
        ("renamed", "active", "New", "", []),
        ("renamed", "active", None, "", ["/body/new_name"]),
        ("renamed", "active", "New", "b", ["/body/successors"]),
        ("merged", "active", None, "b", []),
        ("merged", "active", "New", "b", ["/body/new_name"]),
        ("merged", "active", None, "", ["/body/successors"]),
        ("merged", "active", None, "a", ["/body/successors/0"]),
        ("merged", "active", None, "bx", ["/body/successors/1"]),
        ("merged", "merged", None, "b", ["/body/kind"]),
        ("split", "active", None, "bc", []),
        ("split", "active", None, "b", ["/body/successors"]),
        ("closed", "active", None, "", []),
        ("closed", "closed", None, "b", ["/body/kind", "/body/successors"]),
    ],
)
def test_succession_names_what_is_wrong(
    kind: str, status: str, new_name: str | None, named: str, expected: list[str]
) -> None:
    successors = rules.Successors("a", tuple(named), frozenset("abc"))
    faults = rules.succession_faults(SuccessionKind(kind), ClusterStatus(status), new_name, successors)
    assert [fault.pointer for fault in faults] == expected


def test_profile_moves_are_those_of_the_platform() -> None:
    assert [(move.source.value, move.verb, move.target.value) for move in PROFILE.moves] == [
        ("draft", "submit", "needs_review"),
        ("needs_review", "publish", "published"),
        ("needs_review", "reject", "rejected"),
        ("rejected", "revise", "draft"),
        ("published", "archive", "archived"),
        ("archived", "revise", "draft"),
    ]
    assert {move.source for move in PROFILE.moves} == set(ProfileState)


def test_composition_shares_sum_to_one() -> None:
    kinds = [("sme", "SME", "industry"), ("university", "University", "research"), ("other", "Other", "other")]
    parts = rules.composition({"sme": 14, "university": 1}, kinds)
    assert [(part.kind, part.committed, part.share) for part in parts] == [
        ("sme", 14, 0.9333),
        ("university", 1, 0.0667),
        ("other", 0, 0.0),
    ]


def test_composition_of_nobody_has_no_shares() -> None:
    assert [part.share for part in rules.composition({}, [("sme", "SME", "industry")])] == [None]
