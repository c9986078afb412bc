"""An exchange from the call that funds it to the statement of the bank, with refusals where rules say no."""

import time
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from cluster_api.batches.rules import flaws_of
from cluster_api.batches.schemas import RoundCertificate
from tests.bankfiles.given import entry, statement
from tests.journeys.parties import House, Machine, Party, Person
from tests.journeys.scheme import Applicant, Scheme, founded

CODE = "COS-CLUSTER-2020-9-01"
FOUNDERS = {
    "FR": ("Techtera Lyon", "florence", "https://lyon.example.org"),
    "PT": ("Algarve Weavers", "pedro", "https://weavers.example.org"),
    "DE": ("Bremen Fibres", "dora", "https://fibres.example.org"),
}
PAYER = {"name": "Tides", "iban": "DE89370400440532013000"}
PAYEE = {"name": "Tide SME", "iban": "BE68539007547034"}
COMMON = {
    "round": "pilot", "motivation": "New markets.", "ecosystems": ["TEXTILES"], "aims": ["new_markets"],
    "activities": ["networking"], "cv_sha256": "a" * 64,
}  # fmt: skip
SME = {
    **COMMON, "kind": "sme", "is_visitor": True, "is_host": False, "region": "FRK2", "headcount": 25,
    "turnover_cents": 100_000_000, "is_national": True,
}  # fmt: skip
DECLARED = {"kpi": "CXC_EXCHANGES", "value": 50, "reached_on": "2021-01-11", "evidence": "https://example.org"}
DAYS = {"begins_on": "2021-03-01", "ends_on": "2021-03-05"}
PLAN = {**DAYS, "goals": "Find customers.", "agenda": [{"day": "2021-03-01", "text": "Laboratory."}]}
REPORT = {"side": "visitor", "text": "Two customers were found."}
PROOF = {"kind": "boarding_pass", "sha256": "b" * 64, "text": "Flight to Porto."}


def test_exchange_is_funded_agreed_done_paid_and_counted_once(house: House) -> None:
    scheme = founded(house)
    house.on("2020-09-01")
    clusters = {
        country: scheme.registered(name, manager, country=country, website=website)
        for country, (name, manager, website) in FOUNDERS.items()
    }
    visiting, hosting = funded(scheme, clusters)
    house.on("2021-01-11")
    signed(scheme, clusters, (visiting, hosting))
    budget_is_set(clusters["FR"].manager, clusters["PT"].manager, visiting)
    enterprise, laboratory = taking_part(scheme, clusters, visiting, hosting)
    others = [travelled(scheme, clusters, laboratory, visiting, name) for name in ("Tide One", "Tide Two")]
    # Two organisations are not told of: the public sees that there is something, and not how much.
    assert figures(scheme) == (("c", None), ("c", None), 0)
    others.append(travelled(scheme, clusters, laboratory, visiting, "Tide Three"))
    assert figures(scheme) == ((None, 3), (None, 3), 3)
    paired(scheme, enterprise, laboratory)
    match = matched(enterprise, laboratory)
    number = agreed(clusters, enterprise, laboratory, match)
    assert held(clusters["FR"].manager, visiting) == {"available": 688_000, "reserved": 78_000, "due": 234_000}
    assert counted(clusters, visiting, hosting) == ((3, 3), (0, 0))
    done_and_validated(house, clusters, enterprise, number)
    assert counted(clusters, visiting, hosting) == ((4, 4), (0, 0))
    assert figures(scheme) == ((None, 4), (None, 4), 4)
    paid(house, clusters["FR"].manager, clusters["PT"].manager, visiting, {*others, number})
    assert held(clusters["FR"].manager, visiting) == {"available": 688_000, "paid": 312_000}
    assert counted(clusters, visiting, hosting) == ((4, 4), (0, 0))
    assert figures(scheme) == ((None, 4), (None, 4), 4)
    certified(scheme, enterprise[0], number)
    reported(scheme, clusters, visiting)
    year_is_reported(scheme, clusters["FR"].manager)
    scheme.everything_holds()


