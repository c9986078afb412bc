"""Gold: two assessors of whom one has a conflict, consensus, a board with a recusal, renewal, withdrawal."""

from datetime import UTC, date, datetime
from typing import Any

from tests.journeys.parties import House
from tests.journeys.scheme import INDICATORS, Applicant, Expert, Scheme, founded
from tests.journeys.steps import (
    agreed_on,
    applied,
    benchmarked,
    contracted,
    found_eligible,
    labels_of,
    opened,
    reported,
    scored_alone,
    self_assessed,
    told,
    visited,
    voted,
    with_evidence,
)

FIRST_PRICE, RENEWAL_PRICE = 825000, 676500


def test_gold_is_awarded_renewed_three_years_on_and_withdrawn(house: House) -> None:
    scheme = founded(house)
    cluster = scheme.registered("Fjord Energy Cluster", "mary", country="NO")
    ben = scheme.taken_in("ben", "PT", "benchmarking")
    lena, sven = scheme.taken_in("lena", "NO", "lead"), scheme.taken_in("sven", "SE", "gold")
    mia = scheme.taken_in("mia", "DK", "gold")
    benchmarked(scheme, cluster, ben, on="2020-02-11")

    case = admitted_and_paid(scheme, cluster)
    proof = answered_with_evidence(scheme, cluster, case)
    a_conflict_is_found_and_its_assessor_replaced(scheme, cluster, case, lena, sven, mia)
    visited(scheme, case, "2020-09-15", "2020-09-16")
    both_score_alone_and_agree(scheme, case, proof, lena, mia)
    reported_and_explained(scheme, cluster, case, lena)
    decided_with_a_recusal(scheme, cluster, case)
    first = anybody_verifies_it(scheme, cluster)

    experts_stay_qualified(scheme, ben, lena, mia)
    second = renewed_three_years_on(scheme, cluster, ben, lena, mia)
    the_chain_has_no_gap(scheme, cluster, first, second)
    withdrawn_after_a_hearing(scheme, second)
    known_then_and_known_now(scheme, cluster, second)
    scheme.everything_holds()


def admitted_and_paid(scheme: Scheme, cluster: Applicant) -> Any:
    """Apply, be found eligible, conclude the contract; a ministry pays the invoice."""
    scheme.house.on("2020-06-02")
    case = applied(cluster, "gold")
    found_eligible(scheme, cluster, case)
    scheme.house.on("2020-06-22")
    contracted(scheme, case, "C-2020-017")
    scheme.office.do("prepare_assessment", case)
    payer = {
        "name": "Ministry of Trade", "street": "Example gate 1", "postal_code": "0150", "city": "Oslo", "country": "NO",
    }  # fmt: skip
    invoice = scheme.office.do(
        "issue_invoice", cluster_id=cluster.id, case_id=str(case), payer=payer, level="gold", kind="first",
        mode="on_site", applied_on="2020-06-02",
    )  # fmt: skip
    assert (invoice.net_cents, invoice.vat_cents) == (FIRST_PRICE, 0)
    scheme.house.on("2020-07-01")
    paid = {"reference": "BK-77", "amount_cents": invoice.gross_cents, "paid_on": "2020-07-01"}
    assert scheme.office.do("record_payment", invoice.number, **paid).state == "paid"
    [payment] = cluster.manager.ask("get_invoice", invoice.number).payments
    assert (payment.reference, payment.amount_cents) == ("BK-77", FIRST_PRICE)
    return case


def answered_with_evidence(scheme: Scheme, cluster: Applicant, case: Any) -> str:
    """Fill in a value an indicator with files as proof, and hand it in."""
    strategy, members = with_evidence(scheme, cluster, case, "strategy.pdf", "members.pdf")
    named = {"strategy_document": [strategy], "committed_participants": [members]}
    self_assessed(cluster, case, scheme.form(INDICATORS), evidence=named, comments={"strategy_review": "In May."})
    return strategy


