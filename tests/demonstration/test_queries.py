"""The data files fit together; what is not in them cannot come out of the register."""

import csv
from importlib.resources import files

import pytest

from cluster_api.clusters.states import Level
from cluster_api.demonstration.queries import material
from cluster_api.demonstration.rules import AS_OF
from cluster_api.demonstration.schemas import CountedFrom, Verb
from cluster_api.vocabularies.queries import codes

DATA = files("cluster_api.demonstration").joinpath("data")


def rows(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader(DATA.joinpath(file).read_text(encoding="utf-8").splitlines(), strict=True))


def languages() -> list[str]:
    return sorted({place.language for places in material().places.values() for place in places})


def test_quotas_sum_to_the_published_figures() -> None:
    quotas = material().quotas
    assert {level: sum(quota.highest[level] for quota in quotas) for level in Level} == {
        Level.BRONZE: 1141,
        Level.SILVER: 132,
        Level.GOLD: 110,
    }
    countries = {level: sum(quota.highest[level] > 0 for quota in quotas) for level in Level}
    assert countries == {Level.BRONZE: 46, Level.SILVER: 20, Level.GOLD: 18}


def test_reported_figures_of_denmark_are_kept() -> None:
    (denmark,) = (quota for quota in material().quotas if quota.country == "DK")
    assert denmark.highest == {Level.BRONZE: 19, Level.SILVER: 10, Level.GOLD: 13}


def test_every_country_with_a_quota_has_places() -> None:
    assert set(material().places) == {quota.country for quota in material().quotas}


def test_every_country_has_twice_the_names_it_needs() -> None:
    for quota in material().quotas:
        names = {
            (topic.english, place.english)
            for place in material().places[quota.country]
            for (language, _), topics in material().topics.items()
            for topic in topics
            if language == place.language
        }
        assert len(names) >= 2 * sum(quota.highest.values())


@pytest.mark.parametrize("language", languages())
def test_every_language_can_name_every_portfolio(language: str) -> None:
    topics = {portfolio for of, portfolio in material().topics if of == language}
    assert topics == codes("comparative-portfolios")
    texts = [pattern.text.format(topic="<t>", city="<c>") for pattern in material().patterns[language]]
    assert texts
    assert all(text.count("<t>") == text.count("<c>") == 1 for text in texts)


def test_published_labels_belong_to_published_organisations() -> None:
    keys = [row["key"] for row in rows("organisations.csv")]
    assert len(set(keys)) == len(keys)
    assert {row["organisation"] for row in rows("labels.csv")} - set(keys) == set()


def test_published_labels_are_in_order_and_not_later_than_the_figures() -> None:
    for organisation in material().published:
        days = [label.assessed_on for label in organisation.labels]
        assert days == sorted(days)
        assert all(day <= AS_OF for day in days)
        assert not days or organisation.portfolio is not None


def test_distributions_rise_from_nought_to_one() -> None:
    for points in material().distributions.values():
        shares, values = [share for share, _ in points], [value for _, value in points]
        assert (shares[0], shares[-1]) == (0, 1)
        assert shares == sorted(set(shares))
        assert values == sorted(values)


def test_histories_use_every_step_and_every_step_is_known() -> None:
    used = {name for row in rows("histories.csv") for name in row["steps"].split()}
    assert used == {row["step"] for row in rows("steps.csv")}
    assert {Verb(row["verb"]) for row in rows("steps.csv")} == set(Verb)
    assert {CountedFrom(row["counted_from"]) for row in rows("steps.csv")} == set(CountedFrom)


def test_first_years_sum_to_the_organisations_of_2020() -> None:
    assert sum(year.organisations for year in material().first_years) == 1383


def test_every_data_file_says_what_it_rests_on() -> None:
    names = {entry.name for entry in DATA.iterdir()} - {"sources.csv"}
    assert {row["file"] for row in rows("sources.csv")} == names
    assert all(row["version"] and row["dated"] and row["confidence"] for row in rows("sources.csv"))
