"""What one can ask of vocabularies."""

# ruff: noqa: RUF001 - letters of other scripts are what these tests are about

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_api.foundation.errors import Invalid
from cluster_api.foundation.paging import PageQuery
from cluster_api.vocabularies import queries
from cluster_api.vocabularies.errors import CodeNotFound, VocabularyNotFound
from cluster_api.vocabularies.schemas import Country, Region, VocabularyQuery


@pytest.mark.parametrize(
    ("text", "iso2"),
    [
        ("AT", "AT"),
        ("at", "AT"),
        (" AUT ", "AT"),
        ("EL", "GR"),
        ("GR", "GR"),
        ("UK", "GB"),
        ("uk", "GB"),
        ("XKX", "XK"),
        ("Germany", "DE"),
        ("GERMANY", "DE"),
        ("Deutschland", "DE"),
        ("Германия", "DE"),
        ("Österreich", "AT"),
        ("Osterreich", "AT"),
        ("España", "ES"),
        ("Espan\u0303a", "ES"),
        ("България", "BG"),
        ("Ελλάδα", "GR"),
        ("ΕΛΛΑΔΑ", "GR"),
        ("Україна", "UA"),
        ("Србија", "RS"),
        ("Հայաստան", "AM"),
        ("Czech Republic", "CZ"),
        ("Czechia", "CZ"),
        ("Turkey", "TR"),
        ("TÜRKİYE", "TR"),
        ("Holland", "NL"),
        ("The Netherlands", "NL"),
        ("Great Britain", "GB"),
        ("Scotland", "GB"),
        ("Kosovo*", "XK"),
        ("Bosnia & Herzegovina", "BA"),
        ("FYROM", "MK"),
        ("Macedonia, the former Yugoslav Republic of", "MK"),
        ("Republic of Moldova", "MD"),
        ("U.S.A.", "US"),
        ("Côte d’Ivoire", "CI"),
        ("Mexico", "MX"),
        ("Lebanon", "LB"),
        ("South Korea", "KR"),
    ],
)
def test_find_country_understands_codes_and_names(text: str, iso2: str) -> None:
    assert queries.find_country(text) == iso2


@pytest.mark.parametrize("text", ["", " ", "*", "Atlantis", "ZZ", "EU", "A", "Korea", "Vienna", "AT DE"])
def test_find_country_does_not_guess(text: str) -> None:
    assert queries.find_country(text) is None


@settings(deadline=None)
@given(st.text())
def test_find_country_answers_a_country_or_none(text: str) -> None:
    assert queries.find_country(text) in {None, *queries.codes("countries")}


@pytest.mark.parametrize("attribute", ["iso3", "eurostat_code"])
def test_find_country_understands_every_code_of_every_country(attribute: str) -> None:
    found = {entry.code: queries.find_country(entry.attributes[attribute]) for entry in queries.entries("countries")}

    assert found == {code: code for code in queries.codes("countries")}


def test_find_country_understands_every_name_of_every_country() -> None:
    found = {
        (entry.code, queries.find_country(name))
        for entry in queries.entries("countries")
        for name in [entry.label, *entry.attributes.get("aliases", entry.label).split("|")]
    }

    assert found == {(code, code) for code in queries.codes("countries")}


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("comparative-portfolios", "food industry", "FOOD"),
        ("comparative-portfolios", "FOOD", "FOOD"),
        ("comparative-portfolios", "Sports, Leisure and Tourism", "SPORTS_LEISURE_TOURISM"),
        ("comparative-portfolios", "Micro, nano & optical technologies", "MICRO_NANO_OPTICAL"),
        ("comparative-portfolios", "Information and communication technologies", "ICT"),
        ("label-levels", "GOLD", "gold"),
        ("regions", "attiki", "EL30"),
        ("regions", "Αττική", "EL30"),
        ("economic-activities", "01.50", "01.50"),
        ("economic-activities", "Mixed farming", None),
        ("comparative-portfolios", "other", None),
    ],
)
def test_find_code_answers_the_one_entry_meant(name: str, text: str, code: str | None) -> None:
    assert queries.find_code(name, text) == code


def test_country_is_read_by_field() -> None:
    assert queries.country("GR") == Country("GR", "GRC", "EL", "Greece", "EU27", "NUTS")


@pytest.mark.parametrize("code", ["EL", "gr", "ZZ"])
def test_country_wants_the_iso_code(code: str) -> None:
    with pytest.raises(CodeNotFound, match=f"countries has no code '{code}'"):
        queries.country(code)


@pytest.mark.parametrize(("iso2", "eurostat"), [("GR", "EL"), ("GB", "UK"), ("AT", "AT"), ("XK", "XK")])
def test_eurostat_code_is_that_of_statistics(iso2: str, eurostat: str) -> None:
    assert queries.eurostat_code(iso2) == eurostat


def test_find_region_knows_centroids_and_where_there_is_none() -> None:
    assert queries.find_region("AT13") == Region("AT13", "AT", "Wien", 16.393, 48.203, is_outermost=False)
    assert queries.find_region("ES70") == Region("ES70", "ES", "Canarias", None, None, is_outermost=True)
    assert queries.find_region("AT99") is None


def test_regions_of_a_country_are_its_own_by_code() -> None:
    assert [region.code for region in queries.regions_of("DK")] == ["DK01", "DK02", "DK03", "DK04", "DK05"]
    assert queries.regions_of("MD") == ()
    assert queries.regions_of("EL") == ()


