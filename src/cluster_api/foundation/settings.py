"""Every setting of the service, read once from the environment or ``.env``; README's table is tested against it."""

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET = 32


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


ASYMMETRIC = ("ES256", "ES384", "PS256", "RS256", "Ed25519")


class Issuer(BaseModel):
    """An OpenID Connect identity provider whose access tokens are accepted for people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(min_length=8, max_length=500, pattern="^https?://", description="The `iss` of its tokens.")
    jwks_uri: str = Field(min_length=8, max_length=500, pattern="^https?://", description="Where its keys stand.")
    audience: str = Field(min_length=1, max_length=500, description="The `aud` its tokens for this service carry.")
    algorithms: tuple[str, ...] = Field(default=ASYMMETRIC, min_length=1, description="Accepted signature algorithms.")
    subject_claim: str = Field(default="sub", max_length=100, description="Claim that identifies the person for ever.")
    name_claim: str = Field(default="name", max_length=100, description="Claim with the person's name, if any.")
    email_claim: str = Field(default="email", max_length=100, description="Claim with the person's address, if any.")


class Seller(BaseModel):
    """Who issues invoices: the association behind the scheme, as it stands on them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=300, description="Legal name.")
    street: str = Field(min_length=1, max_length=300, description="Street and number.")
    postal_code: str = Field(min_length=1, max_length=20, description="Postal code.")
    city: str = Field(min_length=1, max_length=120, description="Town.")
    country: str = Field(default="BE", pattern="^BE$", description="Country; the rules of VAT here are Belgian.")
    vat_id: str = Field(pattern="^BE[0-9]{10}$", description="VAT identifier.")
    company_id: str = Field(pattern="^[0-9]{10}$", description="Number in the register of enterprises.")
    iban: str = Field(pattern="^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$", description="Account that is paid to.")
    days_to_pay: int = Field(default=30, ge=0, le=365, description="Days to pay.")