def funded(scheme: Scheme, clusters: dict[str, Applicant]) -> tuple[str, str]:
    """Let two consortia apply, two experts evaluate, and the board fund both; answer the partnerships."""
    plan = {
        "code": CODE, "title": "Cluster Excellence", "opens_on": "2020-09-01", "deadline_on": "2020-09-30",
        "budget_cents": 70_000_000, "max_grant_cents": 36_000_000,
    }  # fmt: skip
    assert clusters["FR"].manager.refused("plan_call", **plan).type_ == "/problems/permission-missing"
    scheme.office.do("plan_call", **plan)
    early = clusters["FR"].manager.refused("apply_to_call", CODE, **consortium(clusters, "FR"))
    assert early.type_ == "/problems/call-not-found"
    assert clusters["FR"].manager.refused("publish_call", CODE).type_ == "/problems/call-not-found"
    scheme.office.do("publish_call", CODE)
    too_few = {name: one for name, one in clusters.items() if name != "DE"}
    rehearsed = clusters["FR"].manager.do("apply_to_call", CODE, dry_run=True, **consortium(too_few, "FR"))
    failed = [one.code for one in rehearsed.rules if one.outcome == "failed"]
    assert (rehearsed.is_eligible, failed) == (False, ["entities", "countries", "weaker_region"])
    numbers = [
        clusters[country].manager.do("apply_to_call", CODE, **consortium(clusters, country)).number
        for country in ("FR", "PT")
    ]
    assert scheme.office.refused("close_call", CODE).type_ == "/problems/deadline-not-passed"
    late = scheme.stranger.refused("apply_to_call", CODE, **consortium(clusters, "FR"))
    assert late.type_ == "/problems/credentials-required"
    experts = [scheme.taken_in(name, "IE", "gold") for name in ("ann", "ben")]
    scheme.house.on("2020-10-01")
    scheme.office.do("close_call", CODE)
    assert scheme.office.refused("conclude_call_evaluation", CODE).type_ == "/problems/evaluations-missing"
    own = clusters["FR"].manager.refused("evaluate_call_application", CODE, numbers[0], points=100, reasons="Ours.")
    assert own.type_ == "/problems/permission-missing"
    for expert in experts:
        for number in numbers:
            expert.do("evaluate_call_application", CODE, number, points=80, reasons="Clear.")
            again = expert.refused("evaluate_call_application", CODE, number, points=90, reasons="Clearer.")
            assert again.type_ == "/problems/evaluated-already"
    scheme.office.do("conclude_call_evaluation", CODE)
    berta = scheme.board["berta"]
    grants = [{"number": one, "grant_cents": 36_000_000, "begins_on": "2021-01-01"} for one in numbers]
    above = berta.refused("award_call", CODE, grants=grants, reason="All.")
    assert above.type_ == "/problems/award-not-within-call"
    fitting = [{**one, "grant_cents": 35_000_000} for one in grants]
    assert scheme.office.refused("award_call", CODE, grants=fitting, reason="All.").type_.endswith("permission-missing")
    assert berta.do("award_call", CODE, grants=fitting, reason="Both are clear.").granted_cents == 70_000_000
    made = {one.application_number: str(one.id) for one in scheme.stranger.ask("list_partnerships").items}
    return made[numbers[0]], made[numbers[1]]


def consortium(clusters: dict[str, Applicant], coordinator: str) -> dict[str, Any]:
    """Answer the application of these clusters."""
    partners = [
        {
            "cluster_id": one.id, "development": "transition" if country == "DE" else "more_developed",
            "role": "coordinator" if country == coordinator else "partner",
        }
        for country, one in clusters.items()
    ]  # fmt: skip
    return {
        "acronym": f"TIDES-{coordinator}", "title": "Tides", "months": 24, "total_cents": 48_000_000,
        "requested_cents": 36_000_000, "ecosystems": ["TEXTILES"], "targets": {"CXC_EXCHANGES": 50},
        "partners": partners, "agreement": "The partners agree.",
    }  # fmt: skip


def signed(scheme: Scheme, clusters: dict[str, Applicant], partnerships: tuple[str, str]) -> None:
    """Let every partner sign the text of both partnerships."""
    for key in partnerships:
        for one in clusters.values():
            digest = one.manager.ask("get_partnership_agreement", key).digest
            other = one.manager.refused("sign_partnership_agreement", key, cluster_id=one.id, digest="0" * 64)
            assert other.type_ == "/problems/agreement-changed"
            one.manager.do("sign_partnership_agreement", key, cluster_id=one.id, digest=digest)
        assert scheme.stranger.ask("get_partnership", key).state == "active"


