"""Facts that are kept also from those who know of what they are about: applicants, assessors, the board."""

from functools import partial

from cluster_api.assessments.states import AssignmentState as A
from tests.worlds import cases, rulings
from tests.worlds.facts import CASE, POOL, RULING, Fact, nothing
from tests.worlds.given import EXPERT, HIDDEN, MEMBER, OTHER, THIRD

TWO = ((HIDDEN, THIRD), (OTHER, EXPERT))
SCORED = partial(cases.case, experts=TWO)
DECLINED = partial(cases.case, part=A.DECLINED_BY_EXPERT)
INNER = [
    Fact("a vote", rulings.decision, partial(rulings.decision, votes=rulings.SPLIT), RULING, ("keeper", "expert")),
    Fact(
        "a recusal", rulings.decision, partial(rulings.decision, votes=rulings.RECUSED), RULING, ("keeper", "expert")
    ),
    Fact("who chairs", rulings.decision, partial(rulings.decision, chair=MEMBER), RULING, ("keeper", "expert")),
    Fact("how votes stood", rulings.refused, partial(rulings.refused, votes=rulings.SPLIT), RULING, ("keeper",)),
    Fact("who was recused", rulings.refused, partial(rulings.refused, votes=rulings.RECUSED), RULING, ("keeper",)),
    Fact("another panel's votes", rulings.review, partial(rulings.review, votes=rulings.AGAIN), RULING, ("keeper",)),
    Fact(
        "what another panel decided", rulings.review, partial(rulings.review, votes=rulings.AGAIN, is_dismissed=True),
        RULING, ("keeper",),
    ),
    Fact("a score sheet", SCORED, partial(SCORED, total=150), CASE, ("keeper", "board", "expert")),
    Fact(
        "the total of a score sheet", partial(SCORED, total=150), partial(SCORED, total=10), CASE,
        ("keeper", "board", "expert"),
    ),
    Fact("why an expert stays away", DECLINED, partial(cases.case, part=A.CONFLICT), CASE, ("keeper",)),
    Fact("an expert stays away", partial(cases.case, part=A.PROPOSED), DECLINED, CASE, ("keeper",)),
    Fact("a consensus", SCORED, partial(SCORED, consensus=150), CASE, ("keeper", "board")),
    Fact("a case", nothing, cases.case, CASE, ("board", "expert")),
    Fact("a benchmark", nothing, cases.benchmark, CASE, ("board", "expert")),
    Fact("remarks of an expert", cases.benchmark, partial(cases.benchmark, remarks="Z."), CASE, ("keeper", "board")),
    Fact("a complaint", nothing, cases.complaint, CASE, ("keeper", "board", "expert")),
    Fact(
        "a complaint about an expert", nothing, partial(cases.complaint, person_id=EXPERT), CASE,
        ("keeper", "board", "expert"),
    ),
    Fact("an interest", cases.assessor, partial(cases.assessor, statement="Zephyr."), POOL, ("keeper",)),
    Fact("a conflict", cases.assessor, partial(cases.pinned, reason="Zephyr."), POOL, ("keeper",)),
    Fact("an invoice", nothing, cases.invoice, CASE, ("board", "expert")),
]  # fmt: skip
"""What is kept also from those who know of the rest: applicants, assessors, the board."""
