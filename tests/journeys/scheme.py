"""The scheme in a journey: who runs it, decides, assesses, audits and applies, all of them made over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cluster_api.clients.actions import make_client
from cluster_api.identity.states import Role, Standing
from cluster_api.upkeep.actions import journal_faults
from tests.journeys.parties import YEAR_OF_A_SECRET, House, Machine, Party, Person

P = TypeVar("P", bound=Person)
MOST = 200
"""Items of a page."""
CERTIFIED = "Certified by the operator before this service began."
TOO_FEW_CASES = "Too few cases in this country to be assigned twice."
BOARD = ("berta", "bruno", "bella", "anton", "alma", "arno")
QUESTIONNAIRE, INDICATORS = "ESCA-BRONZE-2019", "ECEI-2013"
SHOWN = {"sme": 30, "non_sme": 6, "rd_institution": 3, "university": 3}


class Expert(Person):
    """An assessor of the pool."""

    assessor_id: str = ""

    def declares_everything(self) -> None:
        """Declare that every interest is on record; believed for a year."""
        self.do("declare_interests_complete", self.assessor_id)


@dataclass
class Applicant:
    """A cluster organisation: its cluster, its manager, and the machine that fills in its forms."""

    id: str
    organisation_id: str
    manager: Person
    system: Machine
    name: str


@dataclass
class Scheme:
    """Everybody but the applicants."""

    house: House
    admin: Machine

    def __post_init__(self) -> None:
        """Have the administrator make those who run and audit, and the office invite the board."""
        self.office = self.machine("The office", "secretariat")
        self.auditor = self.machine("Court of auditors", "auditor")
        self.stranger = Party(self.house, "a stranger")
        council = self.organisation("The council")
        self.board = {name: self.invited(Person(self.house, name), council, roles=["board"]) for name in BOARD}

    def organisation(self, name: str, *roles: str, country: str = "BE") -> str:
        """Record an organisation."""
        return str(self.admin.do("create_organisation", name=name, country=country, roles=roles).id)

    def machine(self, name: str, *roles: str, of: str | None = None) -> Machine:
        """Make a machine client of an organisation, which is recorded unless it is on record."""
        made = self.admin.do(
            "create_client", organisation_id=of or self.organisation(name, *roles), name=name, standing="owner"
        )
        key = self.admin.do("issue_client_key", made.id, kind="client_secret", days=YEAR_OF_A_SECRET)
        return Machine(self.house, name, str(made.id), key.secret)

    def invited(self, person: P, organisation_id: str, *, roles: Any = (), standing: str = "reader") -> P:
        """Have somebody invited into an organisation, who takes it up with an account of the identity provider."""
        code = self.office.do("invite_member", organisation_id, standing=standing, roles=roles).code
        person.joins(code)
        return person

    def taken_in(self, name: str, country: str, *roles: str) -> Expert:
        """Take somebody with an employer of its own into the pool: declared, bound by the code, trained, qualified."""
        employer = f"{name.title()} and Partners"
        expert = self.invited(Expert(self.house, name), self.organisation(employer), roles=["assessor"])
        made = self.office.do("create_assessor", person_id=expert.id, country=country, languages=["en"])
        expert.assessor_id = str(made.id)
        expert.do("declare_employment", expert.assessor_id, kind="employed", name=employer)
        expert.do("accept_code_of_conduct", expert.assessor_id, version="2019")
        expert.declares_everything()
        for methodology in (QUESTIONNAIRE, INDICATORS):
            self._trained(expert, methodology)
        for role in roles:
            self.office.do("grant_qualification", expert.assessor_id, role=role, waiver=CERTIFIED)
        return expert

    def _trained(self, expert: Expert, methodology: str, kind: str = "initial") -> None:
        training = self.office.do(
            "create_training", kind=kind, methodology_code=methodology, methodology_version=1,
            began_on=self.house.today, ended_on=self.house.today, place="Berlin",
        )  # fmt: skip
        self.office.do("record_attendance", training.id, assessor_id=expert.assessor_id, result="passed")

    def refreshed(self, expert: Expert) -> None:
        """Train somebody again, renew the qualification, although there was too little to do, for a reason."""
        self._trained(expert, INDICATORS, kind="refresher")
        [held] = self.office.ask("list_qualifications", expert.assessor_id).items
        too_few = self.office.refused("renew_qualification", expert.assessor_id, held.id)
        assert too_few.type_ == "/problems/needs-not-met"
        assert too_few.additional_properties["needs"] == held.renewal_lacks
        self.office.do("renew_qualification", expert.assessor_id, held.id, waiver=TOO_FEW_CASES)
        expert.declares_everything()

    def registered(
        self, name: str, manager: str, country: str = "IE", *, waiver: str | None = None, **facts: Any
    ) -> Applicant:
        """Register a cluster: its manager records it and submits its profile, the office publishes it."""
        organisation_id = self.organisation(name, "cluster", country=country)
        person = self.invited(Person(self.house, manager), organisation_id, standing="owner")
        about = {
            "portfolio": "ENERGY_ENVIRONMENT", "website": "https://www.example.org", "staff_fte": 4,
            "english_page": "https://www.example.org/en", "members": SHOWN, "descriptions": {"en": "Tidal energy."},
        }  # fmt: skip
        cluster = person.do("create_cluster", legal_name=name, country=country, **{**about, **facts})
        person.do("submit_cluster_profile", cluster.id)
        self.office.do("publish_cluster_profile", cluster.id, waiver=waiver)
        system = self.machine(f"Forms of {name}", of=organisation_id)
        return Applicant(str(cluster.id), organisation_id, person, system, name)

    def form(self, code: str) -> dict[str, Any]:
        """Answer the example that a form shows to everybody."""
        found: dict[str, Any] = self.stranger.ask("get_methodology_schema", code).to_dict()["examples"][0]
        return found

    def verdict(self, number: str, **asked: Any) -> tuple[str, bool]:
        """Answer what a stranger is told of a label."""
        told = self.stranger.ask("verify_label", number, **asked)
        return told.standing.value, told.is_valid

    def everything_holds(self) -> None:
        """Compute every decision again, and follow the journal from its first line to its last."""
        decisions = self.auditor.ask("list_decisions", limit=MOST).items
        again = [self.auditor.ask("replay_decision", one.id) for one in decisions]
        assert [(one.is_identical, one.differences) for one in again] == [(True, [])] * len(decisions)
        lines = self.journal()
        assert [one.position for one in lines] == [*range(len(lines), 0, -1)]
        assert [one.previous for one in lines[:-1]] == [one.digest for one in lines[1:]]
        faults, head = journal_faults(self.house.database, since=None, head=None, outside=[], most=1)
        assert (faults, head) == ([], f"{lines[0].position}:{lines[0].digest}")

    def journal(self, **asked: Any) -> list[Any]:
        """Answer the lines of the journal, the latest first."""
        found: list[Any] = []
        page = self.auditor.ask("list_journal_lines", limit=MOST, **asked)
        found += page.items
        while page.next_:
            page = self.auditor.ask("list_journal_lines", limit=MOST, cursor=page.next_, **asked)
            found += page.items
        return found

    def history_is_in_the_journal(self, case: Any, reader: Party) -> list[str]:
        """Answer what happened to a case, the first first, as a reader is told it, every line as the journal has it."""
        told = reader.ask("list_assessment_history", case, limit=MOST).items
        kept = {one.id: one for one in self.journal(subject_kind="assessment", subject_id=case)}
        assert {one.id for one in told} == set(kept)
        assert [one.event for one in told] == [kept[one.id].event for one in told]
        return [one.event for one in reversed(told)]


def founded(house: House) -> Scheme:
    """Found the scheme: the command line makes the first administrator, who makes all others over HTTP."""
    made: Mapping[str, Any] = make_client(
        house.database, house.clock, name="Administration", organisation="The operator", roles=[Role.ADMIN],
        country="BE", standing=Standing.OWNER,
    )  # fmt: skip
    admin = Machine(house, "admin", made["client_id"], made["client_secret"])
    admin.replace_secret()
    return Scheme(house, admin)
