"""The data files agree with themselves, with each other, and with the counts their sources state."""

from collections import Counter
from datetime import date

import pytest

from cluster_api.vocabularies import queries
from cluster_api.vocabularies.rules import lookup_key
from cluster_api.vocabularies.schemas import VocabularyEntryRead

NAMES = [vocabulary.name for vocabulary in queries.vocabularies()]


def of(name: str) -> dict[str, VocabularyEntryRead]:
    return {entry.code: entry for entry in queries.entries(name)}


def column(name: str, attribute: str) -> set[str]:
    return {entry.attributes[attribute] for entry in queries.entries(name) if attribute in entry.attributes}


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("countries", 250),
        ("regions", 334),
        ("economic-activities", 996),
        ("industrial-ecosystems", 14),
        ("emerging-industries", 10),
        ("comparative-portfolios", 14),
        ("organisation-kinds", 7),
        ("member-kinds", 9),
        ("legal-forms", 6),
        ("scaleup-support-types", 8),
        ("label-levels", 3),
        ("sme-thresholds", 3),
        ("lump-sums", 40),
        ("calls", 4),
        ("partnerships", 28),
        ("partners", 99),
        ("published-figures", 37),
        ("kpis", 21),
        ("label-rules", 3),
    ],
)
def test_vocabulary_has_as_many_entries_as_its_source(name: str, count: int) -> None:
    assert queries.get_vocabulary(name).count == count


def test_vocabularies_are_those_counted_above() -> None:
    assert len(NAMES) == 19


@pytest.mark.parametrize("name", NAMES)
def test_codes_are_unique_also_when_spelt_carelessly(name: str) -> None:
    keys = [lookup_key(entry.code) for entry in queries.entries(name)]

    assert [key for key, times in Counter(keys).items() if times > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_code_and_label_without_stray_spaces(name: str) -> None:
    texts = [text for entry in queries.entries(name) for text in (entry.code, entry.label, *entry.attributes.values())]

    assert [text for text in texts if not text or text != text.strip()] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_fact_names_a_public_source_or_says_that_it_is_proposed(name: str) -> None:
    about = queries.get_vocabulary(name)
    sources = [entry.attributes.get("source", about.source or "") for entry in queries.entries(name)]
    unsure = {"proposed", "not found"}

    for entry, source in zip(queries.entries(name), sources, strict=True):
        assert source.startswith(("http://", "https://")) or entry.attributes["confidence"] in unsure


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("regions", "country"),
        ("lump-sums", "country"),
        ("partners", "country"),
        ("partnerships", "coordinator_country"),
    ],
)
def test_every_country_named_is_a_country(name: str, attribute: str) -> None:
    assert column(name, attribute) - queries.codes("countries") == set()


@pytest.mark.parametrize(
    ("name", "parents"),
    [("partnerships", "calls"), ("partners", "partnerships"), ("economic-activities", "economic-activities")],
)
def test_every_parent_exists(name: str, parents: str) -> None:
    named = {entry.parent for entry in queries.entries(name) if entry.parent is not None}

    assert named - queries.codes(parents) == set()
    assert len(named) > 1


def test_nace_has_the_levels_of_the_regulation() -> None:
    levels = Counter(entry.attributes["level_name"] for entry in queries.entries("economic-activities"))

    assert levels == {"section": 21, "division": 88, "group": 272, "class": 615}


def test_nace_codes_begin_with_the_code_above() -> None:
    below_divisions = [entry for entry in queries.entries("economic-activities") if int(entry.attributes["level"]) > 2]

    assert [entry.code for entry in below_divisions if not entry.code.startswith(entry.parent or "-")] == []


def test_the_union_has_242_regions_in_27_countries() -> None:
    union = {entry.code for entry in queries.entries("countries") if entry.attributes["group"] == "EU27"}
    regions = [region for iso2 in union for region in queries.regions_of(iso2)]

    assert len(union) == 27
    assert len(regions) == 242
    assert {region.country for region in regions} == union


def test_regions_begin_with_the_eurostat_code_of_their_country() -> None:
    wrong = [
        entry.code
        for entry in queries.entries("regions")
        if entry.code[:2] != queries.eurostat_code(entry.attributes["country"])
    ]

    assert wrong == []


def test_regions_without_centroid_are_the_six_the_source_leaves_out() -> None:
    lacking = {code for code in queries.codes("regions") if "longitude" not in of("regions")[code].attributes}

    assert lacking == {"ES70", "FRY1", "FRY2", "FRY3", "FRY4", "FRY5"}


def test_eurostat_codes_differ_from_iso_in_two_countries_only() -> None:
    differing = {
        entry.code: entry.attributes["eurostat_code"]
        for entry in queries.entries("countries")
        if entry.code != entry.attributes["eurostat_code"]
    }

    assert differing == {"GR": "EL", "GB": "UK"}


def test_participants_of_cosme_are_the_union_eleven_associated_and_the_conditional_one() -> None:
    periods = Counter(entry.attributes["cosme_2020_2022"] for entry in queries.entries("countries"))

    assert periods == {"member": 27, "associated": 11, "conditional": 1, "none": 211}