def a_conflict_is_found_and_its_assessor_replaced(
    scheme: Scheme, cluster: Applicant, case: Any, *experts: Expert
) -> None:
    """Agree on two; one of them remembers that he coached the cluster, and another one comes in his place."""
    lena, sven, mia = experts
    agreed_on(scheme, cluster, case, lena, "lead")
    his = agreed_on(scheme, cluster, case, sven, "second")
    dates = {"dates": ["2020-09-15", "2020-09-16"], "place": "Office of the cluster"}
    scheme.office.do("plan_assessment_visit", case, **dates)
    sven.do(
        "declare_interest", sven.assessor_id, kind="coaching", cluster_id=cluster.id, began_on="2018-03-01",
        ended_on="2018-06-30", statement="Two workshops on strategy.",
    )  # fmt: skip

    not_ready = scheme.office.refused("schedule_assessment", case)
    assert not_ready.type_ == "/problems/assessors-not-ready"
    assert "second: coaching: The assessor coaches or coached it." in not_ready.detail
    [conflict] = scheme.office.ask("get_conflicts", sven.assessor_id, cluster_id=cluster.id).conflicts
    assert (conflict.kind, [step.fact for step in conflict.path]) == ("coaching", ["interest"])
    assert (conflict.path[0].began_on, conflict.path[0].ended_on) == (date(2018, 3, 1), date(2018, 6, 30))
    scheme.office.do("replace_assignment", case, his, reason="A conflict came to light.")

    possible = {str(one.person_id): one for one in scheme.office.ask("list_candidates", case, role="second").items}
    assert {key for key, one in possible.items() if one.is_eligible} == {mia.id}
    assert [one.code for one in possible[sven.id].reasons] == ["conflict"]
    agreed_on(scheme, cluster, case, mia, "second")
    seen = {one.name: one.state for one in cluster.manager.ask("list_assignments", case).items}
    assert seen == {
        "Lena Example": "agreed_by_cluster", "Sven Example": "replaced", "Mia Example": "agreed_by_cluster",
    }  # fmt: skip


def both_score_alone_and_agree(scheme: Scheme, case: Any, proof: str, lena: Expert, mia: Expert) -> None:
    """Score apart; each sees the other's points when both are in, and what they agree on says why it differs."""
    hers, other = scheme.form(INDICATORS), scheme.form(INDICATORS) | {"communication": 5}
    alone = scored_alone(case, lena, hers)
    assert (alone.all_in, alone.others) == (False, [])
    assert lena.refused("write_consensus", case, sheet=other).type_ == "/problems/scores-outstanding"
    both = scored_alone(case, mia, other)
    assert (both.all_in, [one.role for one in both.others]) == (True, ["lead"])
    assert both.own.total - both.others[0].total == 1

    everywhere = {name: [proof] for name in other if name != "methodology"}
    silent = lena.refused("write_consensus", case, sheet=other, evidence=everywhere)
    assert [(one.pointer, one.code) for one in silent.errors] == [("/body/comments/communication", "reason_missing")]
    reasons = {"communication": "The English letter counts."}
    agreed = lena.do("write_consensus", case, sheet=other, evidence=everywhere, comments=reasons)
    assert agreed.total == both.own.total


def reported_and_explained(scheme: Scheme, cluster: Applicant, case: Any, lena: Expert) -> None:
    """Seal the report; the explanation adds up to it."""
    scheme.house.on("2020-09-30")
    document = reported(case, lena, "Ask members once a year.")
    assert (document.score.passed, document.score.threshold, document.refusals) == (True, 120, [])
    explained = cluster.manager.ask("explain_assessment", case)
    assert explained.basis == "consensus"
    summed = sum(step.points for step in explained.score.trace if step.indicator is not None and step.points)
    assert summed == explained.score.points == document.score.points
    assert len(document.points.to_dict()) == 30


def decided_with_a_recusal(scheme: Scheme, cluster: Applicant, case: Any) -> None:
    """Let the board decide; one member steps back, and an assessor of the case would not be let in."""
    scheme.house.on("2020-10-13")
    berta, bruno, bella, alma = (scheme.board[name] for name in ("berta", "bruno", "bella", "alma"))
    decision = opened(scheme, case, berta)
    alma.do("cast_decision_vote", decision, choice="recused", reason="A relative works there.")
    voted(decision, {berta: "grant", bruno: "grant"})
    too_few = berta.refused("conclude_decision", decision)
    assert too_few.type_ == "/problems/quorum-missing"
    assert too_few.detail == "Votes that count: 2 of 3 wanted; 5 may vote."
    voted(decision, {bella: "refuse"})
    concluded = berta.do("conclude_decision", decision)
    assert (concluded.state, concluded.tally.to_dict()) == ("granted", {"grant": 2, "refuse": 1, "recused": 1})
    told(scheme, decision)
    shown = cluster.manager.ask("get_decision", decision)
    assert (shown.state, shown.tally, shown.chair_id) == ("granted", None, None)


def anybody_verifies_it(scheme: Scheme, cluster: Applicant) -> str:
    """Let a stranger find the holder in the register, and verify the label step by step."""
    [entry] = scheme.stranger.ask("list_register", level="gold").items
    assert (entry.name, entry.valid_until) == (cluster.name, date(2022, 9, 30))
    told_of = scheme.stranger.ask("verify_label", entry.label_number)
    assert (told_of.standing, told_of.holder, told_of.is_valid) == ("valid", cluster.name, True)
    assert [step.passed for step in told_of.steps] == [True] * 6
    assert scheme.stranger.call("get_certificate", entry.label_number).content.startswith(b"%PDF-")
    return str(entry.label_number)


def experts_stay_qualified(scheme: Scheme, *experts: Expert) -> None:
    """Train those whose qualification would end, and renew it for it."""
    scheme.house.on("2022-12-01")
    for expert in experts:
        scheme.refreshed(expert)


