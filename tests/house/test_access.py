"""Who may do what, as one table: every operation of the document by every role, upon what is others' and one's own.

A new operation or a new role fails here until it is entered. Each request is a rehearsal of the document's example, so
that what stands behind a permission (a state, a rule) may still say no; the table is about what comes before that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.models import Credential, Invitation, Organisation
from cluster_api.identity.states import CredentialKind, Role, Standing
from cluster_api.imports.states import ImportMode
from cluster_api.jobs.models import Job
from cluster_api.jobs.states import JobState
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.methodology.models import Methodology
from cluster_api.methodology.schemas import EXAMPLE as METHODOLOGY
from tests.assessments.given import PDF
from tests.assessors.given import given_training
from tests.callers import FOR_EVER, LONG_AGO, given_client, given_credential, given_organisation
from tests.conftest import NOW
from tests.house.given import given_cases, given_complaint
from tests.house.test_contract import Operation, operations
from tests.house.test_openapi import request_of
from tests.issuers import TestIssuer
from tests.people.given import given_person
from tests.register import given_cluster, given_label
from tests.worlds.given import put

Headers = dict[str, str]
CALLERS = (
    "public", "account", "person", "reader", "editor", "cluster", "platform", "partnership", "participant",
    "assessor", "secretariat", "board", "commission", "auditor", "admin", "expert",
)  # fmt: skip
"""Nobody; an account of nobody yet; a member of a cluster organisation; machines; each role's owner; an assessor."""

