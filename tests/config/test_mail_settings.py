"""Where e-mail goes: what is mistyped is said in a sentence that never quotes the password."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import checks
from config import environment as module
from config.common import mail


@pytest.mark.parametrize(
    ("text", "host", "port", "tls", "ssl"),
    [
        ("smtp://relay.example.com", "relay.example.com", 25, None, None),
        ("smtp+tls://user:p%40ss@mail.example.com", "mail.example.com", 587, True, None),
        ("smtp+ssl://user:p%40ss@mail.example.com", "mail.example.com", 465, None, True),
        ("smtp+tls://user:p%40ss@mail.example.com:2525", "mail.example.com", 2525, True, None),
    ],
    ids=["plain", "starttls", "tls", "port"],
)
def test_addresses_of_mail_servers(text, host, port, tls, ssl):
    """Red when the port does not follow the scheme."""
    found = mail.parse(text)
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found.get("EMAIL_USE_TLS"), found.get("EMAIL_USE_SSL")) == (tls, ssl)
    assert found["EMAIL_BACKEND"] == checks.SMTP
    assert "@" not in text or (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("user", "p@ss")


def test_without_one_e_mails_are_written_to_the_log():
    assert mail.parse("consolemail://")["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("mail.example.com", "must begin with one of smtp://"),
        ("smtps://u:hidden@mail.example.com", "must begin with one of smtp://"),
        ("smtp://", "names no server"),
        ("smtp://u:hidden@mail.example.com:port", "port must be a number"),
        ("smtp://u:hid/den@mail.example.com", "must be a number"),
        ("smtp://u:hidden@mail.example.com/?ssl=1", "nothing may follow"),
        ("smtp://u@mail.example.com", "a user without a password"),
    ],
    ids=["no scheme", "smtps", "no host", "bad port", "slash", "query", "no password"],
)
def test_a_mistake_is_named_and_the_password_is_not(monkeypatch, text, problem):
    """Red when the address is quoted."""
    monkeypatch.setenv("EMAIL_URL", text)
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as refused:
        module.env_parsed("EMAIL_URL", "consolemail://", mail.parse)
    assert problem in str(refused.value)
    assert "hid" not in str(refused.value)


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        (["localhost", "support.example.com", "other.example.com"], "https://support.example.com"),
        (["localhost", "127.0.0.1", "[::1]"], "http://localhost:8000"),
        (["*"], "http://localhost:8000"),
        ([".example.com"], "http://localhost:8000"),
    ],
    ids=["named", "local", "any", "suffix"],
)
def test_where_links_lead_unless_it_is_said(hosts, url):
    assert mail.public_url(hosts) == url
    assert mail.parse_public_url(url) == url


@pytest.mark.parametrize(
    "text", ["support.example.com", "ftp://a.example.com", "https://a.example.com/x", "https://:1"]
)
def test_a_public_address_that_is_none(text):
    with pytest.raises(ValueError, match="must be an address"):
        mail.parse_public_url(text)


def test_who_e_mails_come_from():
    """Red when a user that is no address becomes the sender."""
    none, user = {"EMAIL_HOST_USER": None}, {"EMAIL_HOST_USER": "help@example.com"}
    assert mail.sender(user, "https://support.example.com") == "help@example.com"
    assert mail.sender(none, "https://support.example.com") == "Replywell <replywell@support.example.com>"
    assert mail.sender({"EMAIL_HOST_USER": "apikey"}, "http://127.0.0.1:8000") == "Replywell <replywell@localhost>"
    assert mail.parse_sender("Acme <help@example.com>") == "Acme <help@example.com>"
    for bad in ("nobody", "Acme <help@>", "Acme <help@example.com>\nBcc: x@example.com"):
        with pytest.raises(ValueError):
            mail.parse_sender(bad)


@pytest.fixture
def production(settings):
    """A production that sends e-mail soundly."""
    settings.DEVELOPMENT = False
    settings.PUBLIC_URL = "https://support.example.com"
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    for name, value in mail.parse("smtp+tls://user:secret@mail.example.com").items():
        setattr(settings, name, value)
    settings.EMAIL_BACKEND = checks.SMTP
    return settings


def ids():
    return [message.id for message in checks.mail()]


def test_a_sound_one_is_told_nothing(production):
    assert ids() == []


def test_links_that_lead_nowhere_refuse_the_start(production):
    """Red when the check is left out."""
    production.PUBLIC_URL = "http://localhost:8000"
    assert ids() == ["replywell.E008"]
    production.DEVELOPMENT = True
    assert ids() == []


@pytest.mark.parametrize(("host", "expected"), [("mail.example.com", ["replywell.W001"]), ("localhost", [])])
def test_a_password_in_the_clear_is_warned_of(production, host, expected):
    production.EMAIL_USE_TLS, production.EMAIL_HOST = False, host
    assert ids() == expected