def test_label_of_is_the_name_for_people() -> None:
    assert queries.label_of("economic-activities", "01.50") == "Mixed farming"


def test_label_of_an_unknown_code_is_refused() -> None:
    with pytest.raises(CodeNotFound, match=r"economic-activities has no code '00'\."):
        queries.label_of("economic-activities", "00")


@pytest.mark.parametrize("name", ["", "index", "nace", "../index", "COUNTRIES", "economic_activities"])
def test_vocabulary_of_another_name_is_not_found(name: str) -> None:
    with pytest.raises(VocabularyNotFound):
        queries.get_vocabulary(name)


@pytest.mark.parametrize(
    ("name", "q", "parent", "found"),
    [
        ("regions", "wien", None, ["AT13"]),
        ("regions", "WIEN at13", None, ["AT13"]),
        ("regions", "yugozapaden", None, ["BG41"]),
        ("regions", "Югозападен", None, ["BG41"]),
        ("regions", "wien", "DE", []),
        ("regions", None, "EL", [f"EL{n}" for n in (30, 41, 42, 43, 51, 52, 53, 54, 61, 62, 63, 64, 65)]),
        ("regions", "kriti", "Greece", ["EL43"]),
        ("regions", None, "nowhere", []),
        ("countries", "deutschland", None, ["DE"]),
        ("countries", "GRC", None, ["GR"]),
        ("countries", "germany france", None, []),
        ("economic-activities", "fishing", "A", ["03"]),
        ("economic-activities", None, "03.1", ["03.11", "03.12"]),
        ("label-levels", "😀", None, []),
        ("label-levels", "  ", None, ["bronze", "silver", "gold"]),
        ("label-levels", None, None, ["bronze", "silver", "gold"]),
        ("label-levels", "dedicated", None, ["silver"]),
        ("label-levels", "cluster-analysis.org", None, []),
        ("label-levels", None, "gold", []),
    ],
)
def test_search_entries_keeps_those_asked_for(name: str, q: str | None, parent: str | None, found: list[str]) -> None:
    assert [entry.code for entry in queries.search_entries(name, q, parent)] == found


def test_entry_shows_what_is_known_and_leaves_out_the_rest() -> None:
    entry = queries.search_entries("regions", "canarias")[0]

    assert entry.model_dump() == {
        "code": "ES70",
        "label": "Canarias",
        "parent": "ES",
        "attributes": {
            "country": "ES",
            "eurostat_country": "ES",
            "nuts1_code": "ES7",
            "outermost": "yes",
            "also_in_nuts_2024": "yes",
        },
    }


def test_vocabulary_names_edition_and_source() -> None:
    about = queries.get_vocabulary("economic-activities")

    assert about.edition == "NACE Rev. 2"
    assert str(about.valid_from) == "2008-01-01"
    assert about.source == "https://eur-lex.europa.eu/eli/reg/2006/1893/oj"


@settings(deadline=None)
@given(limit=st.integers(min_value=1, max_value=50), q=st.sampled_from([None, "e", "cluster", "xyz"]))
def test_pages_together_are_the_whole_answer(limit: int, q: str | None) -> None:
    page = queries.vocabulary_page("kpis", VocabularyQuery(limit=limit, q=q))
    codes = [entry.code for entry in page.items]
    while page.next is not None:
        assert len(page.items) == limit
        page = queries.vocabulary_page("kpis", VocabularyQuery(limit=limit, q=q, cursor=page.next))
        codes += [entry.code for entry in page.items]

    assert codes == [entry.code for entry in queries.search_entries("kpis", q)]


def test_page_that_ends_exactly_at_the_last_entry_has_no_next() -> None:
    page = queries.vocabulary_page("label-levels", VocabularyQuery(limit=3))

    assert [entry.code for entry in page.items] == ["bronze", "silver", "gold"]
    assert page.next is None


def test_page_says_what_the_whole_vocabulary_is() -> None:
    page = queries.vocabulary_page("regions", VocabularyQuery(q="wien", limit=1))

    assert (page.name, page.edition, page.count) == ("regions", "NUTS 2021", 334)


@pytest.mark.parametrize("other", [{"q": "b"}, {"q": "a", "parent": "A"}])
def test_cursor_of_another_question_is_refused(other: dict[str, str]) -> None:
    cursor = queries.vocabulary_page("economic-activities", VocabularyQuery(limit=1, q="a")).next

    with pytest.raises(Invalid) as refused:
        queries.vocabulary_page("economic-activities", VocabularyQuery(cursor=cursor, **other))

    assert [fault.code for fault in refused.value.faults] == ["cursor_of_other_question"]


def test_cursor_of_another_vocabulary_is_refused() -> None:
    cursor = queries.vocabulary_page("countries", VocabularyQuery(limit=1)).next

    with pytest.raises(Invalid):
        queries.vocabulary_page("regions", VocabularyQuery(limit=1, cursor=cursor))


def test_vocabularies_are_listed_page_by_page() -> None:
    first = queries.list_page(PageQuery(limit=18))
    second = queries.list_page(PageQuery(limit=18, cursor=first.next))

    assert [*first.items, *second.items] == list(queries.vocabularies())
    assert (len(second.items), second.next) == (1, None)