TABLE = """
# operation                    pub acc per rea edi clu pla prt ptc ass sec boa com aud adm exp
list_expiring_labels           ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  --  --
list_register                  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_holder                     ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..
get_label                      ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
verify_label                   ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_label_figures              ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_benchmark_figures          ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
list_clusters                  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
create_cluster                 ??  --  --  --  ++  ++  ++  --  --  --  ++  --  --  --  --  --
get_cluster                    ..  ..  .+  .+  .+  .+  .+  ..  ..  ..  ++  ..  ..  ++  ..  ..
update_cluster                 ??  --  --  --  .+  .+  .+  --  --  --  ++  --  --  --  --  --
get_cluster_members            ..  ..  .+  .+  .+  .+  .+  ..  ..  ..  ++  ..  ..  ++  ..  ..
list_cluster_versions          ..  ..  .+  .+  .+  .+  .+  ..  ..  ..  ++  ..  ..  ++  ..  ..
get_cluster_succession         ..  ..  .+  .+  .+  .+  .+  ..  ..  ..  ++  ..  ..  ++  ..  ..
record_cluster_succession      ??  --  --  --  .+  .+  .+  --  --  --  ++  --  --  --  --  --
assign_cluster                 ??  --  --  --  .-  .-  .-  --  --  --  ++  --  --  --  --  --
get_cluster_profile            ..  ..  .+  .+  .+  .+  .+  ..  ..  ..  ++  ..  ..  ++  ..  ..
submit_cluster_profile         ??  --  --  --  .+  .+  .+  --  --  --  ++  --  --  --  --  --
publish_cluster_profile        ??  --  --  --  .-  .-  .-  --  --  --  ++  --  --  --  --  --
reject_cluster_profile         ??  --  --  --  .-  .-  .-  --  --  --  ++  --  --  --  --  --
archive_cluster_profile        ??  --  --  --  .+  .+  .+  --  --  --  ++  --  --  --  --  --
revise_cluster_profile         ??  --  --  --  .+  .+  .+  --  --  --  ++  --  --  --  --  --
get_label_record               ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  --  --
suspend_label                  ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  --
reinstate_label                ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  --
withdraw_label                 ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  --
file_complaint                 ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
list_complaints                ??  --  ++  --  --  --  --  --  --  --  ++  --  --  ++  --  ++
look_up_complaint              ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..
count_complaints               ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_complaint                  ??  --  ..  --  --  --  --  --  --  --  ++  --  --  ++  --  ..
acknowledge_complaint          ??  --  ..  --  --  --  --  --  --  --  ++  --  --  --  --  ..
assign_complaint               ??  --  ..  --  --  --  --  --  --  --  ++  --  --  --  --  ..
answer_complaint               ??  --  ..  --  --  --  --  --  --  --  ++  --  --  --  --  ..
close_complaint                ??  --  ..  --  --  --  --  --  --  --  ++  --  --  --  --  ..
erase_complaint                ??  --  ..  --  --  --  --  --  --  --  ++  --  --  --  --  ..
list_invoices                  ??  --  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
issue_invoice                  ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  --
get_invoice                    ??  --  .+  .+  .+  .+  .+  .+  .+  .+  ++  .+  .+  ++  .+  .+
get_invoice_file               ??  --  .+  .+  .+  .+  .+  .+  .+  .+  ++  .+  .+  ++  .+  .+
credit_invoice                 ??  --  .-  .-  .-  .-  .-  .-  .-  .-  ++  .-  .-  --  .-  .-
record_payment                 ??  --  .-  .-  .-  .-  .-  .-  .-  .-  ++  .-  .-  --  .-  .-
get_quote                      ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
list_methodologies             ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
create_methodology             ??  --  --  --  --  --  --  --  --  --  --  --  --  --  ++  --
get_methodology                ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ++  ++  ..  ++  ++  ..
update_methodology             ??  --  --  --  --  --  --  --  --  --  --  --  --  --  ++  --
list_methodology_versions      ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ++  ++  ..  ++  ++  ..
get_methodology_schema         ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ++  ++  ..  ++  ++  ..
get_methodology_crosswalk      ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ++  ++  ..  ++  ++  ..
score_methodology_sheet        ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ++  ++  ..  ++  ++  ..
check_methodology_form         ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ++  ++  ..  ++  ++  ..
consult_methodology            ??  --  --  --  --  --  --  --  --  --  --  --  --  --  ++  --
revise_methodology             ??  --  --  --  --  --  --  --  --  --  --  --  --  --  ++  --
publish_methodology            ??  --  --  --  --  --  --  --  --  --  --  --  --  --  ++  --
retire_methodology             ??  --  --  --  --  --  --  --  --  --  --  --  --  --  ++  --
get_prices                     ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
list_benchmarks                ??  --  ++  ++  ++  ++  --  --  --  ++  ++  --  --  ++  --  ++
open_benchmark                 ??  --  .-  .-  .+  .+  --  --  --  ..  ++  --  --  --  --  ..
get_benchmark                  ??  --  .+  .+  .+  .+  --  --  --  ..  ++  --  --  ++  --  .+
update_benchmark               ??  --  .-  .-  .-  .+  --  --  --  ..  --  --  --  --  --  .+
check_benchmark                ??  --  .+  .+  .+  .+  --  --  --  ..  ++  --  --  ++  --  .+
submit_benchmark               ??  --  .-  .-  .+  .+  --  --  --  ..  --  --  --  --  --  .-
assign_benchmark_expert        ??  --  .-  .-  .-  .-  --  --  --  ..  ++  --  --  --  --  .-
send_back_benchmark            ??  --  .-  .-  .-  .-  --  --  --  ..  +-  --  --  --  --  .+
start_benchmark_interview      ??  --  .-  .-  .-  .-  --  --  --  ..  --  --  --  --  --  .+
freeze_benchmark               ??  --  .-  .-  .-  .-  --  --  --  ..  --  --  --  --  --  .+
prepare_benchmark_report       ??  --  .-  .-  .-  .-  --  --  --  ..  --  --  --  --  --  .+
release_benchmark              ??  --  .-  .-  .-  .-  --  --  --  ..  ++  --  --  --  --  .-
void_benchmark                 ??  --  .-  .-  .-  .-  --  --  --  ..  ++  --  --  --  --  .-
list_benchmark_versions        ??  --  .+  .+  .+  .+  --  --  --  ..  ++  --  --  ++  --  .+
correct_benchmark              ??  --  .-  .-  .-  .-  --  --  --  ..  ++  --  --  --  --  .+
get_benchmark_report           ??  --  ..  ..  ..  .+  --  --  --  ..  +.  --  --  +.  --  ..
get_benchmark_report_pdf       ??  --  ..  ..  ..  .+  --  --  --  ..  +.  --  --  +.  --  ..
list_assessments               ??  --  ++  ++  ++  ++  --  --  --  ++  ++  ++  --  ++  --  ++
apply_for_assessment           ??  --  .-  .-  .+  .+  --  --  --  ..  --  ..  --  --  --  ..
get_assessment                 ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
list_assessment_history        ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
get_assessment_checks          ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
get_assessment_deadlines       ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
submit_assessment              ??  --  .-  .-  .+  .+  --  --  --  ..  --  -.  --  --  --  .-
return_assessment              ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
admit_assessment               ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
reject_assessment              ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
contract_assessment            ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
prepare_assessment             ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
withdraw_assessment            ??  --  .-  .-  .+  .+  --  --  --  ..  --  -.  --  --  --  .-
abandon_assessment             ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
expire_assessment              ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
get_assessment_eligibility     ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
answer_assessment_eligibility  ??  --  .-  .-  .+  .+  --  --  --  ..  --  -.  --  --  --  .-
waive_assessment_criterion     ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
list_assignments               ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
propose_assessor               ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
list_candidates                ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
get_assignment                 ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
accept_assignment              ??  --  .-  .-  .-  .-  --  --  --  ..  --  -.  --  --  --  .+
decline_assignment             ??  --  .-  .-  .-  .-  --  --  --  ..  --  -.  --  --  --  .+
declare_conflict               ??  --  .-  .-  .-  .-  --  --  --  ..  --  -.  --  --  --  .+
agree_assignment               ??  --  .-  .-  .+  .+  --  --  --  ..  --  -.  --  --  --  .-
object_assignment              ??  --  .-  .-  .+  .+  --  --  --  ..  --  -.  --  --  --  .-
replace_assignment             ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
plan_assessment_visit          ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
schedule_assessment            ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
reschedule_assessment          ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
record_assessment_visit        ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
list_evidence                  ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
send_evidence                  ??  --  .-  .-  .+  .+  --  --  --  ..  --  -.  --  --  --  .+
get_evidence                   ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
download_evidence              ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
check_evidence                 ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
remove_evidence                ??  --  .-  .-  .+  .+  --  --  --  ..  --  -.  --  --  --  .+
get_self_assessment            ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
write_self_assessment          ??  --  .-  .-  .+  .+  --  --  --  ..  --  -.  --  --  --  .-
update_self_assessment         ??  --  .-  .-  .+  .+  --  --  --  ..  --  -.  --  --  --  .-
hand_in_self_assessment        ??  --  .-  .-  .+  .+  --  --  --  ..  --  -.  --  --  --  .-
return_self_assessment         ??  --  .-  .-  .-  .-  --  --  --  ..  ++  -.  --  --  --  .-
get_scores                     ??  --  ..  ..  ..  ..  --  --  --  ..  ++  +.  --  ++  --  .+
write_scores                   ??  --  ..  ..  ..  ..  --  --  --  ..  --  -.  --  --  --  .+
submit_scores                  ??  --  ..  ..  ..  ..  --  --  --  ..  --  -.  --  --  --  .+
get_consensus                  ??  --  ..  ..  ..  .+  --  --  --  ..  ++  +.  --  ++  --  .+
write_consensus                ??  --  ..  ..  ..  .-  --  --  --  ..  --  -.  --  --  --  .+
get_assessment_report          ??  --  ..  ..  ..  .+  --  --  --  ..  +.  +.  --  +.  --  ..
seal_assessment_report         ??  --  .-  .-  .-  .-  --  --  --  ..  --  -.  --  --  --  .+
explain_assessment             ??  --  .+  .+  .+  .+  --  --  --  ..  ++  +.  --  ++  --  .+
open_decision                  ??  --  .-  .-  .-  .-  --  --  --  --  ++  -.  --  --  --  --
list_decisions                 ??  --  ++  ++  ++  ++  --  --  --  --  ++  ++  --  ++  --  --
get_decision                   ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
get_decision_record            ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
list_decision_votes            ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
cast_decision_vote             ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
change_decision_chair          ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
conclude_decision              ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
notify_decision                ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
replay_decision                ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
file_appeal                    ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
list_appeals                   ??  --  ++  ++  ++  ++  --  --  --  --  ++  ++  --  ++  --  --
count_appeals                  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_appeal                     ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
review_appeal                  ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
conclude_appeal                ??  --  ..  ..  ..  ..  --  --  --  --  ..  ..  --  ..  --  --
list_vocabularies              ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_vocabulary                 ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
start_import                   ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  --
list_imports                   ??  --  --  --  --  --  --  --  --  --  ++  --  --  ++  --  --
get_import                     ??  --  --  --  --  --  --  --  --  --  ++  --  --  ++  --  --
export_records                 ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
list_jobs                      ??  --  --  --  --  --  --  --  --  --  ++  --  --  ++  --  --
get_job                        ??  --  --  --  --  --  --  --  --  --  ++  --  --  ++  --  --
list_job_findings              ??  --  --  --  --  --  --  --  --  --  ++  --  --  ++  --  --
list_job_history               ??  --  --  --  --  --  --  --  --  --  ++  --  --  ++  --  --
cancel_job                     ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  --
list_clients                   ??  --  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
create_client                  ??  --  --  --  --  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  --
get_client                     ??  --  .+  .+  .+  .+  .+  .+  .+  .+  ++  .+  .+  ++  ++  .+
update_client                  ??  --  --  --  --  .+  .+  .+  .+  .+  -+  .+  .+  -+  ++  --
disable_client                 ??  --  --  --  --  .+  .+  .+  .+  .+  -+  .+  .+  -+  ++  --
enable_client                  ??  --  --  --  --  .+  .+  .+  .+  .+  -+  .+  .+  -+  ++  --
list_client_keys               ??  --  .+  .+  .+  .+  .+  .+  .+  .+  ++  .+  .+  ++  ++  .+
issue_client_key               ??  --  --  --  --  .+  .+  .+  .+  .+  -+  .+  .+  -+  ++  --
list_client_history            ??  --  .+  .+  .+  .+  .+  .+  .+  .+  ++  .+  .+  ++  ++  .+
revoke_client_key              ??  --  --  --  --  .+  .+  .+  .+  .+  -+  .+  .+  -+  ++  --
get_jwks                       ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_authorization_server       ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_protected_resource         ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
list_journal_lines             ??  --  --  --  --  --  --  --  --  --  --  --  --  ++  --  --
list_journal_checkpoints       ??  --  --  --  --  --  --  --  --  --  --  --  --  ++  --  --
get_journal_line               ??  --  --  --  --  --  --  --  --  --  --  --  --  ++  --  --
list_organisations             ??  --  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
create_organisation            ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  ++  --
get_organisation               ??  --  .+  .+  .+  .+  .+  .+  .+  .+  ++  .+  .+  ++  ++  .+
update_organisation            ??  --  .-  .-  .-  .+  .+  .+  .+  .+  ++  .+  .+  -+  ++  .-
close_organisation             ??  --  .-  .-  .-  .-  .-  .-  .-  .-  ++  .-  .-  --  ++  .-
reopen_organisation            ??  --  .-  .-  .-  .-  .-  .-  .-  .-  ++  .-  .-  --  ++  .-
list_organisation_history      ??  --  .+  .+  .+  .+  .+  .+  .+  .+  ++  .+  .+  ++  ++  .+
list_members                   ??  --  .+  .+  .+  .+  .+  .+  .+  .+  ++  .+  .+  ++  ++  .+
change_member                  ??  --  .-  .-  .-  .+  .+  .+  .+  .+  ++  .+  .+  -+  ++  .-
remove_member                  ??  --  .+  .-  .-  .+  .+  .+  .+  .+  ++  .+  .+  -+  ++  .+
list_invitations               ??  --  .-  .-  .-  .+  .+  .+  .+  .+  ++  .+  .+  ++  ++  .-
invite_member                  ??  --  .-  .-  .-  .+  .+  .+  .+  .+  ++  .+  .+  -+  ++  .-
get_invitation                 ??  --  .-  .-  .-  .+  .+  .+  .+  .+  ++  .+  .+  ++  ++  .-
revoke_invitation              ??  --  .-  .-  .-  .+  .+  .+  .+  .+  ++  .+  .+  -+  ++  .-
accept_invitation              ??  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_me                         ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
list_people                    ??  --  ++  --  --  --  --  --  --  --  ++  --  --  ++  ++  ++
get_person                     ??  --  .+  --  --  --  --  --  --  --  ++  --  --  ++  ++  .+
update_person                  ??  --  .+  --  --  --  --  --  --  --  --  --  --  --  ++  .+
export_person                  ??  --  .+  --  --  --  --  --  --  --  --  --  --  --  ++  .+
erase_person                   ??  --  .+  --  --  --  --  --  --  --  --  --  --  --  ++  .+
list_person_history            ??  --  .+  --  --  --  --  --  --  --  ++  --  --  ++  ++  .+
list_assessors                 ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  ++
create_assessor                ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  --
get_assessor                   ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
update_assessor                ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .+
suspend_assessor               ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
reinstate_assessor             ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
retire_assessor                ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
list_assessor_history          ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
list_employments               ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
declare_employment             ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .+
end_employment                 ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .+
list_code_acceptances          ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
accept_code_of_conduct         ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .+
list_trainings                 ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  ++
create_training                ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  --
get_training                   ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  ++
update_training                ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  --
list_attendances               ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  ++
record_attendance              ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  --
list_assessor_trainings        ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
list_interests                 ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
declare_interest               ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .+
end_interest                   ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .+
withdraw_interest              ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
list_declarations              ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
declare_interests_complete     ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .+
get_conflicts                  ??  --  --  --  --  --  --  --  --  --  ++  ..  --  ++  ..  ..
list_pins                      ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
pin_conflict                   ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
withdraw_pin                   ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
list_waivers                   ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
waive_pair_rule                ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
withdraw_waiver                ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
list_qualifications            ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
grant_qualification            ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
renew_qualification            ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
withdraw_qualification         ??  --  --  --  --  --  --  --  --  --  ++  --  --  --  --  .-
get_load                       ??  --  --  --  --  --  --  --  --  --  ++  ++  --  ++  ++  .+
get_liveness                   ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_readiness                  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
list_problem_types             ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_problem_type               ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_api_catalog                ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
get_security_contact           ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++  ++
"""
"""A cell tells of a thing of others, then of one's own: ``+`` it goes on, ``?`` 401, ``-`` 403, ``.`` 404."""

