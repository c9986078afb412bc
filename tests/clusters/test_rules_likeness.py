"""What makes two records alike: spellings of one body are found, bodies of one family are told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.clusters import rules
from cluster_api.clusters.rules import Party, likeness, likeness_keys, likeness_limits

LIMITS = likeness_limits()


def party(*names: str, country: str = "DE", website: str | None = None) -> Party:
    return Party(names, country, website)


SAME = [
    ("BalticNet-PlasmaTec e.V.", "BALTICNET PLASMATEC"),
    ("Cluster Mechatronik & Automation e.V.", "Mechatronik und Automation Cluster"),
    ("Pôle Européen de la Céramique", "Pole europeen de la ceramique"),
    ("Клъстер Зелена Енергия", "Klaster Zelena Energia"),
    ("Packaging Cluster", "The Packaging Cluster Association"),
    ("Green Mobility Cluster Bavaria", "Green Mobilty Cluster Bavaria"),
    ("BioValley Basel", "Bio Valley Basel"),
]
DIFFERENT = [
    ("Cluster Energie Bayern", "Cluster Energie Sachsen"),
    ("Cluster Energie 1", "Cluster Energie 2"),
    ("Cluster Holz", "Cluster Gold"),
    ("Packaging Cluster", "Furniture Cluster"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_body_are_candidates(one: str, other: str) -> None:
    found = likeness(party(one), party(other), LIMITS)
    assert found.score >= LIMITS.candidate_from
    assert found.matched_on == ("name",)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_body_share_a_key(one: str, other: str) -> None:
    assert likeness_keys(party(one), LIMITS.noise) & likeness_keys(party(other), LIMITS.noise)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_bodies_are_no_candidates(one: str, other: str) -> None:
    found = likeness(party(one), party(other), LIMITS)
    assert found.score < LIMITS.candidate_from
    assert found.matched_on == ()


def test_any_name_can_match() -> None:
    assert likeness(party("Nobody", "Plasma Tec"), party("Plasma-Tec e.V.", "Other"), LIMITS).score >= 0.85


def test_same_name_in_another_country_is_no_match() -> None:
    assert likeness(party("Plasma Tec"), party("Plasma Tec", country="PL"), LIMITS).score == 0


def test_same_page_counts_across_countries() -> None:
    one = party("Plasma", website="https://www.Example.org/plasma/")
    other = party("Holz", country="PL", website="http://example.org/plasma?lang=en")
    found = likeness(one, other, LIMITS)
    assert (found.score, found.matched_on) == (LIMITS.website_score, ("website",))
    assert likeness_keys(one, LIMITS.noise) & likeness_keys(other, LIMITS.noise) == {"web:example.org/plasma"}


def test_pages_of_one_host_are_different() -> None:
    one, other = (party("A", website=f"https://example.org/{path}") for path in ("plasma", "holz"))
    assert likeness(party("X", website=one.website), party("Y", website=other.website), LIMITS).matched_on == ()


def test_shared_identifier_is_certainty() -> None:
    number = frozenset({("vat", "DE136695976")})
    one, other = Party(("Plasma",), "DE", None, number), Party(("Holz",), "PL", None, number)
    found = likeness(one, other, LIMITS)
    assert (found.score, found.matched_on) == (1.0, ("identifier",))


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_likeness_is_symmetric_and_bounded(one: str, other: str) -> None:
    found = likeness(party(one), party(other), LIMITS)
    assert found == likeness(party(other), party(one), LIMITS)
    assert 0 <= found.score <= 1


@given(st.text(max_size=400), st.text(max_size=500))
def test_keys_fit_their_column(name: str, page: str) -> None:
    keys = likeness_keys(party(name, website=f"https://{page}"), LIMITS.noise)
    assert keys
    assert max(map(len, keys)) <= rules.LONGEST_KEY


@given(
    st.lists(
        st.text("abcdefghijklmnop", min_size=5, max_size=9), min_size=3, max_size=rules.MOST_WORDS - 1, unique=True
    )
)
def test_name_with_a_word_added_or_dropped_shares_a_key(words: list[str]) -> None:
    whole, shorter = party(" ".join(words)), party(" ".join(reversed(words[1:])))
    assert likeness_keys(whole, LIMITS.noise) & likeness_keys(shorter, LIMITS.noise)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Cluster Mechatronik e.V.", ("mechatronik",)),
        ("Związek Pracodawców Klaster Nutribiomed Sp. z o.o.", ("zwiazek", "pracodawcow", "nutribiomed")),
        ("Cluster", ("cluster",)),
        ("★", ()),
    ],
)
def test_core_of_a_name_leaves_out_what_tells_nothing(name: str, expected: tuple[str, ...]) -> None:
    assert rules.core_words(name, LIMITS.noise) == expected


def test_search_text_holds_every_name_once_folded() -> None:
    text = rules.search_text(["Pôle Énergie", None, "Ενέργεια", "pole energie"])
    assert text == "pole energie | energeia"
    assert rules.names_in(text) == ("pole energie", "energeia")


def test_search_words_are_folded_and_few() -> None:
    assert rules.search_words("  Pôle  ÉNERGIE ") == ["pole", "energie"]
    assert len(rules.search_words("a " * 100)) == rules.MOST_WORDS


@pytest.mark.parametrize(
    ("word", "expected"), [("pole", "%pole%"), ("100%", r"%100\%%"), ("a_b", r"%a\_b%"), ("\\", r"%\\%")]
)
def test_like_pattern_takes_words_literally(word: str, expected: str) -> None:
    assert rules.like_pattern(word) == expected