def budget_is_set(manager: Person, stranger: Party, partnership: str) -> None:
    """Set the budget for exchanges, within the grant."""
    other = stranger.refused("set_budget", partnership, budget_cents=1, reason="Theirs.")
    assert other.type_ == "/problems/budget-not-found"
    above = manager.refused("set_budget", partnership, budget_cents=35_000_001, reason="More.")
    assert above.type_ == "/problems/budget-not-possible"
    assert (
        manager.do("set_budget", partnership, budget_cents=1_000_000, reason="Exchanges.").available_cents == 1_000_000
    )


def held(manager: Person, partnership: str) -> dict[str, int]:
    """Answer the accounts of a budget that hold something."""
    told = manager.ask("get_budget", partnership).to_dict()
    names = ("available", "reserved", "due", "ordered", "paid")
    assert told["balance_cents"] == 0
    return {name: told[f"{name}_cents"] for name in names if told[f"{name}_cents"]}


Pair = tuple[int, int]


def counted(clusters: dict[str, Applicant], visiting: str, hosting: str) -> tuple[Pair, Pair]:
    """Answer how many exchanges, and of enterprises, count for the partnership of the visitor and for that of the host.

    Each office asks for its own.
    """

    def of(country: str, partnership: str) -> Pair:
        asked = clusters[country].manager.ask("list_partnership_indicators", partnership).indicators
        found = {one.kpi: one.value for one in asked}
        return found["CXC_EXCHANGES"], found["CXC_EXCHANGES_SME"]

    refused = clusters["FR"].manager.refused("declare_partnership_indicator", visiting, **DECLARED)
    assert refused.type_ == "/problems/kpi-not-declared"
    return of("FR", visiting), of("PT", hosting)


Cell = tuple[str | None, int | None]


def figures(scheme: Scheme) -> tuple[Cell, Cell, int]:
    """Answer what the public is told: of the year, of the whole programme, and of the partnership that pays."""
    [year] = scheme.stranger.ask("get_exchange_figures", by="year").cells
    told = scheme.stranger.ask("get_programme_figures").indicators
    [whole] = [one for one in told if one.kpi == "CXC_EXCHANGES"]
    cells = scheme.stranger.ask("get_exchange_figures", by="partnership").cells
    return (year.flag, year.total), (whole.flag, whole.value), sum(one.total or 0 for one in cells)


def taking_part(
    scheme: Scheme, clusters: dict[str, Applicant], visiting: str, hosting: str
) -> tuple[tuple[Machine, Any], tuple[Machine, Any]]:
    """Let an enterprise and a fab lab register, and their partnerships validate them."""
    enterprise = scheme.machine("Tide SME", of=scheme.organisation("Tide SME", "participant", country="FR"))
    laboratory = scheme.machine("Fab lab", of=scheme.organisation("Fab lab", "participant", country="PT"))
    sme = {**SME, "headcount": 250, "cluster_id": clusters["FR"].id, "partnership_id": visiting}
    visitor = enterprise.do("register_exchange_participant", **sme).id
    assert enterprise.refused("register_exchange_participant", **sme).type_ == "/problems/participant-taken"
    enterprise.do("submit_exchange_participant", visitor)
    assert enterprise.refused("submit_exchange_participant", visitor).type_ == "/problems/move-not-allowed"
    for verb in ("validate_exchange_participant", "send_back_exchange_participant"):
        said = {"reason": "Not ours."} if verb.startswith("send") else {}
        assert clusters["PT"].manager.refused(verb, visitor, **said).type_ == "/problems/participant-not-found"
    large = clusters["FR"].manager.refused("validate_exchange_participant", visitor)
    assert large.type_ == "/problems/not-eligible"
    clusters["FR"].manager.do("send_back_exchange_participant", visitor, reason="Too many staff?")
    enterprise.do("update_exchange_participant", visitor, headcount=25)
    enterprise.do("submit_exchange_participant", visitor)
    clusters["FR"].manager.do("validate_exchange_participant", visitor)
    lab = {
        **COMMON, "kind": "scaleup_support", "support_type": "FAB_LAB", "is_visitor": False, "is_host": True,
        "region": "PT11", "cluster_id": clusters["PT"].id, "partnership_id": hosting,
    }  # fmt: skip
    host = laboratory.do("register_exchange_participant", **lab).id
    assert enterprise.refused("propose_exchange_match", visitor_id=visitor, host_id=host).type_.endswith("not-found")
    laboratory.do("submit_exchange_participant", host)
    clusters["PT"].manager.do("validate_exchange_participant", host)
    return (enterprise, visitor), (laboratory, host)


