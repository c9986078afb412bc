"""Doing what is due, and verifying what was done; the command line calls these."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial

from joserfc import jws
from joserfc.errors import JoseError
from sqlalchemy.orm import Session

from cluster_api.assessments.actions import expire_stalled
from cluster_api.evidence.actions import check_waiting
from cluster_api.foundation.clock import Clock
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.mail import Mailer, MailUnreachable
from cluster_api.foundation.settings import Settings
from cluster_api.foundation.storage import evidence_store
from cluster_api.foundation.turns import take_turn
from cluster_api.foundation.vault import vault_of
from cluster_api.identity.access import service_actor
from cluster_api.journal.actions import make_checkpoints
from cluster_api.journal.queries import SignatureCheck, broken_lines, last_line
from cluster_api.journal.rules import Seal
from cluster_api.journal.schemas import Author
from cluster_api.notices.actions import deliver, remind
from cluster_api.retention.actions import apply_retention
from cluster_api.retention.schemas import Applied
from cluster_api.tokens.actions import ALGORITHM, rotate_keys, sign
from cluster_api.tokens.queries import every_key
from cluster_api.upkeep.queries import faulty_decisions

CHECKPOINT = "checkpoint+jws"
"""The ``typ`` of signed checkpoints: none of them passes for an access token."""


def do_what_is_due(database: Database, settings: Settings, clock: Clock) -> list[Applied]:
    """Rotate keys, seal ended days of the journal, apply retention, end stalled cases, make notices, check evidence.

    Each step is a transaction of its own. Doing it again does nothing more, and two who do it at once take turns.
    """
    author = Author("tick", clock.now(), uuid7().hex)
    done: list[Applied] = []
    for step in STEPS:
        with database.transaction() as session:
            take_turn(session, "tick")
            done += step(session, author, settings)
    return done


def _rotate(session: Session, author: Author, settings: Settings) -> list[Applied]:
    made = rotate_keys(session, vault_of(settings), author, days=settings.signing_key_days)
    return [Applied("signing_key", "make", settings.signing_key_days, made)]


def _seal(session: Session, author: Author, settings: Settings) -> list[Applied]:
    seal = partial(_signed, session, author, settings)
    return [Applied("journal_day", "seal", 1, len(make_checkpoints(session, author.at, seal)))]


def _signed(session: Session, author: Author, settings: Settings, payload: bytes) -> tuple[str, str]:
    vault, days = vault_of(settings), settings.signing_key_days
    return sign(session, vault, author, payload=payload, kind=CHECKPOINT, days=days)


def _forget(session: Session, author: Author, _settings: Settings) -> list[Applied]:
    return apply_retention(session, author)


def _check_evidence(session: Session, author: Author, settings: Settings) -> list[Applied]:
    actor = service_actor(author.name, author.at, author.request_id)
    return [Applied("evidence", "check", 0, check_waiting(session, actor, evidence_store(settings)))]


def _expire_cases(session: Session, author: Author, _settings: Settings) -> list[Applied]:
    actor = service_actor(author.name, author.at, author.request_id)
    return [Applied("assessment", "expire", 0, expire_stalled(session, actor))]


def _remind(session: Session, author: Author, settings: Settings) -> list[Applied]:
    return [Applied("label_notice", "make", 0, remind(session, author, most=settings.notices_per_run))]


STEPS: Sequence[Callable[[Session, Author, Settings], list[Applied]]] = (
    _rotate,
    _seal,
    _forget,
    _expire_cases,
    _remind,
    # Last, because it may need a storage elsewhere: what does not answer keeps nothing else from being done.
    _check_evidence,
)


def deliver_notices(database: Database, settings: Settings, clock: Clock) -> Counter[str]:
    """Send the notices that wait, at most as many as the settings say, and answer how many ended how.

    Raises:
        MailUnreachable: no server is set, or it cannot be used.
    """
    if settings.mail is None:
        raise MailUnreachable("No mail server is set: see the setting MAIL.")
    request_id = uuid7().hex
    with Mailer(settings.mail) as mailer:
        return deliver(
            database,
            clock,
            mailer,
            author=lambda now: Author("deliver", now, request_id),
            public_url=settings.public_url,
            most=settings.mails_per_run,
        )


def signature_check(session: Session) -> SignatureCheck:
    """Answer how signatures of checkpoints are checked: with every public key this service ever had."""
    keys = every_key(session)

    def check(payload: bytes, signature: str, key_id: str) -> bool:
        if key_id not in {key.kid for key in keys.keys}:
            return False
        try:
            found = jws.deserialize_compact(signature, keys, algorithms=[ALGORITHM])
        except (JoseError, ValueError):
            return False
        return found.payload == payload and found.headers().get("kid") == key_id

    return check


def journal_faults(
    database: Database, *, since: date | None, head: tuple[int, str] | None, outside: Sequence[Seal], most: int
) -> tuple[list[str], str]:
    """Verify the journal and answer a sentence for each fault, at most this many, and the head it stands at.

    Source of what is compared: the chain from the beginning or after a sealed day, the checkpoints with their
    signatures, a checkpoint and a head that were kept outside.
    """
    with database.session() as session:
        broken = broken_lines(session, signature_check(session), since=since, expected_head=head, outside=outside)
        faults = list(_first(most, (f"{one.position}: {one.breach.value}: {one.sentence}" for one in broken)))
        stands = last_line(session)
    return faults, f"{stands.position}:{stands.digest}"


def _first(most: int, sentences: Iterator[str]) -> Iterator[str]:
    for _, sentence in zip(range(most), sentences, strict=False):
        yield sentence


def decision_faults(database: Database, told: Callable[[int], object], *, most: int) -> list[str]:
    """Compute every decision again and answer a sentence for each that differs from the record, at most this many."""
    return list(_first(most, (one.sentence for one in faulty_decisions(database, told))))
