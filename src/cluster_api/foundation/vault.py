"""Sealing what must be stored and read again but never seen in the database: with keys made of ``SECRET_KEY``."""

import base64
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cluster_api.foundation.settings import Settings

Secrets = Sequence[str] | Callable[[], Sequence[str]]


class NotSealedHere(ValueError):  # noqa: N818 - names state the fact, without a suffix
    """What was to be opened was sealed with none of our secrets, or is damaged."""


class Vault:
    """Seals with the first secret and opens with any, so that secrets can be replaced one after the other."""

    def __init__(self, secrets_: Secrets) -> None:
        """Take the secrets, newest first, or a function that finds them when they are first needed."""
        self._secrets = secrets_

    @cached_property
    def _keys(self) -> MultiFernet:
        found = self._secrets() if callable(self._secrets) else self._secrets
        return MultiFernet([Fernet(_key_of(secret)) for secret in found])

    def seal(self, plain: bytes) -> bytes:
        """Answer the bytes encrypted and authenticated."""
        return self._keys.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Answer the bytes that were sealed; raise NotSealedHere if no secret of ours fits."""
        try:
            return self._keys.decrypt(sealed)
        except InvalidToken as error:
            raise NotSealedHere("Sealed with a secret that this service does not have.") from error


def _key_of(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cluster-api vault 1").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)


def vault_of(settings: Settings) -> Vault:
    """Answer the vault of the settings; without ``SECRET_KEY`` its secret is a file, made when it is first needed."""
    given = settings.secret_keys()
    return Vault(given or (lambda: [_kept_secret(settings.data_dir / "secret.key")]))


def _kept_secret(file: Path) -> str:
    """Answer the secret of the file, made if it is missing: of several processes that start at once all get one."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
            written.write(secrets.token_urlsafe(48))
            written.flush()
            os.fsync(written.fileno())
        # A link is made whole or not at all, and never over a file that somebody else made in the meantime.
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text(encoding="utf-8").strip()