class ObjectStorage(BaseModel):
    """How an object storage that speaks S3 is reached; what is left out, the library looks for in its usual places."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: str | None = Field(default=None, pattern="^https?://[^/]+/?$", description="Address, unless Amazon's.")
    region: str | None = Field(default=None, max_length=60, description="Region.")
    access_key: str | None = Field(default=None, max_length=200, description="Name of the key.")
    secret_key: SecretStr | None = Field(default=None, description="The key itself.")
    timeout_seconds: int = Field(default=30, ge=1, le=300, description="How long an answer may take, in seconds.")

    @model_validator(mode="after")
    def _is_a_key(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("access_key and secret_key are set together or not at all")
        return self


class MailServer(BaseModel):
    """Through which server messages are sent, and in whose name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1, max_length=253, description="Name of the server.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(default="starttls", description="How the way is sealed.")
    username: str | None = Field(default=None, max_length=320, description="Name of the account, if one is needed.")
    password: SecretStr | None = Field(default=None, description="Its password.")
    sender: str = Field(max_length=320, pattern=r"^[!-?A-~]+@[A-Za-z0-9.-]+$", description="Address messages are from.")
    timeout_seconds: int = Field(default=30, ge=1, le=120, description="How long an answer may take, in seconds.")

    @model_validator(mode="after")
    def _keeps_its_password(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password are set together or not at all")
        if self.password is not None and self.security == "none":
            raise ValueError("a password is not sent over a way that anybody can read")
        return self


class Settings(BaseSettings):
    """What an operator can choose."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    data_dir: Path = Field(
        default=Path("var"), description="Folder of the embedded database, uploaded files and backups."
    )
    database_url: str = Field(
        default="",
        description=(
            "SQLAlchemy address of the database, e.g. `postgresql+psycopg://user:secret@host/name`. "
            "Empty means SQLite at `DATA_DIR/cluster-api.sqlite3`."
        ),
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        pattern=r"^https?://[^/]+$",
        description="Origin under which the public reaches the service; used in links, without a slash at the end.",
    )
    credential_fresh_seconds: float = Field(
        default=2.0,
        gt=0,
        le=5,
        description="How long a process believes an accepted credential without asking the database again, in seconds.",
    )
    refused_assertion_seconds: float = Field(
        default=3.5,
        ge=0,
        le=10,
        description="Least time to refuse an assertion at `/oauth/token`, in seconds: longer than a fetch of keys.",
    )
    access_token_seconds: int = Field(
        default=600, ge=60, le=900, description="How long an access token of this service lives, in seconds."
    )
    signing_key_days: int = Field(
        default=30, ge=2, le=365, description="How long a key signs access tokens before the next one does, in days."
    )
    issuers: tuple[Issuer, ...] = Field(
        default=(),
        max_length=20,
        description=(
            "Identity providers whose access tokens are accepted for people: a JSON list of objects with `issuer`, "
            "`jwks_uri`, `audience`, and if they differ from the usual `algorithms`, `subject_claim`, `name_claim`, "
            "`email_claim`."
        ),
    )
    seller: Seller | None = Field(
        default=None,
        description=(
            "Who issues invoices: a JSON object with `name`, `street`, `postal_code`, `city`, `vat_id`, `company_id`, "
            "`iban`, and if it differs from 30 `days_to_pay`. Without one none can be issued."
        ),
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description=(
            "Secret that seals what must not be readable in the database, at least 32 characters; several with commas "
            "between them, the newest first, replace one without losing what the older one sealed. "
            "Without one it is made once in `DATA_DIR/secret.key`; machines that share a database need the same."
        ),
    )
    max_body_bytes: int = Field(
        default=1_048_576, ge=1024, description="Largest body of a request, in bytes; files of imports have their own."
    )
    max_import_bytes: int = Field(default=268_435_456, ge=1024, description="Largest file of an import, in bytes.")
    evidence_store: str = Field(
        default="",
        pattern=r"^([^:]*|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]*)?)$",
        description=(
            "Where the files of evidence are kept, found by their digests: a folder, or `s3://bucket/prefix` in a "
            "storage that speaks S3 (extra `s3`; see `OBJECT_STORAGE`). Empty means `DATA_DIR/evidence`."
        ),
    )
    object_storage: ObjectStorage = Field(
        default=ObjectStorage(),
        description=(
            "How that storage is reached: a JSON object with `endpoint`, `region`, `access_key`, `secret_key`, "
            "`timeout_seconds`. What is left out is looked for where the library looks, such as `AWS_PROFILE` or the "
            "role of the machine."
        ),
    )
    max_evidence_bytes: int = Field(default=20_971_520, ge=1024, description="Largest file of evidence, in bytes.")
    max_evidence_files: int = Field(default=200, ge=1, le=10_000, description="Most files of evidence in one case.")
    requests_per_minute: int = Field(
        default=6000,
        ge=1,
        description="Requests a client may send in a minute; repeated public reads cost nothing and are not counted.",
    )
    requests_at_once: int = Field(
        default=32,
        ge=1,
        description="Requests of one client that are worked on at the same time; further ones wait up to a second.",
    )
    shared_limits: bool = Field(
        default=False,
        description=(
            "Whether processes count requests together, through the database; "
            "`cluster-api serve --workers` sets it for more than one."
        ),
    )
    trusted_proxies: str = Field(
        default="",
        description=(
            "Addresses and networks of proxies, with commas between them, whose `X-Forwarded-For` and "
            "`X-Forwarded-Proto` are believed; nobody else's are. "
            "Callers behind a proxy that is not named count as one."
        ),
    )
    tls_certificate: Path | None = Field(
        default=None, description="File of the certificate chain (PEM), if the service itself speaks TLS."
    )
    tls_key: Path | None = Field(default=None, description="File of the private key of the certificate (PEM).")
    public_cache_bytes: int = Field(
        default=67_108_864, ge=0, description="Memory for rendered public reads, in bytes; 0 switches it off."
    )
    version_poll_seconds: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="How often a process looks for changes made by others, in seconds: the staleness of public reads.",
    )
    database_pool_size: int = Field(default=8, ge=1, le=200, description="Connections a process keeps to PostgreSQL.")
    security_contact: str = Field(
        default="https://github.com/cluster-api/cluster-api/security/advisories",
        pattern="^(https://|mailto:)",
        description="Where weaknesses are reported, shown in `/.well-known/security.txt`.",
    )
    docs: bool = Field(default=True, description="Whether `/docs` is served.")
    metrics: bool = Field(default=True, description="Whether `/metrics` is served on the public port.")
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error."
    )
    mail: MailServer | None = Field(
        default=None,
        description=(
            "Through which server notices are sent: a JSON object with `host`, `sender`, and if they differ from the "
            "usual `port` (587), `security` (`starttls`, `tls` or `none`), `username`, `password`, `timeout_seconds`. "
            "Without one nothing is sent."
        ),
    )
    mails_per_run: int = Field(
        default=200, ge=1, le=10_000, description="Messages that one `cluster-api deliver` sends at most."
    )
    notices_per_run: int = Field(
        default=200, ge=1, le=10_000, description="Notices before the end of labels that one `tick` makes at most."
    )
    log_sample: int = Field(
        default=100, ge=1, description="Of repeated public reads, one in this many is written to the log."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for part in _parts(value):
            ipaddress.ip_network(part)
        return value

    @field_validator("secret_key")
    @classmethod
    def _are_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and any(len(part) < SHORTEST_SECRET for part in _parts(value.get_secret_value()) or [""]):
            raise ValueError(f"each secret needs at least {SHORTEST_SECRET} characters")
        return value

    @model_validator(mode="after")
    def _is_a_pair(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("TLS_CERTIFICATE and TLS_KEY are set together or not at all")
        return self

    @property
    def is_secure(self) -> bool:
        """Answer whether the public reaches the service over TLS."""
        return self.public_url.startswith("https://")

    def proxies(self) -> list[str]:
        """Answer the addresses and networks of the trusted proxies."""
        return _parts(self.trusted_proxies)

    def secret_keys(self) -> list[str]:
        """Answer the secrets of ``SECRET_KEY``, newest first; none if it is not set."""
        return _parts(self.secret_key.get_secret_value()) if self.secret_key else []

    def secrets(self) -> Sequence[str]:
        """Answer every secret that the operator gave, so that logs can leave them out."""
        password = sa.make_url(self.database_address()).password
        sealed = [self.object_storage.secret_key, None if self.mail is None else self.mail.password]
        given = [password, *(None if one is None else one.get_secret_value() for one in sealed)]
        return [*self.secret_keys(), *(secret for secret in given if secret and len(secret) >= 6)]

    def shown(self, name: str) -> str:
        """Answer a setting as it may be seen: secrets as stars, also the password in an address."""
        value = getattr(self, name)
        if name == "database_url" and value:
            return sa.make_url(value).render_as_string(hide_password=True)
        return str(value)

    def evidence_folder(self) -> Path:
        """Answer the folder of the files of evidence."""
        return Path(self.evidence_store) if self.evidence_store else self.data_dir / "evidence"

    def database_address(self) -> str:
        """Answer the address of the database; on the default the folder is created by whoever opens it."""
        return self.database_url or f"sqlite:///{self.data_dir / 'cluster-api.sqlite3'}"