def travelled(
    scheme: Scheme, clusters: dict[str, Applicant], host: tuple[Machine, Any], partnership: str, name: str
) -> str:
    """Let another enterprise visit before, without any refusal, and be validated; answer the number."""
    vop, hop = clusters["FR"].manager, clusters["PT"].manager
    machine = scheme.machine(name, of=scheme.organisation(name, "participant", country="FR"))
    of = {"cluster_id": clusters["FR"].id, "partnership_id": partnership}
    visitor = machine.do("register_exchange_participant", **SME, **of).id
    machine.do("submit_exchange_participant", visitor)
    vop.do("validate_exchange_participant", visitor)
    match = machine.do("propose_exchange_match", visitor_id=visitor, host_id=host[1]).id
    host[0].do("accept_exchange_match", match)
    number = str(machine.do("build_exchange", match_id=match, mode="physical").number)
    begins_on, ends_on = (scheme.house.today + timedelta(days=days) for days in (7, 11))
    plan = {**PLAN, "begins_on": begins_on.isoformat(), "ends_on": ends_on.isoformat()}
    plan["agenda"] = [{"day": begins_on.isoformat(), "text": "Laboratory."}]
    machine.do("plan_exchange", number, **plan, account={**PAYEE, "name": name})
    sign_all(number, ((machine, "vo"), (host[0], "ho"), (vop, "vop"), (hop, "hop")))
    vop.do("agree_exchange", number)
    scheme.house.on((ends_on + timedelta(days=3)).isoformat())
    machine.do("report_exchange", number, **REPORT)
    machine.do("prove_exchange", number, **{**PROOF, "sha256": sha256(name.encode()).hexdigest()})
    assert vop.do("validate_exchange", number).payable_cents == 78_000
    return number


def sign_all(number: str, parties: Iterable[tuple[Party, str]]) -> None:
    """Let every party sign what it has to sign."""
    for party, name in parties:
        for document in party.ask("get_exchange", number).documents:
            if name in [one.value for one in document.missing]:
                said = {"document": document.document.value, "party": name, "digest": document.digest}
                party.do("sign_exchange_document", number, **said)


def paired(scheme: Scheme, visitor: tuple[Machine, Any], host: tuple[Machine, Any]) -> None:
    """Let the support office match the whole round, and who takes part see its pairs and check the certificate."""
    asked = {"round": "pilot", "seed": "Lotto 2021-02-22: 4 8 15 16 23 42", "least_points": 0}
    assert visitor[0].refused("create_round_pairing", **asked).type_ == "/problems/permission-missing"
    made = scheme.office.do("create_round_pairing", **asked)
    until = time.monotonic() + 60
    while (told := visitor[0].ask("get_round_pairing", made.id)).state in {"queued", "running"}:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert (told.state, told.visitors, told.hosts, told.pairs) == ("succeeded", 4, 1, 4)
    pairs = visitor[0].ask("list_round_pairs", made.id).items
    assert [(one.visitor_id, one.host_id) for one in pairs] == [(visitor[1], host[1])]
    wrong = host[0].refused("propose_round_pairs", pairing_id=made.id, participant_id=visitor[1])
    assert wrong.type_ == "/problems/permission-missing"
    document = host[0].ask("get_round_certificate", made.id).to_dict()
    assert flaws_of(RoundCertificate.model_validate(document)) == []


