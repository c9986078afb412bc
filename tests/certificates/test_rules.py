"""What certificate and badge say, and that the QR code can be read."""

import json
from dataclasses import replace
from datetime import date
from io import BytesIO
from xml.etree.ElementTree import Element

import pytest
import typst
import zxingcpp
from defusedxml.ElementTree import fromstring
from PIL import Image

from cluster_api.certificates.queries import designs, template, values_of
from cluster_api.certificates.rules import Design, Statement, badge_of, design_on, digest_of, qr_of
from cluster_api.clusters.states import Level
from cluster_api.labels.states import Standing

STATEMENT = Statement(
    "LB-2019-000123-09", Level.GOLD, "Energy", "DE", date(2019, 3, 1), date(2019, 2, 1), date(2021, 2, 28)
)
SVG = "{http://www.w3.org/2000/svg}"


def test_digest_is_that_of_the_statement_in_canonical_form() -> None:
    # Computed apart: members sorted, no spaces, UTF-8.
    assert digest_of(STATEMENT) == "248c854522451b7c42161dd16ee48f4a174baca3120060ba101ea105ef46c4f2"


def test_every_level_has_a_design_from_the_first_awards_on() -> None:
    assert [design_on(designs(), level, date(2010, 1, 1)).level for level in Level] == list(Level)
    with pytest.raises(ValueError, match="empty"):
        design_on(designs(), Level.GOLD, date(2009, 12, 31))


def test_design_of_an_award_is_that_of_its_day() -> None:
    old, new = (Design("v", day, Level.GOLD, "m", "a", "#000000") for day in (date(2010, 1, 1), date(2022, 1, 1)))
    assert [design_on([new, old], Level.GOLD, day) for day in (date(2021, 12, 31), date(2022, 1, 1))] == [old, new]


@pytest.mark.parametrize("address", ["https://register.example.org/v1/verifications/LB-2019-000123-09", "http://h/é"])
def test_qr_code_reads_back(address: str) -> None:
    source = (
        '#set page(width: auto, height: auto, margin: 4mm)\n#image(bytes(sys.inputs.qr), width: 60mm, format: "svg")'
    )
    picture = typst.compile(source.encode(), format="png", ppi=144, sys_inputs={"qr": qr_of(address)})
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(picture)))
    # Where there is room for more, it is taken.
    assert (found.text, found.ec_level in {"M", "Q"}) == (address, True)


def test_short_text_is_no_micro_code_which_telephones_do_not_read() -> None:
    root: Element = fromstring(qr_of("A1"))
    # 21 modules of the smallest full code, and four of quiet zone on each side.
    assert (root.get("width"), root.get("height")) == ("29", "29")


def test_qr_code_is_bare_svg() -> None:
    drawn = qr_of("https://register.example.org")
    assert drawn.startswith("<svg ")
    root: Element = fromstring(drawn)
    assert sorted(root.keys()) == ["height", "width"]
    assert [sorted(one.keys()) for one in root] == [["d", "stroke"]]


def badge(standing: Standing) -> Element:
    found: Element = fromstring(badge_of(Level.GOLD, date(2021, 2, 28), standing, "#8a6800"))
    return found


@pytest.mark.parametrize(
    ("standing", "said", "is_coloured"),
    [
        (Standing.VALID, "gold · valid until 2021-02-28", True),
        (Standing.SUPERSEDED, "gold · valid until 2021-02-28, a higher level is held", True),
        (Standing.EXPIRED, "gold · expired on 2021-02-28", False),
        (Standing.SUSPENDED, "gold · suspended", False),
        (Standing.WITHDRAWN, "gold · withdrawn", False),
        (Standing.NOT_YET, "gold · not yet", False),
    ],
)
def test_badge_says_in_words_what_its_colour_says(standing: Standing, said: str, is_coloured: bool) -> None:
    found = badge(standing)
    assert [one.text for one in found.iter(f"{SVG}text")] == ["European Cluster Excellence", said]
    assert found.get("aria-label") == f"European Cluster Excellence: {said}"
    assert [one.get("fill") for one in found.iter(f"{SVG}path")] == ["#8a6800" if is_coloured else "#5b5b5b"]


def test_badge_lays_both_sides_out_by_the_length_of_their_words() -> None:
    found = badge(Standing.EXPIRED)
    # 27 and 28 signs of 7, with 10 on each side.
    assert (found.get("width"), found.get("height")) == ("425", "28")
    assert [(one.get("width"), one.get("height"), one.get("fill")) for one in found.iter(f"{SVG}rect")] == [
        ("425", "28", "#17324d")
    ]
    assert [one.get("d") for one in found.iter(f"{SVG}path")] == ["M209 0h212a4 4 0 0 1 4 4v20a4 4 0 0 1-4 4h-212z"]
    texts = [tuple(one.get(name) for name in ("x", "y", "textLength")) for one in found.iter(f"{SVG}text")]
    assert texts == [("10", "18", "189"), ("219", "18", "196")]
    (group,) = found.iter(f"{SVG}g")
    assert (group.text, [one.tail for one in group]) == (None, [None, None])


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", ["#5b5b5b", "#17324d", *(one.colour for one in designs())])
def test_white_can_be_read_on_every_colour(colour: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("holder", ["A", "Verein " * 42 + "e.V.", "Ω" * 300])
def test_longest_name_fits_on_one_page(level: Level, holder: str) -> None:
    values = values_of(
        replace(STATEMENT, level=level, holder=holder), f"https://{'a' * 100}.example", is_synthetic=True
    )
    pages = typst.compile(
        template().encode(), format="png", ppi=20, ignore_system_fonts=True, sys_inputs={"values": json.dumps(values)}
    )
    # Of several pages the typesetter answers a list.
    assert isinstance(pages, bytes)
