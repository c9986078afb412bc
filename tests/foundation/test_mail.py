"""Messages to a real mail server on this machine: what becomes of each, and that nothing is sent unsealed."""

import datetime as dt
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr, ValidationError

from cluster_api.foundation.mail import Fate, Mailer, MailUnreachable, Outcome
from cluster_api.foundation.settings import MailServer
from tests.mailservers import SENDER, Postbox, free_port, running


@pytest.fixture
def postbox() -> Postbox:
    """Give a postbox that takes everything."""
    return Postbox()


@pytest.fixture
def server(postbox: Postbox) -> Iterator[MailServer]:
    """Give the server of the postbox."""
    with running(postbox) as server:
        yield server


def letter(address: str = "ana@cluster.example") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, address, "Würde"
    message.set_content("Zeile: ü\n.\n.. Ende\n")
    return message


def sent(server: MailServer, address: str = "ana@cluster.example") -> Outcome:
    with Mailer(server) as mailer:
        return mailer.send(letter(address), address)


def test_message_arrives_as_it_was_written(server: MailServer, postbox: Postbox) -> None:
    assert sent(server) == Outcome(Fate.TAKEN, "250")
    ((readers, message),) = postbox.letters
    assert (readers, message["Subject"]) == (["ana@cluster.example"], "Würde")
    assert message.get_content().splitlines() == ["Zeile: ü", ".", ".. Ende"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 ana@cluster.example is unknown", Outcome(Fate.REFUSED, "550")),
        ("451 come back", Outcome(Fate.LATER, "451")),
    ],
)
def test_refused_reader_is_told_by_code_alone(
    server: MailServer, postbox: Postbox, answer: str, expected: Outcome
) -> None:
    postbox.readers["ana@cluster.example"] = answer
    with Mailer(server) as mailer:
        assert mailer.send(letter(), "ana@cluster.example") == expected
        assert mailer.send(letter("ben@cluster.example"), "ben@cluster.example").fate is Fate.TAKEN
    assert [readers for readers, _ in postbox.letters] == [["ben@cluster.example"]]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("554 no", Outcome(Fate.REFUSED, "554")), ("452 full", Outcome(Fate.LATER, "452"))],
)
def test_refused_content_is_told_by_code(server: MailServer, postbox: Postbox, answer: str, expected: Outcome) -> None:
    postbox.content = answer
    assert sent(server) == expected


@pytest.mark.parametrize("answer", ["550 not you", "451 later"])
def test_refused_sender_is_no_fault_of_the_reader(server: MailServer, postbox: Postbox, answer: str) -> None:
    postbox.senders = answer
    with pytest.raises(MailUnreachable, match=answer[:3]):
        sent(server)


def test_server_lost_with_the_message_in_hand_is_uncertain_and_found_again(
    server: MailServer, postbox: Postbox
) -> None:
    postbox.broken = True
    with Mailer(server) as mailer:
        assert mailer.send(letter(), "ana@cluster.example").fate is Fate.UNCERTAIN
        postbox.broken = False
        assert mailer.send(letter(), "ana@cluster.example").fate is Fate.TAKEN


def test_nobody_listening_is_unreachable() -> None:
    nowhere = MailServer(host="127.0.0.1", port=free_port(), security="none", sender=SENDER)
    with pytest.raises(MailUnreachable, match="ConnectionRefusedError"), Mailer(nowhere):
        pass


def test_nothing_is_sent_to_a_server_without_the_seal_it_must_have(server: MailServer, postbox: Postbox) -> None:
    with pytest.raises(MailUnreachable), Mailer(server.model_copy(update={"security": "starttls"})):
        pass
    assert postbox.letters == []


def test_address_in_another_script_needs_a_server_that_knows_it(server: MailServer, postbox: Postbox) -> None:
    with running(postbox, enable_SMTPUTF8=False) as older:
        assert sent(older, "zoë@cluster.example") == Outcome(Fate.REFUSED, "address_not_supported")
    assert sent(server, "zoë@cluster.example").fate is Fate.TAKEN
    assert [readers for readers, _ in postbox.letters] == [["zoë@cluster.example"]]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Give certificate and key of a server on this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@pytest.mark.parametrize("password", ["right", "wrong"])
def test_sealed_way_with_credentials(postbox: Postbox, certificate: tuple[Path, Path], password: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    trusted = ssl.create_default_context(cafile=str(certificate[0]))

    def let_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=given.password == b"right", handled=False)

    more = {"tls_context": context, "authenticator": let_in, "auth_required": True}
    with running(postbox, **more) as plain:
        told = {"security": "starttls", "host": "localhost", "username": "us", "password": SecretStr(password)}
        server = plain.model_copy(update=told)
        with pytest.raises(MailUnreachable, match="SSLCertVerificationError"), Mailer(server):
            pass
        if password == "wrong":
            with pytest.raises(MailUnreachable, match="SMTPAuthenticationError"), Mailer(server, trusted=trusted):
                pass
        else:
            with Mailer(server, trusted=trusted) as mailer:
                assert mailer.send(letter(), "ana@cluster.example").fate is Fate.TAKEN
    assert len(postbox.letters) == (password == "right")


@pytest.mark.parametrize(
    "more", [{"username": "us"}, {"username": "us", "password": "p", "security": "none"}, {"sender": "nobody"}]
)
def test_settings_that_cannot_be_are_refused(more: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        MailServer.model_validate({"host": "localhost", "sender": SENDER, **more})