def matched(visitor: tuple[Machine, Any], host: tuple[Machine, Any]) -> Any:
    """Let the visitor propose and the host accept."""
    match = visitor[0].do("propose_exchange_match", visitor_id=visitor[1], host_id=host[1]).id
    assert visitor[0].refused("accept_exchange_match", match).type_ == "/problems/other-side-answers"
    early = visitor[0].refused("build_exchange", match_id=match, mode="physical")
    assert early.type_ == "/problems/match-not-confirmed"
    host[0].do("accept_exchange_match", match)
    assert host[0].refused("accept_exchange_match", match).type_ == "/problems/move-not-allowed"
    again = host[0].refused("propose_exchange_match", visitor_id=visitor[1], host_id=host[1])
    assert again.type_ == "/problems/match-taken"
    return match


def agreed(clusters: dict[str, Applicant], visitor: tuple[Machine, Any], host: tuple[Machine, Any], match: Any) -> str:
    """Let both sides plan, four parties sign, and the partnership of the visitor agree."""
    number = str(visitor[0].do("build_exchange", match_id=match, mode="physical").number)
    vop, hop = clusters["FR"].manager, clusters["PT"].manager
    assert vop.refused("agree_exchange", number).type_ == "/problems/plan-not-possible"
    after = {**PLAN, "begins_on": "2022-06-06", "ends_on": "2022-06-10", "agenda": []}
    visitor[0].do("plan_exchange", number, **after)
    sign_all(number, ((visitor[0], "vo"), (host[0], "ho"), (vop, "vop"), (hop, "hop")))
    assert vop.refused("agree_exchange", number).type_ == "/problems/plan-not-possible"
    assert host[0].refused("plan_exchange", number, account=PAYEE).type_ == "/problems/plan-not-allowed"
    wrong = {**PAYEE, "iban": "BE68539007547035"}
    assert visitor[0].refused("plan_exchange", number, **PLAN, account=wrong).type_ == "/problems/account-not-valid"
    visitor[0].do("plan_exchange", number, **PLAN, account=PAYEE)
    assert vop.refused("agree_exchange", number).type_ == "/problems/signatures-missing"
    text = {"document": "commitment_to_quality", "party": "vo"}
    forged = host[0].refused("sign_exchange_document", number, **text, digest="0" * 64)
    assert forged.type_ == "/problems/no-party"
    other = visitor[0].refused("sign_exchange_document", number, **text, digest="0" * 64)
    assert other.type_ == "/problems/document-changed"
    sign_all(number, ((visitor[0], "vo"), (host[0], "ho"), (vop, "vop"), (hop, "hop")))
    assert hop.refused("agree_exchange", number).type_ == "/problems/no-party"
    told = vop.do("agree_exchange", number)
    assert (told.state, told.agreed_cents, told.amount.ceiling) == ("agreed", 78_000, "2020-PT")
    assert vop.refused("agree_exchange", number).type_ == "/problems/move-not-allowed"
    return number


def done_and_validated(house: House, clusters: dict[str, Applicant], visitor: tuple[Machine, Any], number: str) -> None:
    """Travel, report, show evidence, and be validated."""
    assert visitor[0].refused("report_exchange", number, **REPORT).type_ == "/problems/not-yet"
    assert visitor[0].refused("prove_exchange", number, **PROOF).type_ == "/problems/not-yet"
    house.on("2021-03-08")
    assert visitor[0].refused("plan_exchange", number, goals="Others.").type_ == "/problems/plan-fixed"
    vop = clusters["FR"].manager
    assert vop.refused("validate_exchange", number).type_ == "/problems/report-missing"
    visitor[0].do("report_exchange", number, **REPORT)
    assert visitor[0].refused("report_exchange", number, **REPORT).type_ == "/problems/report-stands"
    assert vop.refused("validate_exchange", number).type_ == "/problems/report-missing"
    visitor[0].do("prove_exchange", number, **PROOF)
    assert clusters["PT"].manager.refused("validate_exchange", number).type_ == "/problems/no-party"
    told = vop.do("validate_exchange", number)
    assert (told.state, told.payable_cents, told.due_on.isoformat()) == ("validated", 78_000, "2021-03-18")
    assert vop.refused("validate_exchange", number).type_ == "/problems/move-not-allowed"