def test_lump_sums_exist_for_participants_and_nobody_else() -> None:
    participants = {
        entry.code for entry in queries.entries("countries") if entry.attributes["cosme_2020_2022"] != "none"
    }

    assert column("lump-sums", "country") == participants


def test_half_of_every_ceiling_is_whole_euros() -> None:
    rows = [
        tuple(int(entry.attributes[name]) for name in ("ceiling_eur", "half_eur", "ceiling_cents", "half_cents"))
        for entry in queries.entries("lump-sums")
    ]

    assert [row for row in rows if row[0] % 2 or row != (row[0], row[0] // 2, row[0] * 100, row[0] * 50)] == []


@pytest.mark.parametrize(
    ("code", "ceiling"), [("2020-PT", "78000"), ("2020-FR", "90000"), ("2020-DK", "110000"), ("2020-AL", "53000")]
)
def test_lump_sums_are_those_found_in_the_programme(code: str, ceiling: str) -> None:
    assert of("lump-sums")[code].attributes["ceiling_cents"] == ceiling


def test_override_of_the_lump_sum_names_the_outermost_regions() -> None:
    named = of("lump-sums")["2020-OMR"].attributes["regions"].split("|")
    outermost = [entry.code for entry in queries.entries("regions") if entry.attributes["outermost"] == "yes"]

    assert named == outermost
    assert len(named) == 8


def test_lump_sums_say_when_they_apply() -> None:
    periods = {
        (date.fromisoformat(entry.attributes["valid_from"]), date.fromisoformat(entry.attributes["valid_until"]))
        for entry in queries.entries("lump-sums")
    }

    assert periods == {(date(2020, 2, 3), date(2024, 1, 31))}


def test_label_counts_of_2020_add_up() -> None:
    figures = of("published-figures")
    codes = [f"organisations-whose-highest-label-is-{level}-2020-12-31" for level in ("bronze", "silver", "gold")]
    by_level = [int(figures[code].attributes["value"]) for code in codes]

    assert by_level == [1141, 132, 110]
    assert figures["organisations-holding-a-label-2020-12-31"].attributes["value"] == str(sum(by_level)) == "1383"


@pytest.mark.parametrize(("level", "countries"), [("bronze", "46"), ("silver", "20"), ("gold", "18")])
def test_label_counts_of_2020_name_their_countries(level: str, countries: str) -> None:
    code = f"countries-of-organisations-whose-highest-label-is-{level}-2020-12-31"

    assert of("published-figures")[code].attributes["value"] == countries


def test_figures_have_a_value_only_where_a_number_was_published() -> None:
    without = {entry.attributes.get("value_as_published") for entry in queries.entries("published-figures")} - column(
        "published-figures", "value"
    )

    assert without == {None, "2 / 3", "33 = 23 + 10", "81.5 / 9.3 / 9.2", "almost 11,000"}


def test_pilot_has_thirteen_partnerships_two_of_them_not_identified() -> None:
    pilot = queries.search_entries("partnerships", parent="COS-CLUSTER-2018-03-02")
    unknown = [entry.code for entry in pilot if entry.attributes["is_placeholder"] == "yes"]

    assert len(pilot) == 13
    assert unknown == ["unknown-12", "unknown-13"]


def test_partners_of_identified_pilot_partnerships_are_58_with_9_placeholders() -> None:
    pilot = {entry.code for entry in queries.search_entries("partnerships", parent="COS-CLUSTER-2018-03-02")}
    partners = [entry for entry in queries.entries("partners") if entry.parent in pilot]

    assert len(partners) == 58
    assert sum(entry.attributes["is_placeholder"] == "yes" for entry in partners) == 9


def test_partnerships_have_at_most_one_coordinator() -> None:
    coordinators = Counter(
        entry.parent for entry in queries.entries("partners") if entry.attributes["role"] == "coordinator"
    )

    assert max(coordinators.values()) == 1


def test_levels_rank_bronze_silver_gold() -> None:
    ranks = [(entry.code, entry.attributes["rank"]) for entry in queries.entries("label-levels")]

    assert ranks == [("bronze", "1"), ("silver", "2"), ("gold", "3")]


def test_fees_are_those_published() -> None:
    fees = {
        entry.code: [entry.attributes.get(f"fee_{kind}_cents") for kind in ("on_site", "video", "renewal")]
        for entry in queries.entries("label-rules")
    }

    assert fees == {
        "bronze": ["225000", "165000", None],
        "silver": ["362000", None, "362000"],
        "gold": ["825000", None, "676500"],
    }


def test_medium_sized_enterprises_end_at_the_ceilings_of_the_union() -> None:
    attributes = of("sme-thresholds")["medium"].attributes

    assert attributes["headcount_below"] == "250"
    assert attributes["turnover_max_cents"] == "5000000000"
    assert attributes["balance_sheet_max_cents"] == "4300000000"
