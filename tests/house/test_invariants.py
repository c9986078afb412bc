"""Each invariant of the scheme is held by a test that names its number; ``make invariants`` writes the page anew.

A test names what it holds: ``test_invariant_17_…``, ``test_invariants_18_and_19_…``, ``test_invariants_8_to_10_…``;
those of the programme, which have numbers of their own, ``test_programme_invariant_12_…``.
"""

import re

from tests.house.test_code import ROOT, TESTS, functions

PAGE = ROOT / "docs" / "invariants.md"
NAMED = re.compile(r"test_(programme_)?(?:invariant_(\d+)|invariants_(\d+(?:_(?:and|to)_\d+)+))_(?!and_|to_)[a-z]\w*")
TEXTS = {
    1: "A first label ends with the month that lies the months of its rule set after the month of the assessment.",
    2: "Where the rule set counts to the day, it ends on that day so many months later, or on the month's last.",
    3: "A label is renewed from the lead before its end to the grace after it; the new end follows from the old one.",
    4: "A renewal has the level and the holder of what it renews, follows without gap or overlap, and is the only one.",
    5: "On any day an organisation shows one label: the one of its highest valid level.",
    6: "Months are added to dates by one function.",
    7: "Bronze needs a released benchmark, every criterion met or waived, and the expert's recommendation.",
    8: "Silver needs three confirmed improvements on different indicators of its scope, all minimums, and a second "
    "benchmark inside the window.",
    9: "Gold needs a score for every indicator, the gate, all minimums and the share of points.",
    10: "A missed gate or minimum refuses at full marks; 120 points of 150 pass and 119 do not.",
    11: "Gold has two scoring experts and two days on site, one to renew; trainees and observers never score.",
    12: "Gold does not need silver, and a refusal leaves earlier labels as they are.",
    13: "A case keeps rule set, indicators and price from the day it was opened, whatever comes into force.",
    14: "Points are whole numbers inside their range, summed exactly; the percentage is cut for display only.",
    15: "Full marks need evidence, a differing consensus its reason, and scores are shown once all are in.",
    16: "Scores, digests of evidence and the total of a sealed report do not change.",
    17: "Only who is qualified in the role on every day of the visit, and without an open conflict, takes part.",
    18: "Nobody assesses an own organisation, client or coached case; two experts have two employers, one from abroad.",
    19: "Who assessed does not vote, who belongs to the applicant is recused, and the outcome follows the votes.",
    20: "Only a reported case is decided, once; an appeal is decided by others.",
    21: "An appeal is in time up to the last of its days after the notice, and is late from the day after.",
    22: "The price follows level, kind, mode and day; nobody is assigned before the contract.",
    23: "A certificate waits for the payment where the rule set says so.",
    24: "Answers of a benchmark agree: shares sum to one, parts to wholes, nothing lies in the future.",
    25: "Answers are frozen at the interview; a correction is a new version with its reason, which reports name.",
    26: "Peers are the latest benchmarks of others; nothing is told of fewer than five, nor by differences.",
    27: "The portfolio of a benchmark is that of its day.",
    28: "The register shows what is public and nothing else, and never mixes valid on a day with ever held.",
    29: "The organisations at each level on a day add up to those with a valid label.",
    30: "Anybody can ask by number whether a label is valid, expired, withdrawn or unknown.",
    31: "What was told of a day that is over is told again, whatever is recorded for later days.",
    32: "Every change has one line in the journal in its transaction, and erasing personal data breaks no chain.",
    33: "A merger moves no label to the successor, which is assessed anew.",
}
PROGRAMME_TEXTS = {
    1: "Visitor and host are in different participating countries.",
    2: "Each kind takes the roles of its round; an SME visits as member of a cluster with a published profile only.",
    3: "An SME that is no member only hosts, and only with an approval.",
    4: "A representative of another nationality has the days of residence, and a business there.",
    5: "An SME passes the thresholds of its definition.",
    6: "A stay has its fewest working days, ends within its month, and lies inside the round.",
    7: "An organisation makes at most one physical visit in the scheme, kept by a unique index.",
    8: "Hosts have as many guests as come, also at the same time.",
    9: "An exchange is agreed with every signature under the same text; a change voids them.",
    10: "What was agreed fixes table, ceiling, halving and amount.",
    11: "Changed dates are reckoned anew and signed anew.",
    12: "The most that is paid is the ceiling of the host, or its half if the stay is short or near, halved once.",
    13: "A virtual exchange is paid nothing.",
    14: "What is reserved, due, ordered and paid is never more than the budget, at any moment.",
    15: "A payment is ordered and done at most once, whoever repeats it.",
    16: "Nothing is paid without a validated report and evidence, and never more than was agreed.",
    17: "What is validated is due so many days after the latest of end, validation and evidence; being late is told.",
    18: "Days that were not done are not paid; under the fewest days nothing is.",
    19: "Money moves by entries that are never changed, and a balance is their sum.",
    20: "An exchange counts once it is validated, once, for the partnership of its visitor.",
    21: "Parts of a figure add up to the whole.",
    22: "Members of a profile by kind sum to the total.",
    23: "A consortium meets the conditions of its call, and grants are within its budget and its maximum.",
    24: "A partnership has one coordinator, and an organisation is once in it.",
    25: "A profile is published that meets the criteria, or for which a waiver is on record.",
    26: "Labels of a chain neither overlap nor leave a gap, and are renewed within a year.",
    27: "Cells over few organisations are suppressed, and so is what would reveal them.",
    28: "Figures of a day are computed from records up to that day.",
    29: "The same file imported twice changes nothing, and an import tells of every edit that it overwrites.",
}
"""Those of the programme."""
HEAD = """# Invariants

What must hold whatever happens, and the tests that hold it: each carries the number in its name. Do not edit:
`make invariants` writes this page, and a test compares it.
"""
PROGRAMME_HEAD = """
# Invariants of the programme

By their numbers in the rules of the programme.
"""


