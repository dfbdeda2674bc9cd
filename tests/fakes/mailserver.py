"""A mail server on a real socket: takes e-mails, refuses them, or lets them wait, as it is told to."""

import asyncio
import email
import threading
from dataclasses import dataclass
from email.message import Message
from typing import Any, Self

from aiosmtpd.controller import Controller

NO_SUCH_MAILBOX = "550 5.1.1 No such mailbox"


@dataclass(frozen=True)
class Mail:
    """One e-mail that was taken."""

    sender: str
    recipients: list[str]
    message: Message

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    def text(self, kind: str = "plain") -> str:
        """Its text of this kind: plain or html."""
        [part] = [part for part in self.message.walk() if part.get_content_subtype() == kind]
        return part.get_payload(decode=True).decode()


class MailServer:
    """refusal: what it answers instead of taking an e-mail; answers: for one address; sender_answer:
    when it is told who sends, which `senders` counts. holds: it keeps whoever sends waiting, and takes nothing."""

    def __init__(self, port: int = 0) -> None:
        self.refusal = ""
        self.answers: dict[str, str] = {}
        self.sender_answer = ""
        self.senders = 0
        self.received: list[Mail] = []
        self.holds = False
        self.held = threading.Event()
        self._came = threading.Condition()
        self._controller = _Controller(self, hostname="127.0.0.1", port=port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        self.senders += 1
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.holds:
            self.held.set()
            await asyncio.sleep(3600)
        if self.refusal:
            return self.refusal
        message = email.message_from_bytes(envelope.content)
        with self._came:
            self.received.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), message))
            self._came.notify_all()
        return "250 OK"

    def mail_to(self, address: str, seconds: float = 30) -> Mail:
        """The newest e-mail to the address, waited for until there is one."""
        with self._came:
            assert self._came.wait_for(lambda: self._to(address), seconds), f"no e-mail to {address}"
            return self._to(address)[-1]

    def _to(self, address: str) -> list[Mail]:
        return [mail for mail in self.received if address in mail.recipients]


class _Controller(Controller):
    """At any free port: it is asked whether it answers at the one it got."""

    def _trigger_server(self) -> None:
        sockets: Any = self.server.sockets
        self.port = sockets[0].getsockname()[1]
        super()._trigger_server()
