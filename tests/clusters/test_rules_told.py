"""Faults of the registry in their words, and what is kept, compared and looked for, exactly."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from cluster_api.clusters import rules
from cluster_api.clusters.rules import Likeness, LikenessLimits, Party, Successors
from cluster_api.clusters.states import SUCCESSORS, ClusterStatus, SuccessionKind
from cluster_api.foundation.errors import Fault

LIMITS = LikenessLimits(0.85, website_score=0.9, core_weight=0.75, number_factor=0.5, noise=frozenset({"cluster"}))
K = SuccessionKind
NO_NAME = Fault("/body/new_name", "new_name", "A new name belongs to `renamed`, and only to it.")


def test_names_are_kept_folded_and_not_too_long() -> None:
    assert rules.sort_name("Österreich") == "osterreich"
    assert rules.sort_name("a" * 301) == "a" * 300


def test_activities_are_looked_for_with_those_below() -> None:
    assert rules.activity_patterns("A", ["01", "02"]) == ["%|A|%", "%|01%", "%|02%"]
    assert rules.activity_patterns("01.1", ["x"]) == ["%|01.1%"]


@pytest.mark.parametrize(
    ("value", "recorded"),
    [
        (Decimal("0.5"), 0.5),
        (datetime(2021, 1, 15, 10, tzinfo=UTC), "2021-01-15T10:00:00.000000Z"),
        (ClusterStatus.ACTIVE, "active"),
        ("text", "text"),
        (None, None),
        ([1], [1]),
    ],
)
def test_values_are_recorded_as_json_holds_them(value: Any, recorded: Any) -> None:
    found = rules.recorded_value(value)
    assert (found, type(found)) == (recorded, type(recorded))


@pytest.mark.parametrize(
    ("facts", "region_country", "expected"),
    [
        ({"region": "DE21"}, "DE", []),
        (
            {"region": "FR10"},
            "FR",
            [Fault("/body/region", "region_of_other_country", "FR10 is not in this country.")],
        ),
        ({}, None, []),
        ({"founded_year": 2021}, None, []),
        (
            {"founded_year": 2022},
            None,
            [Fault("/body/founded_year", "in_future", "The year of foundation lies in the future.")],
        ),
        ({"participants": 5, "members": {"sme": 5}}, None, []),
        ({"participants": None, "members": {"sme": 5}}, None, []),
        (
            {"participants": 4, "members": {"sme": 3, "university": 2}},
            None,
            [
                Fault(
                    "/body/participants",
                    "fewer_than_committed",
                    "5 committed members are more than 4 participants: correct either.",
                )
            ],
        ),
    ],
)
def test_contradictions_are_told_at_their_places(
    facts: dict[str, Any], region_country: str | None, expected: list[Fault]
) -> None:
    whole = {**rules.EMPTY, "country": "DE", **facts}
    assert rules.contradictions(whole, today=date(2021, 1, 15), region_country=region_country) == expected


def test_fields_count_as_empty_in_every_form_of_nothing() -> None:
    facts: dict[str, Any] = {"a": None, "b": "", "c": [], "d": {}, "e": 0, "f": False, "g": "x"}
    assert rules.missing_fields(facts, list(facts)) == ["a", "b", "c", "d"]
    assert rules.completeness(facts, list(facts)) == 0.4286


def test_criterion_that_is_met_lacks_nothing() -> None:
    one = rules.Criterion("english_page", "At least {threshold}.", Decimal(1), frozenset({"EU27"}), "1", "A test.")
    (found,) = rules.assess([one], {**rules.EMPTY, "english_page": "https://example.org"}, group="EU27", sphere_of={})
    assert (found.met, found.missing, found.applies, found.requirement) == (True, None, True, "At least 1.")


def test_party_is_what_tells_one_organisation_from_another() -> None:
    facts: dict[str, Any] = {
        **rules.EMPTY, "legal_name": "Alps", "short_name": "A", "names": {"fr": "Alpes", "de": ""}, "country": "FR",
        "website": "https://alps.example",
        "identifiers": [{"registry": "vat", "value": "1"}, {"registry": "eccp", "value": "2"}],
    }  # fmt: skip
    known = frozenset({("vat", "1"), ("eccp", "2")})
    assert rules.party_of(facts) == Party(("Alps", "A", "Alpes"), "FR", "https://alps.example", known)
    assert rules.party_of({**rules.EMPTY, "legal_name": "Alps"}) == Party(("Alps",), "", None, frozenset())


def party(*names: str, page: str | None = None, number: str | None = None) -> Party:
    return Party(
        names, "DE", page, frozenset() if number is None else frozenset({("vat", number), ("eccp", "9" + number)})
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (party("Holz", number="1"), party("Gold", number="1"), Likeness(1.0, ("identifier",))),
        (party("xxx", number="1"), party("yyy", number="2"), Likeness(0.0, ())),
        (
            party("xxx", page="https://www.a.example/x/"),
            party("yyy", page="http://a.example/x"),
            Likeness(0.9, ("website",)),
        ),
        (party("xxx", page="https://a.example"), party("yyy"), Likeness(0.0, ())),
        (party("Holz Cluster"), party("Cluster HOLZ"), Likeness(1.0, ("name",))),
        # Without the word that tells nothing: 0.75 * 1 + 0.25 * ratio("cluster holz", "holz").
        (party("Holz Cluster"), party("Holz"), Likeness(0.88, ("name",))),
        (party("Holz 1"), party("Holz 2"), Likeness(0.42, ())),
    ],
)
def test_likeness_is_the_score_and_what_it_rests_on(one: Party, other: Party, expected: Likeness) -> None:
    assert rules.likeness(one, other, LIMITS) == rules.likeness(other, one, LIMITS) == expected


def test_pages_are_told_apart_by_host_and_path() -> None:
    assert rules.web_key("HTTPS://www.Example.org/A/?q=1#x") == "example.org/a"
    assert rules.web_key("http://example.org") == "example.org"
    assert rules.web_key("nowhere") == "nowhere"
    assert rules.web_key(None) is None


def test_keys_of_likeness_are_shortened_words_in_order_and_all_but_each() -> None:
    assert rules.likeness_keys(party("Cluster Mechatronik", page="http://a.example/"), frozenset({"cluster"})) == {
        "web:a.example", "DE:mechatronik", "DE=mechatronik",
    }  # fmt: skip
    assert rules.likeness_keys(party("Plasma Baltisches"), frozenset()) == {
        "DE:baltis.plasma", "DE:baltisches", "DE:plasma", "DE=plasmabaltisches",
    }  # fmt: skip
    assert rules.likeness_keys(party("Plasma Baltisches Netzwerk"), frozenset()) == {
        "DE:balt.netz.plas", "DE:netzwe.plasma", "DE:baltis.plasma", "DE:baltis.netzwe", "DE=plasmabaltischesnetzwerk",
    }  # fmt: skip
    (whole, joined) = sorted(rules.likeness_keys(party("a" * 200), frozenset()))
    assert (whole, joined) == ("DE:" + "a" * 97, "DE=" + "a" * 97)


@pytest.mark.parametrize(
    ("kind", "status", "new_name", "successors", "expected"),
    [
        (K.CLOSED, ClusterStatus.ACTIVE, None, (), []),
        (K.RENAMED, ClusterStatus.ACTIVE, "New", (), []),
        (K.MERGED, ClusterStatus.ACTIVE, None, ("b",), []),
        (
            K.CLOSED,
            ClusterStatus.MERGED,
            None,
            (),
            [Fault("/body/kind", "not_active", "The cluster is merged already.")],
        ),
        (K.RENAMED, ClusterStatus.ACTIVE, None, (), [NO_NAME]),
        (K.CLOSED, ClusterStatus.ACTIVE, "New", (), [NO_NAME]),
        (
            K.MERGED,
            ClusterStatus.ACTIVE,
            None,
            ("a",),
            [Fault("/body/successors/0", "not_active", "Not another active cluster.")],
        ),
        (
            K.SPLIT,
            ClusterStatus.ACTIVE,
            None,
            ("b", "x"),
            [Fault("/body/successors/1", "not_active", "Not another active cluster.")],
        ),
    ],
)
def test_succession_that_cannot_be_is_told_in_words(
    kind: SuccessionKind,
    status: ClusterStatus,
    new_name: str | None,
    successors: tuple[str, ...],
    expected: list[Fault],
) -> None:
    named = Successors("a", successors, frozenset({"a", "b", "c"}))
    assert rules.succession_faults(kind, status, new_name, named) == expected


@pytest.mark.parametrize("kind", SuccessionKind)
def test_succession_has_as_many_successors_as_its_kind(kind: SuccessionKind) -> None:
    fewest, most = SUCCESSORS[kind]
    name = "New" if kind is K.RENAMED else None
    every = tuple(map(str, range(most + 1)))
    for count in {fewest, most, most + 1, max(fewest - 1, 0)}:
        named = Successors("a", every[:count], frozenset(every))
        wrong = [] if fewest <= count <= most else [
            Fault("/body/successors", "number", f"{kind.value}: {fewest} to {most} successors.")
        ]  # fmt: skip
        assert rules.succession_faults(kind, ClusterStatus.ACTIVE, name, named) == wrong