PROVEN_OTHERWISE = {"give_token", "introspect_token", "revoke_token"}
"""Operations at which clients prove themselves in the words of OAuth; their own tests ask them."""
GOES_ON = {200, 201, 202, 409, 412, 422}
SIGNS = {401: "?", 403: "-", 404: ".", **dict.fromkeys(GOES_ON, "+")}


def rows() -> dict[str, list[str]]:
    """Answer the cells of each operation."""
    lines = (line.split() for line in TABLE.strip().splitlines() if line and not line.startswith("#"))
    return {line[0]: line[1:] for line in lines}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A caller, with what belongs to the same organisation, or is the same person."""

    headers: Headers
    own: Mapping[str, str]


def belongings(
    session: Session, organisation: Organisation, issuer: str, name: str, *, roles: tuple[Role, ...] = ()
) -> dict[str, str]:
    """Record one thing of each kind that belongs to an organisation, and answer their identifiers by parameter."""
    client = given_client(session, organisation)
    person = given_person(session, issuer, name, (organisation, Standing.READER), roles=roles)
    found = {"invitation_id": str(uuid7()), "job_id": str(uuid7()), "key_id": str(uuid7())}
    about = {"standing": Standing.READER, "roles": [], "author": "client:x", "digest": "0" * 64}
    dates = {"created_at": NOW, "expires_at": NOW.replace(year=2022), "public_id": found["invitation_id"][-12:]}
    put(session, Invitation, id=found["invitation_id"], organisation_id=organisation.id, **about, **dates)
    asked = {"kind": "clusters", "mode": ImportMode.ALL_OR_NOTHING.value, "dry_run": True, "file_format": "csv"}
    asked |= {"bytes": 1, "sha256": "0" * 64, "allow_duplicates": False, "encoding": None, "sheet": None}
    done = {"done": 0, "resume_line": 0, "counts": {}, "version": 1, "author": "client:x", "request_id": "1" * 32}
    state = {"kind": "import", "state": JobState.SUCCEEDED, "request": asked, "requested_at": NOW}
    put(session, Job, id=found["job_id"], organisation_id=organisation.id, **state, **done)
    key = {"kind": CredentialKind.API_KEY, "scopes": [], "created_at": LONG_AGO, "expires_at": FOR_EVER}
    put(session, Credential, id=found["key_id"], client_id=client.id, public_id=found["key_id"][-12:], **key)
    cluster_id = given_cluster(session, f"Cluster of {name}", owner_id=organisation.id, profile_state="draft")
    cases = given_cases(session, cluster_id, organisation.id, person.id, is_done=name in {"other", "cluster"})
    return {
        **found, **cases, "organisation_id": organisation.id, "client_id": client.id, "person_id": person.id,
        "cluster_id": cluster_id,
    }  # fmt: skip


def somebody(session: Session, name: str, issuer: TestIssuer) -> Somebody:
    """Answer a caller of this kind with its belongings."""
    if name in {"public", "account"}:
        return Somebody(issuer.headers(NOW, "nobody") if name == "account" else {}, {})
    role = Role(name) if name in set(map(str, Role)) else Role.ASSESSOR if name == "expert" else Role.CLUSTER
    organisation = given_organisation(session, role, name=f"Organisation of {name}")
    own = belongings(session, organisation, issuer.name, name, roles=(Role.ASSESSOR,) * (name == "expert"))
    if name in {"person", "expert"}:
        return Somebody(issuer.headers(NOW, name), own)
    standing = Standing(name) if name in {"reader", "editor"} else Standing.OWNER
    return Somebody(given_credential(session, given_client(session, organisation, standing=standing)), own)


def everywhere(session: Session) -> dict[str, str]:
    """Record what belongs to nobody in particular, and answer how it is named."""
    about = {"kind": METHODOLOGY["document"]["kind"], "state": "draft", "document": METHODOLOGY["document"]}
    put(
        session, Methodology, id=str(uuid7()), code="DRAFT-2021", version=1, revision=1, created_at=NOW, updated_at=NOW,
        **about,
    )  # fmt: skip
    holder = given_cluster(session, "Holder of a label")
    number = given_label(session, holder, "gold", (date(2020, 5, 1), date(2022, 4, 30)))
    record(session, Author("client:x", NOW, "1" * 32), "thing.changed", ("thing", str(uuid7())))
    common = {"code": "DRAFT-2021", "position": "1", "number": number, "training_id": given_training(session).id}
    return common | given_complaint(session, 1)


def ask(client: TestClient, operation: Operation, things: Mapping[str, str], headers: Headers) -> int:
    """Answer the status of a rehearsal of the example of an operation upon these things."""
    example, query, body, media_type = request_of(operation)
    area = f"{operation[0].split('/')[2]}/" if operation[0].startswith("/v1/") else "/"
    # A name of a parameter can stand for several kinds of thing: for those of its area first.
    things = {**things, **{name.removeprefix(area): thing for name, thing in things.items() if name.startswith(area)}}
    places = {name: f"{{{name}}}" for name in things}
    path = operation[0] if any(place in operation[0] for place in places.values()) else example
    for name, place in places.items():
        path = path.replace(place, things[name])
    for told in (query, body):
        if isinstance(told, dict) and told.get("cluster_id"):
            told["cluster_id"] = things["cluster_id"]
    if operation[1] == "get":
        return client.get(path, params=query, headers=headers).status_code
    sent = {**headers, "If-Match": "*", "Content-Type": media_type or "application/json"}
    sent["Idempotency-Key"] = str(uuid7())
    content: dict[str, Any] = {"json": body} if body is not None else {}
    if media_type == "application/octet-stream":
        content = {"content": PDF if "evidence" in path else b"legal_name,country\nTide,DE\n"}
    return client.request(
        operation[1].upper(), path, params={**query, "dry_run": "true"}, headers=sent, **content
    ).status_code


ASKED = [one for one in operations() if one[2]["operationId"] not in PROVEN_OTHERWISE]


def test_every_operation_and_every_role_is_entered() -> None:
    assert set(rows()) == {one[2]["operationId"] for one in ASKED}
    assert {role.value for role in Role} <= set(CALLERS)
    assert {len(cells) for cells in rows().values()} == {len(CALLERS)}


def test_who_may(client: TestClient, database: Database, issuer: TestIssuer) -> None:
    with database.transaction() as session:
        common = everywhere(session)
        others = belongings(session, given_organisation(session, Role.CLUSTER, name="Others"), issuer.name, "other")
        callers = [somebody(session, name, issuer) for name in CALLERS]
    given = {}
    for operation in ASKED:
        found = [
            [ask(client, operation, {**common, **things}, caller.headers) for things in (others, caller.own or others)]
            for caller in callers
        ]
        given[operation[2]["operationId"]] = ["".join(SIGNS.get(one, str(one)) for one in cell) for cell in found]
    assert given == rows()


def test_closed_organisation_is_let_in_nowhere(client: TestClient, database: Database) -> None:
    with database.transaction() as session:
        closed = given_organisation(session, Role.SECRETARIAT, Role.ADMIN, Role.AUDITOR)
        closed.closed_at = LONG_AGO
        headers = given_credential(session, given_client(session, closed))
    # What fails is slowed for its address: this one is used by no other test, and only for what is free.
    stranger = TestClient(client.app, base_url="http://127.0.0.1:8000", client=("192.0.2.9", 1))
    asked = [one for one in ASKED if one[2]["operationId"] in {"list_clusters", "create_cluster", "get_me"}]
    assert [ask(stranger, one, {}, headers) for one in asked] == [401, 401, 401]
