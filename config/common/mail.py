"""Where e-mail goes, and what it says of where it comes from: EMAIL_URL, PUBLIC_URL, DEFAULT_FROM_EMAIL.

The mistakes are ValueErrors that never quote an address of a server: it may carry a password.
"""

from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# scheme: the port when none is named
PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
CONSOLE = "consolemail"


def parse(text: str) -> dict[str, Any]:
    """Django's EMAIL_… settings of `smtp+tls://user:password@host:587` or `consolemail://`."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise ValueError(
            "the port must be a number from 0 to 65535, and special characters be written as %40"
        ) from None
    if url.scheme not in {*PORTS, CONSOLE}:
        raise ValueError(f"must begin with one of {', '.join(f'{scheme}://' for scheme in [*PORTS, CONSOLE])}")
    if url.path.strip("/") or url.query or url.fragment:
        raise ValueError(
            "nothing may follow the host and port; write special characters of the password as %2F, %3F, %23"
        )
    if url.scheme != CONSOLE and not url.hostname:
        raise ValueError("names no server; write it as smtp+tls://user:password@mail.example.com:587")
    if bool(url.username) != bool(url.password):
        raise ValueError("has a user without a password, or a password without a user")
    found: dict[str, Any] = environ.Env.email_url_config(text)
    return found | {"EMAIL_PORT": port or PORTS.get(url.scheme, 0)}


def parse_public_url(text: str) -> str:
    """`https://support.example.com`, without a slash at the end."""
    try:
        url = urlsplit(text)
        valid = url.scheme in {"http", "https"} and url.hostname and (url.port or 1)
    except ValueError:
        valid = False
    if not valid or url.username or url.path.strip("/") or url.query or url.fragment:
        raise ValueError("must be an address such as https://support.example.com, without a path")
    return text.rstrip("/")


def public_url(allowed_hosts: list[str]) -> str:
    """What PUBLIC_URL most likely is: the first of ALLOWED_HOSTS that others can reach, by https; otherwise this machine."""
    local = {"localhost", "127.0.0.1", "[::1]"}
    named = [host for host in allowed_hosts if host not in local and not host.startswith(("*", "."))]
    return f"https://{named[0]}" if named else "http://localhost:8000"


def parse_sender(text: str) -> str:
    """`support@example.com`, or `Acme Support <support@example.com>`."""
    try:
        validate_email(parseaddr(text)[1])
    except ValidationError:
        raise ValueError("must be an e-mail address, such as Acme Support <support@example.com>") from None
    if "\n" in text or "\r" in text:
        raise ValueError("must be on one line")
    return text


def sender(settings: dict[str, Any], public: str) -> str:
    """Who e-mails most likely may come from: the user of the mail server if it is an address, or this installation."""
    user = str(settings["EMAIL_HOST_USER"] or "")
    try:
        return parse_sender(user)
    except ValueError:
        host = urlsplit(public).hostname or ""
        named = "." in host and not host.replace(".", "").isdigit()
        return f"Replywell <replywell@{host if named else 'localhost'}>"