def renewed_three_years_on(scheme: Scheme, cluster: Applicant, ben: Expert, lena: Expert, mia: Expert) -> str:
    """Renew in the last month of the year after the end: at the lower price, on one day, by the same two."""
    benchmarked(scheme, cluster, ben, on="2023-02-14")
    scheme.house.on("2023-06-05")
    [ended] = labels_of(scheme, cluster)
    assert ended.standing == "expired"
    case = applied(cluster, "gold", kind="renewal")
    shown = cluster.manager.ask("get_assessment", case)
    assert (shown.price_cents, shown.previous_valid_until) == (RENEWAL_PRICE, date(2022, 9, 30))
    found_eligible(scheme, cluster, case)
    contracted(scheme, case, "C-2023-009")
    scheme.office.do("prepare_assessment", case)
    [proof] = with_evidence(scheme, cluster, case, "three years.pdf")
    sheet = scheme.form(INDICATORS)
    self_assessed(cluster, case, sheet)
    for expert, role in ((lena, "lead"), (mia, "second")):
        expert.declares_everything()
        agreed_on(scheme, cluster, case, expert, role)
    visited(scheme, case, "2023-09-12")
    for expert in (lena, mia):
        scored_alone(case, expert, sheet)
    lena.do("write_consensus", case, sheet=sheet, evidence={name: [proof] for name in sheet if name != "methodology"})
    reported(case, lena, "Go on.")
    scheme.house.on("2023-10-03")
    # Accounts that nobody used for three years are gone: those who decided then have been here since.
    bella, bruno, berta = (scheme.board[name] for name in ("bella", "bruno", "berta"))
    decision = opened(scheme, case, bella)
    voted(decision, {bella: "grant", bruno: "grant", berta: "grant"})
    bella.do("conclude_decision", decision)
    told(scheme, decision)
    return str(labels_of(scheme, cluster)[0].number)


def the_chain_has_no_gap(scheme: Scheme, cluster: Applicant, first: str, second: str) -> None:
    """Read both labels: the second begins the day after the first has ended, whenever the visit was."""
    old, new = (scheme.stranger.ask("get_label", number) for number in (first, second))
    assert (old.next_, new.previous, new.kind) == (second, first, "renewal")
    assert (old.valid_until, new.valid_from, new.valid_until) == (
        date(2022, 9, 30),
        date(2022, 10, 1),
        date(2025, 9, 30),
    )
    # In between nobody could know that it would be renewed, and it is told so for ever.
    day = date(2022, 12, 1)
    assert scheme.verdict(first, at=day, known_at=datetime(2022, 12, 1, tzinfo=UTC)) == ("expired", False)
    assert scheme.verdict(second, at=day, known_at=datetime(2022, 12, 1, tzinfo=UTC)) == ("unknown", False)
    assert scheme.verdict(second, at=day) == ("valid", True)


def withdrawn_after_a_hearing(scheme: Scheme, number: str) -> None:
    """Withdraw the label for false data, with effect in the past, once the holder could answer."""
    scheme.house.on("2024-02-20")
    said = {
        "ground": "false_data", "reason": "The number of members was not true.", "effective_on": "2024-01-15",
        "noticed_on": "2024-02-01",
    }  # fmt: skip
    too_early = scheme.office.refused("withdraw_label", number, **said)
    assert (too_early.type_, too_early.detail) == ("/problems/hearing-open", "The holder can answer until 2024-03-02.")
    scheme.house.on("2024-03-08")
    assert scheme.office.do("withdraw_label", number, **said).standing == "withdrawn"


def known_then_and_known_now(scheme: Scheme, cluster: Applicant, number: str) -> None:
    """Ask as a stranger, today and as of before: what could be known then is not rewritten."""
    assert scheme.verdict(number) == ("withdrawn", False)
    assert scheme.verdict(number, at=date(2024, 2, 1)) == ("withdrawn", False)
    assert scheme.verdict(number, at=date(2024, 2, 1), known_at=datetime(2024, 3, 7, tzinfo=UTC)) == ("valid", True)
    assert scheme.verdict(number, at=date(2024, 1, 14)) == ("valid", True)
    assert scheme.stranger.ask("list_register").items == []
    [entry] = scheme.stranger.ask("list_register", ever_held=True).items
    assert (entry.name, entry.level) == (cluster.name, "gold")
    then = scheme.stranger.ask("get_holder", cluster.id, known_at=datetime(2024, 3, 7, tzinfo=UTC))
    now = scheme.stranger.ask("get_holder", cluster.id)
    assert ([one.standing for one in then.labels], then.level) == (["valid", "expired"], "gold")
    assert ([one.standing for one in now.labels], now.level) == (["withdrawn", "expired"], None)
    assert "members" not in str(scheme.stranger.ask("get_label", number).to_dict())