def numbers_of(name: str, *, programme: bool = False) -> list[int]:
    """Answer the invariants that a test names, of the scheme or of the programme."""
    if not (found := NAMED.fullmatch(name)) or bool(found[1]) is not programme:
        return []
    told = found[2] or found[3]
    numbers: list[int] = []
    for joint, number in re.findall(r"(?:_(and|to)_)?(\d+)", told):
        numbers += range(numbers[-1] + 1, int(number) + 1) if joint == "to" else [int(number)]
    return numbers


def held(*, programme: bool = False) -> dict[int, list[str]]:
    """Answer by number the tests that name it."""
    found: dict[int, list[str]] = {number: [] for number in (PROGRAMME_TEXTS if programme else TEXTS)}
    for path in TESTS:
        for function in functions(path):
            for number in numbers_of(function.name, programme=programme):
                found.setdefault(number, []).append(f"{path.relative_to(ROOT)}::{function.name}")
    return {number: sorted(names) for number, names in found.items()}


def page() -> str:
    """Answer the page: each invariant with its tests."""
    return (
        HEAD + "".join(_parts(TEXTS, held())) + PROGRAMME_HEAD + "".join(_parts(PROGRAMME_TEXTS, held(programme=True)))
    )


def _parts(texts: dict[int, str], found: dict[int, list[str]]) -> list[str]:
    return [
        f"\n## {number}. {texts[number]}\n\n" + "".join(f"- `{name}`\n" for name in names)
        for number, names in found.items()
    ]


def test_every_invariant_is_held_by_a_test_that_names_it() -> None:
    assert [number for number, names in held().items() if not names] == []
    assert [*held()] == [*range(1, 34)]
    assert [number for number, names in held(programme=True).items() if not names] == []
    assert [*held(programme=True)] == [*PROGRAMME_TEXTS]


def test_page_of_invariants_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make invariants`"


def test_tests_of_invariants_are_named_in_one_way() -> None:
    names = [
        function.name
        for path in TESTS
        for function in functions(path)
        if function.name.startswith(("test_invariant", "test_programme_invariant"))
    ]
    assert [name for name in names if not numbers_of(name) + numbers_of(name, programme=True)] == []


def test_numbers_are_read_from_names() -> None:
    assert numbers_of("test_invariant_17_qualification_covers") == [17]
    assert numbers_of("test_invariants_18_and_19_hold") == [18, 19]
    assert numbers_of("test_invariants_8_to_10_and_12_hold") == [8, 9, 10, 12]
    assert numbers_of("test_programme_invariant_12_halves_once", programme=True) == [12]
    assert (
        numbers_of("test_programme_invariant_12_halves_once") == numbers_of("test_invariant_3_x", programme=True) == []
    )
    assert numbers_of("test_the_invariant_3_holds") == numbers_of("test_invariant_is_no_number") == []


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
