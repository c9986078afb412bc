"""Messages sent through a mail server (SMTP), and what is known of each afterwards.

What the server answers may name the address it was asked about: only its code is told.
"""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from enum import StrEnum
from typing import Self

from cluster_api.foundation.errors import Unavailable
from cluster_api.foundation.settings import MailServer


class MailUnreachable(Unavailable):
    """The mail server does not answer, or does not let the service in.

    Nothing was sent. Whoever runs the service looks at the setting `MAIL`.
    """


class Fate(StrEnum):
    """What became of a message."""

    TAKEN = "taken"
    """The server has taken it over."""
    LATER = "later"
    """It was not taken; it may be the next time."""
    REFUSED = "refused"
    """It was not taken, and never will be."""
    UNCERTAIN = "uncertain"
    """The server was lost while it had the message in hand: nobody knows."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message, and the code of the server or the reason here."""

    fate: Fate
    code: str


class Mailer:
    """A conversation with the mail server, begun when it is entered and begun anew when the server has ended it."""

    def __init__(self, server: MailServer, *, trusted: ssl.SSLContext | None = None) -> None:
        """Speak to this server; certificates are those the machine believes in unless others are given."""
        self.server, self.trusted = server, trusted
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        """Begin the conversation.

        Raises:
            MailUnreachable: the server does not answer, has no TLS where it must, or refuses the credentials.
        """
        self._smtp = self._begun()
        return self

    def __exit__(self, *_: object) -> None:
        """End the conversation."""
        self._end()

    def _begun(self) -> smtplib.SMTP:
        server = self.server
        try:
            smtp = self._connected()
            try:
                self._admitted(smtp)
            except BaseException:
                smtp.close()
                raise
        except (OSError, smtplib.SMTPException) as error:
            # Not the words of the server: they may repeat what it was told.
            raise MailUnreachable(f"{server.host}:{server.port} cannot be used: {type(error).__name__}.") from error
        return smtp

    def _connected(self) -> smtplib.SMTP:
        host, port, wait = self.server.host, self.server.port, self.server.timeout_seconds
        if self.server.security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=wait, context=self._context())
        return smtplib.SMTP(host, port, timeout=wait)

    def _admitted(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo()
        if self.server.security == "starttls":
            smtp.starttls(context=self._context())
            smtp.ehlo()
        if self.server.username is not None and self.server.password is not None:
            smtp.login(self.server.username, self.server.password.get_secret_value())

    def _context(self) -> ssl.SSLContext:
        return self.trusted or ssl.create_default_context()

    def _end(self) -> None:
        if self._smtp is not None:
            # Whether the server hears the farewell does not matter.
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                self._smtp.close()
            self._smtp = None

    def send(self, message: EmailMessage, address: str) -> Outcome:
        """Send a message to one address and answer what became of it; the server is asked once.

        Raises:
            MailUnreachable: the server had ended the conversation, and another could not be begun, or it refuses the
                sender; nothing was sent.
        """
        if self._smtp is None:
            self._smtp = self._begun()
        try:
            options, content = self._written(self._smtp, message, address)
        except UnicodeEncodeError:
            return Outcome(Fate.REFUSED, "address_not_supported")
        handed_over = False
        try:
            code, _ = self._smtp.mail(self.server.sender, options)
            if code != 250:
                # Not the reader's fault: every other message would fare the same.
                raise MailUnreachable(f"{self.server.host} takes nothing from {self.server.sender}: {code}.")
            code, _ = self._smtp.rcpt(address)
            if code not in {250, 251}:
                self._smtp.rset()
                return _refused(code)
            handed_over = True
            code, _ = self._smtp.data(content)
        except smtplib.SMTPDataError as error:
            return _refused(error.smtp_code)
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            self._smtp = None
            return Outcome(Fate.UNCERTAIN if handed_over else Fate.LATER, type(error).__name__)
        return Outcome(Fate.TAKEN, str(code)) if code == 250 else _refused(code)

    def _written(self, smtp: smtplib.SMTP, message: EmailMessage, address: str) -> tuple[list[str], bytes]:
        """Answer the options of the sending and the message; raise UnicodeEncodeError if the server is too old."""
        if address.isascii():
            return [], message.as_bytes(policy=SMTP)
        if not smtp.has_extn("smtputf8"):
            address.encode("ascii")
        return ["SMTPUTF8", "BODY=8BITMIME"], message.as_bytes(policy=SMTPUTF8)


def _refused(code: int) -> Outcome:
    # RFC 5321, 4.2.1: what begins with 4 may succeed later, what begins with 5 will not.
    return Outcome(Fate.LATER if 400 <= code < 500 else Fate.REFUSED, str(code))