def paid(house: House, manager: Person, stranger: Party, partnership: str, numbers: set[str]) -> None:
    """Order the payments in a file, and read what the bank says of them."""
    order = {"partnership_id": partnership, "account": PAYER, "execution_on": "2021-03-10"}
    assert stranger.refused("order_exchange_payments", **order).type_ == "/problems/partnership-not-found"
    made = manager.do("order_exchange_payments", **order)
    assert stranger.refused("get_payment_file", made.id).type_ == "/problems/payment-file-not-found"
    assert manager.refused("order_exchange_payments", **order).type_ == "/problems/nothing-due"
    assert manager.call("get_payment_file", made.id).content.count(b">780.00<") == len(numbers)
    references = [one.end_to_end_id for one in made.payments]
    partly = statement(entry(references[0], "779.00", day="2021-03-10"))
    other = stranger.refused("read_bank_statement", partnership_id=partnership, content=partly)
    assert other.type_ == "/problems/partnership-not-found"
    told = manager.do("read_bank_statement", partnership_id=partnership, content=partly)
    assert [(one.finding, told.applied) for one in told.findings] == [("other_amount", 0)]
    house.on("2021-03-11")
    whole = statement(*(entry(one, "780.00", day="2021-03-10") for one in references))
    told = manager.do("read_bank_statement", partnership_id=partnership, content=whole)
    assert {one.number for one in told.findings if one.finding == "applied_paid"} == numbers
    again = statement(entry(references[0], "780.00", day="2021-03-11"))
    told = manager.do("read_bank_statement", partnership_id=partnership, content=again)
    assert [(one.finding, told.applied) for one in told.findings] == [("already_settled", 0)]
    for number in numbers:
        shown = manager.ask("get_exchange", number)
        assert (shown.state, shown.paid_on.isoformat()) == ("paid", "2021-03-10")


def certified(scheme: Scheme, visitor: Machine, number: str) -> None:
    """Get the certificate as the visitor, and verify as a stranger what it states."""
    assert visitor.call("get_exchange_certificate", number).content.startswith(b"%PDF-")
    assert scheme.stranger.refused("get_exchange_certificate", number).type_ == "/problems/credentials-required"
    told = scheme.stranger.ask("verify_exchange_certificate", visitor.ask("get_exchange", number).certificate_sha256)
    assert (told.number, told.working_days, told.visitor.country, told.host.country) == (number, 5, "FR", "PT")
    unknown = scheme.stranger.refused("verify_exchange_certificate", "0" * 64)
    assert unknown.type_ == "/problems/certificate-unknown"


def reported(scheme: Scheme, clusters: dict[str, Applicant], partnership: str) -> None:
    """Let the partnership report its progress, with the indicators as they are, and the office accept it."""
    manager = clusters["FR"].manager
    later = manager.refused("submit_progress_report", partnership, until="2021-04-01", summary="Four visits.")
    assert later.type_ == "/problems/period-not-possible"
    made = manager.do("submit_progress_report", partnership, until="2021-03-10", summary="Four visits.")
    assert {one.kpi: one.value for one in made.indicators}["CXC_EXCHANGES"] == 4
    refused = manager.refused("accept_progress_report", partnership, made.number, answer="Well done.")
    assert refused.type_ == "/problems/permission-missing"
    told = scheme.office.do("accept_progress_report", partnership, made.number, answer="Well done.")
    assert (told.state, told.digest) == ("accepted", made.digest)


def year_is_reported(scheme: Scheme, manager: Person) -> None:
    """Let the office report the first year in which four travelled, once it is over, for everybody to read."""
    assert scheme.office.refused("draft_yearly_report", year=2021).type_ == "/problems/report-year-not-over"
    scheme.house.on("2022-01-10")
    assert manager.refused("draft_yearly_report", year=2021).type_ == "/problems/permission-missing"
    made = scheme.office.do("draft_yearly_report", year=2021)
    assert scheme.stranger.refused("get_yearly_report", made.id).type_ == "/problems/yearly-report-not-found"
    scheme.office.do("release_yearly_report", made.id)
    told = scheme.stranger.ask("get_yearly_report", made.id)
    figures = {(one.code, one.part): one.value for one in told.figures if one.level is None}
    assert (figures["exchanges", "physical"], figures["partnerships", None]) == (4, 2)
    assert scheme.office.ask("recount_yearly_report", made.id).is_same
