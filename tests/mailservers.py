"""Mail servers on this machine for the tests: they speak SMTP, keep what they are given, refuse what they are told."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from cluster_api.foundation.settings import MailServer

SENDER = "register@association.example"


@dataclass
class Postbox:
    """What a server was given, and how it answers whom and what; ``broken`` ends the conversation when it has all."""

    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    readers: dict[str, str] = field(default_factory=dict)
    content: str = "250 OK"
    broken: bool = False
    senders: str = "250 OK"
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Answer as told for senders."""
        envelope.mail_from = address
        return self.senders

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Answer as told for this address."""
        answer = self.readers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a message, and answer as told."""
        if self.broken:
            server.transport.abort()
            return "250 never heard"
        if self.content.startswith("250"):
            message = message_from_bytes(envelope.content, policy=default)
            with self.lock:
                self.letters.append((list(envelope.rcpt_tos), message))
        return self.content

    def given(self) -> list[tuple[list[str], str]]:
        """Answer to whom which label was told of, in the order of arrival."""
        return [(readers, str(letter["Subject"]).split()[3]) for readers, letter in self.letters]


def free_port() -> int:
    """Answer a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(postbox: Postbox, **more: Any) -> Iterator[MailServer]:
    """Serve a postbox and answer how it is reached."""
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port(), **more)
    controller.start()
    yield MailServer(host="127.0.0.1", port=controller.port, security="none", sender=SENDER, timeout_seconds=5)
    controller.stop()
