"""Who may do what, on one page.

A role gives permissions; what one is in an organisation (``Standing``) bounds them; the scopes of a client and of its
key bound them further. Permissions whose name ends in ``_all`` reach everything there is, the others only what belongs
to the organisation in which one holds them: queries ask for that in their ``WHERE``. Source of the roles: the HTTP
contract of this service; nobody who assesses decides, and who runs the process does not decide (labels, 4).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from cluster_api.identity.states import Role, Standing


class Permission(StrEnum):
    """What can be allowed; ``noun:verb``."""

    CLUSTERS_READ = "clusters:read"
    """See the own clusters also while their profiles are not published."""
    CLUSTERS_READ_ALL = "clusters:read_all"
    """See every cluster, whatever the state of its profile, with authors and reasons of changes."""
    CLUSTERS_WRITE = "clusters:write"
    """Record clusters as the own; change them, submit their profiles, record what became of them."""
    CLUSTERS_WRITE_ALL = "clusters:write_all"
    """Record and change every cluster, and say whose it is."""
    CLUSTERS_REVIEW = "clusters:review"
    """Publish or reject a submitted profile."""
    IMPORTS_RUN = "imports:run"
    """See the jobs of the own organisation; with ``clusters:read_all``, rehearse and apply imports."""
    JOBS_READ_ALL = "jobs:read_all"
    """See the jobs of everybody."""
    ORGANISATIONS_READ = "organisations:read"
    """See the own organisation, its members and its machine clients."""
    ORGANISATIONS_MANAGE = "organisations:manage"
    """Invite, change and remove members of the own organisation."""
    ORGANISATIONS_READ_ALL = "organisations:read_all"
    """See every organisation, its members and its machine clients."""
    ORGANISATIONS_WRITE_ALL = "organisations:write_all"
    """Create organisations, give them roles, close them, and invite their members."""
    CLIENTS_MANAGE = "clients:manage"
    """Create machine clients of the own organisation, with their keys, and disable them."""
    CLIENTS_MANAGE_ALL = "clients:manage_all"
    """The same for every organisation; ask about every token."""
    PEOPLE_READ_ALL = "people:read_all"
    """See every person, by name and address."""
    PEOPLE_ERASE = "people:erase"
    """Export everything that is recorded about a person, mend it, and erase what is personal."""
    JOURNAL_READ = "journal:read"
    """Read the whole journal."""
    METHODOLOGIES_READ_ALL = "methodologies:read_all"
    """See drafts of indicator sets, rule sets, questionnaires and prices."""
    METHODOLOGIES_WRITE = "methodologies:write"
    """Draft, put to consultation, publish and retire them."""
    METHODOLOGIES_SIMULATE = "methodologies:simulate"
    """Score past assessments again under a draft; who does not see cases sees no small counts of what comes out."""
    ASSESSORS_READ_ALL = "assessors:read_all"
    """See every assessor of the pool, without names: qualifications, trainings, interests, conflicts, load."""
    ASSESSORS_WRITE = "assessors:write"
    """Take assessors into the pool, qualify and train them, pin conflicts and clear them."""
    ASSESSORS_DECLARE = "assessors:declare"
    """As an assessor: see what is recorded about oneself, and declare employers, interests and the code of conduct."""
    BENCHMARKS_READ = "benchmarks:read"
    """See the benchmarks of the own clusters, and their reports."""
    BENCHMARKS_WRITE = "benchmarks:write"
    """Open benchmarks of the own clusters, fill in the questionnaire, submit it."""
    BENCHMARKS_READ_ALL = "benchmarks:read_all"
    """See every benchmark with its answers and its report."""
    BENCHMARKS_RUN = "benchmarks:run"
    """Open benchmarks, assign experts, send questionnaires back, release reports, correct answers, void them."""
    BENCHMARKS_INTERVIEW = "benchmarks:interview"
    """See the benchmarks assigned to oneself, hold the interview, freeze the answers, prepare the report."""
    ASSESSMENTS_READ = "assessments:read"
    """See the assessments of the own clusters."""
    ASSESSMENTS_WRITE = "assessments:write"
    """Apply for a level for the own clusters, answer, send evidence, agree to assessors, withdraw."""
    ASSESSMENTS_READ_ALL = "assessments:read_all"
    """See every assessment, whatever its state, with the sheets of its assessors."""
    ASSESSMENTS_READ_REPORTED = "assessments:read_reported"
    """See every assessment from its sealed report on."""
    ASSESSMENTS_RUN = "assessments:run"
    """Run the process: admit, contract, propose assessors, set visits, open decisions, tell them. Decides nothing."""
    ASSESSMENTS_SCORE = "assessments:score"
    """See the assessments one is assigned to, and score, agree on a consensus and report where one is to."""
    ASSESSMENTS_DECIDE = "assessments:decide"
    """Decide about reported assessments."""
    LABELS_READ_ALL = "labels:read_all"
    """See what is kept about labels besides what is public: reasons, notices, what expires."""
    LABELS_ADMINISTER = "labels:administer"
    """Record what was decided about labels: suspended, reinstated, withdrawn."""
    COMPLAINTS_READ_ALL = "complaints:read_all"
    """See complaints, without contact details."""
    COMPLAINTS_HANDLE = "complaints:handle"
    """Acknowledge, assign and close complaints, with contact details."""
    INVOICES_READ = "invoices:read"
    """See invoices that the own organisation pays or that are for its clusters."""
    INVOICES_READ_ALL = "invoices:read_all"
    """See every invoice and payment."""
    INVOICES_ISSUE = "invoices:issue"
    """Issue invoices and credit notes, record payments."""

    CALLS_READ_ALL = "calls:read_all"
    """See planned calls, and every application to a call with how it was evaluated."""
    CALLS_RUN = "calls:run"
    """Plan, publish and close calls, conclude their evaluation. Awards nothing."""
    CALLS_APPLY = "calls:apply"
    """Apply to calls for consortia whose coordinator is an own cluster."""
    CALLS_EVALUATE = "calls:evaluate"
    """As an assessor without conflict: see and evaluate applications to closed calls."""
    CALLS_AWARD = "calls:award"
    """Decide which applications are funded."""
    PARTNERSHIPS_READ_ALL = "partnerships:read_all"
    """See agreements, activities and indicators of every partnership."""
    PARTNERSHIPS_SIGN = "partnerships:sign"
    """See the agreements of the partnerships of the own clusters, and sign them."""
    PARTNERSHIPS_RUN = "partnerships:run"
    """Run the office of the own partnerships: amend and end them, record activities, declare indicators."""
    BUDGETS_KEEP = "budgets:keep"
    """See and set the budgets of the own partnerships."""
    BUDGETS_READ_ALL = "budgets:read_all"
    """See every budget and its book."""
    EXCHANGES_TAKE_PART = "exchanges:take_part"
    """Register the own organisation for exchanges, match, sign, report."""
    EXCHANGES_LOOK_AFTER = "exchanges:look_after"
    """As a partnership: validate participants, sign, validate reports and evidence."""
    EXCHANGES_READ_ALL = "exchanges:read_all"
    """See every participant, match and exchange."""
    EXCHANGES_SUPPORT = "exchanges:support"
    """As the support office: approve hosts that need approval, suspend participants, match a whole round."""
    PAYMENTS_ORDER = "payments:order"
    """Order payments for exchanges of the own partnerships, and read the answers of the bank."""


P = Permission

LEAST: Mapping[Permission, Standing] = {
    P.CLUSTERS_READ: Standing.READER,
    P.CLUSTERS_READ_ALL: Standing.READER,
    P.CLUSTERS_WRITE: Standing.EDITOR,
    P.CLUSTERS_WRITE_ALL: Standing.EDITOR,
    P.CLUSTERS_REVIEW: Standing.EDITOR,
    P.IMPORTS_RUN: Standing.EDITOR,
    P.JOBS_READ_ALL: Standing.READER,
    P.ORGANISATIONS_READ: Standing.READER,
    P.ORGANISATIONS_MANAGE: Standing.OWNER,
    P.ORGANISATIONS_READ_ALL: Standing.READER,
    P.ORGANISATIONS_WRITE_ALL: Standing.EDITOR,
    P.CLIENTS_MANAGE: Standing.OWNER,
    P.CLIENTS_MANAGE_ALL: Standing.EDITOR,
    P.PEOPLE_READ_ALL: Standing.READER,
    P.PEOPLE_ERASE: Standing.EDITOR,
    P.JOURNAL_READ: Standing.READER,
    P.METHODOLOGIES_READ_ALL: Standing.READER,
    P.METHODOLOGIES_WRITE: Standing.EDITOR,
    P.METHODOLOGIES_SIMULATE: Standing.EDITOR,
    P.ASSESSORS_READ_ALL: Standing.READER,
    P.ASSESSORS_WRITE: Standing.EDITOR,
    P.ASSESSORS_DECLARE: Standing.EDITOR,
    P.BENCHMARKS_READ: Standing.READER,
    P.BENCHMARKS_WRITE: Standing.EDITOR,
    P.BENCHMARKS_READ_ALL: Standing.READER,
    P.BENCHMARKS_RUN: Standing.EDITOR,
    P.BENCHMARKS_INTERVIEW: Standing.EDITOR,
    P.ASSESSMENTS_READ: Standing.READER,
    P.ASSESSMENTS_WRITE: Standing.EDITOR,
    P.ASSESSMENTS_READ_ALL: Standing.READER,
    P.ASSESSMENTS_READ_REPORTED: Standing.READER,
    P.ASSESSMENTS_RUN: Standing.EDITOR,
    P.ASSESSMENTS_SCORE: Standing.EDITOR,
    P.ASSESSMENTS_DECIDE: Standing.EDITOR,
    P.LABELS_READ_ALL: Standing.READER,
    P.LABELS_ADMINISTER: Standing.EDITOR,
    P.COMPLAINTS_READ_ALL: Standing.READER,
    P.COMPLAINTS_HANDLE: Standing.EDITOR,
    P.INVOICES_READ: Standing.READER,
    P.INVOICES_READ_ALL: Standing.READER,
    P.INVOICES_ISSUE: Standing.EDITOR,
    P.CALLS_READ_ALL: Standing.READER,
    P.CALLS_RUN: Standing.EDITOR,
    P.CALLS_APPLY: Standing.EDITOR,
    P.CALLS_EVALUATE: Standing.EDITOR,
    P.CALLS_AWARD: Standing.EDITOR,
    P.PARTNERSHIPS_READ_ALL: Standing.READER,
    P.PARTNERSHIPS_SIGN: Standing.EDITOR,
    P.PARTNERSHIPS_RUN: Standing.EDITOR,
    P.BUDGETS_KEEP: Standing.EDITOR,
    P.BUDGETS_READ_ALL: Standing.READER,
    P.EXCHANGES_TAKE_PART: Standing.EDITOR,
    P.EXCHANGES_LOOK_AFTER: Standing.EDITOR,
    P.EXCHANGES_READ_ALL: Standing.READER,
    P.EXCHANGES_SUPPORT: Standing.EDITOR,
    P.PAYMENTS_ORDER: Standing.EDITOR,
}
"""The least standing in an organisation that a permission needs."""

EVERY_ORGANISATION = frozenset({P.ORGANISATIONS_READ, P.ORGANISATIONS_MANAGE, P.CLIENTS_MANAGE, P.INVOICES_READ})
"""What every organisation with a role may do about itself."""

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.PUBLIC: frozenset(),
    Role.PLATFORM: frozenset({P.CLUSTERS_READ, P.CLUSTERS_WRITE}),
    Role.CLUSTER: frozenset(
        {
            P.CLUSTERS_READ,
            P.CLUSTERS_WRITE,
            P.BENCHMARKS_READ,
            P.BENCHMARKS_WRITE,
            P.ASSESSMENTS_READ,
            P.ASSESSMENTS_WRITE,
            P.CALLS_APPLY,
            P.PARTNERSHIPS_SIGN,
            P.EXCHANGES_TAKE_PART,
        }
    ),
    Role.PARTNERSHIP: frozenset({P.PARTNERSHIPS_RUN, P.BUDGETS_KEEP, P.EXCHANGES_LOOK_AFTER, P.PAYMENTS_ORDER}),
    Role.PARTICIPANT: frozenset({P.EXCHANGES_TAKE_PART}),
    Role.ASSESSOR: frozenset({P.ASSESSORS_DECLARE, P.BENCHMARKS_INTERVIEW, P.ASSESSMENTS_SCORE, P.CALLS_EVALUATE}),
    Role.SECRETARIAT: frozenset(
        {
            P.CLUSTERS_READ_ALL,
            P.CLUSTERS_WRITE_ALL,
            P.CLUSTERS_REVIEW,
            P.IMPORTS_RUN,
            P.JOBS_READ_ALL,
            P.ORGANISATIONS_READ_ALL,
            P.ORGANISATIONS_WRITE_ALL,
            P.PEOPLE_READ_ALL,
            P.METHODOLOGIES_READ_ALL,
            P.METHODOLOGIES_SIMULATE,
            P.ASSESSORS_READ_ALL,
            P.ASSESSORS_WRITE,
            P.BENCHMARKS_READ_ALL,
            P.BENCHMARKS_RUN,
            P.ASSESSMENTS_READ_ALL,
            P.ASSESSMENTS_RUN,
            P.LABELS_READ_ALL,
            P.LABELS_ADMINISTER,
            P.COMPLAINTS_READ_ALL,
            P.COMPLAINTS_HANDLE,
            P.INVOICES_READ_ALL,
            P.INVOICES_ISSUE,
            P.CALLS_READ_ALL,
            P.CALLS_RUN,
            P.PARTNERSHIPS_READ_ALL,
            P.BUDGETS_READ_ALL,
            P.EXCHANGES_READ_ALL,
            P.EXCHANGES_SUPPORT,
        }
    ),
    Role.BOARD: frozenset(
        {
            P.METHODOLOGIES_READ_ALL,
            P.METHODOLOGIES_SIMULATE,
            P.ASSESSORS_READ_ALL,
            P.ASSESSMENTS_READ_REPORTED,
            P.ASSESSMENTS_DECIDE,
            P.LABELS_READ_ALL,
            P.CALLS_READ_ALL,
            P.CALLS_AWARD,
            P.PARTNERSHIPS_READ_ALL,
        }
    ),
    Role.COMMISSION: frozenset({P.PARTNERSHIPS_READ_ALL, P.BUDGETS_READ_ALL}),
    Role.AUDITOR: frozenset(
        {
            P.CLUSTERS_READ_ALL,
            P.JOBS_READ_ALL,
            P.ORGANISATIONS_READ_ALL,
            P.PEOPLE_READ_ALL,
            P.JOURNAL_READ,
            P.METHODOLOGIES_READ_ALL,
            P.ASSESSORS_READ_ALL,
            P.BENCHMARKS_READ_ALL,
            P.ASSESSMENTS_READ_ALL,
            P.LABELS_READ_ALL,
            P.COMPLAINTS_READ_ALL,
            P.INVOICES_READ_ALL,
            P.CALLS_READ_ALL,
            P.PARTNERSHIPS_READ_ALL,
            P.BUDGETS_READ_ALL,
            P.EXCHANGES_READ_ALL,
        }
    ),
    Role.ADMIN: frozenset(
        {
            P.ORGANISATIONS_READ_ALL,
            P.ORGANISATIONS_WRITE_ALL,
            P.CLIENTS_MANAGE_ALL,
            P.PEOPLE_READ_ALL,
            P.PEOPLE_ERASE,
            P.METHODOLOGIES_READ_ALL,
            P.METHODOLOGIES_WRITE,
            P.METHODOLOGIES_SIMULATE,
            P.ASSESSORS_READ_ALL,
        }
    ),
}
"""What each role may do."""

RANKS: Mapping[Standing, int] = {Standing.READER: 1, Standing.EDITOR: 2, Standing.OWNER: 3}

OF_ONE_CLUSTER = frozenset(
    {
        P.CLUSTERS_READ,
        P.CLUSTERS_WRITE,
        P.BENCHMARKS_READ,
        P.BENCHMARKS_WRITE,
        P.ASSESSMENTS_READ,
        P.ASSESSMENTS_WRITE,
    }
)
"""What a key that is narrowed to one cluster can be used for."""


def allowed(roles: Iterable[Role], standing: Standing, scopes: Iterable[str]) -> frozenset[Permission]:
    """Answer what somebody of this standing may do in an organisation with these roles, within these scopes.

    No scopes named means no narrowing. An organisation without a role may do nothing.
    """
    held = list(roles)
    granted = frozenset[Permission]().union(*(GRANTS[role] for role in held), EVERY_ORGANISATION if held else ())
    narrowed = frozenset(scopes)
    return frozenset(
        permission
        for permission in granted
        if RANKS[LEAST[permission]] <= RANKS[standing] and (not narrowed or permission.value in narrowed)
    )
