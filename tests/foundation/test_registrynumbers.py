"""Numbers of registries: one form for each, and wrong check digits found."""

import pytest

from cluster_api.foundation.registrynumbers import LONGEST, checked_number, company_registers


@pytest.mark.parametrize(
    ("check", "given", "country", "expected"),
    [
        ("vat", "DE 136.695 976", "DE", "DE136695976"),
        ("vat", "136695976", "DE", "DE136695976"),
        ("vat", "094259216", "GR", "EL094259216"),
        ("vat", "EL094259216", "GR", "EL094259216"),
        ("vat", "U13585627", "AT", "ATU13585627"),
        ("vat", "ATU13585627", "DE", "ATU13585627"),
        ("vat", "1234567", "XK", "XK1234567"),
        ("company", "988 077 917", "NO", "NO-988077917"),
        ("company", "NO-988077917", "NO", "NO-988077917"),
        ("company", "NO-988077917", "SE", "NO-988077917"),
        ("company", "HE  12345", "CY", "CY-HE 12345"),
        ("country", "K-12", "PL", "PL-K-12"),
        ("country", "PL-K-12", "PL", "PL-K-12"),
        ("lei", "213800kud8lajwsq9d15", "GB", "213800KUD8LAJWSQ9D15"),
        ("pic", "999999999", "BE", "999999999"),
        ("none", " https://example.org/profile ", "BE", "https://example.org/profile"),
    ],
)
def test_number_is_brought_into_one_form(check: str, given: str, country: str, expected: str) -> None:
    assert checked_number(check, given, country) == expected


@pytest.mark.parametrize(
    ("check", "given", "country"),
    [
        ("vat", "DE136695977", "DE"),
        ("vat", "DE", "DE"),
        ("company", "988077918", "NO"),
        ("lei", "213800KUD8LAJWSQ9D16", "GB"),
        ("pic", "12345678", "BE"),
        ("pic", "٩٩٩٩٩٩٩٩٩", "BE"),
        ("country", "1" * LONGEST, "PL"),
    ],
)
def test_wrong_number_is_refused(check: str, given: str, country: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        checked_number(check, given, country)


@pytest.mark.parametrize("country", sorted(company_registers()))
def test_company_register_of_country_can_be_asked(country: str) -> None:
    with pytest.raises(ValueError, match="Not a valid number"):
        checked_number("company", "?", country)
