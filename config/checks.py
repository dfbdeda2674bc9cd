"""System checks over several settings at once. In production an error here refuses the start."""

import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured

from config.common.networks import METADATA
from support.roles import AGENTS, EDITORS, ROLES

SMTP = "django.core.mail.backends.smtp.EmailBackend"
LOCAL = {"localhost", "127.0.0.1", "::1"}
_SCOPE = re.compile(r"[!#-\[\]-~]+")
MAKE_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


@register()
def keys(**_: Any) -> list[CheckMessage]:
    """Each encryption key must be one."""
    problems: list[CheckMessage] = []
    for number, key in enumerate(settings.SESSION_ENCRYPTION_KEYS, 1):
        try:
            Fernet(key)
        except ValueError:
            problems.append(
                Error(
                    f"Key {number} of SESSION_ENCRYPTION_KEYS is not a Fernet key.",
                    hint=f"Make one with: {MAKE_KEY}",
                    id="replywell.E001",
                )
            )
    return problems


@register()
def production(**_: Any) -> list[CheckMessage]:
    """What must not go live."""
    if settings.DEVELOPMENT:
        return []
    problems: list[CheckMessage] = []
    if settings.SECRET_KEY == settings.INSECURE_SECRET_KEY or len(settings.SECRET_KEY) < 32:
        problems.append(
            Error(
                "SECRET_KEY is the built-in default, or shorter than 32 characters.",
                hint='Set it to the output of: python -c "import secrets; print(secrets.token_urlsafe(48))"',
                id="replywell.E002",
            )
        )
    if not settings.SESSION_ENCRYPTION_KEYS:
        problems.append(
            Error(
                "SESSION_ENCRYPTION_KEYS is empty: sessions and secrets could not be encrypted with keys of their own.",
                hint=f"Set it to the output of: {MAKE_KEY}",
                id="replywell.E003",
            )
        )
    if settings.DEBUG:
        problems.append(
            Error(
                "DEBUG is on: errors would show source code and settings.",
                hint="Unset DEBUG, or set REPLYWELL_DEV=1 on a machine that only you can reach.",
                id="replywell.E004",
            )
        )
    return problems


@register()
def broker(**_: Any) -> list[CheckMessage]:
    """Celery needs a broker it can use."""
    if settings.CELERY_BROKER_URL:
        return []
    return [
        Error(
            "REDIS_URL, or CELERY_BROKER_URL, names a cluster, which Celery cannot use.",
            hint="Set CELERY_BROKER_URL to a single Redis or to sentinels, such as redis://queue.example.com:6379/0.",
            id="replywell.E005",
        )
    ]


@register()
def fetching(**_: Any) -> list[CheckMessage]:
    """Machines' credentials stay out of reach, however wide a network somebody allows."""
    return [
        Error(
            f"FETCH_ALLOWED_NETWORKS includes {network}, where the cloud's metadata service is.",
            hint="Name only the networks that your sources and tools are in, such as 10.20.0.0/16.",
            id="replywell.E006",
        )
        for network in settings.FETCH_ALLOWED_NETWORKS
        if any(network.version == secret.version and network.overlaps(secret) for secret in METADATA)
    ]


@register()
def prices(**_: Any) -> list[CheckMessage]:
    """A limit of money holds only if it is known what the models cost."""
    limited = settings.MODEL_DAY_COST or settings.MODEL_CONVERSATION_COST
    models = filter(None, (settings.OPENAI_MODEL, settings.OPENAI_FALLBACK_MODEL))
    if not (limited and settings.LLM_CONFIGURED):
        return []
    return [
        Error(
            f"MODEL_DAY_COST or MODEL_CONVERSATION_COST is set, but MODEL_PRICES has no price for {model}.",
            hint=f"Add it, for a million tokens read and written, such as {model}=0.15/0.60.",
            id="replywell.E007",
        )
        for model in models
        if model not in settings.MODEL_PRICES
    ]


@register()
def mail(**_: Any) -> list[CheckMessage]:
    """E-mails to staff must arrive, lead somewhere, and not give the mail server's password away."""
    if settings.DEVELOPMENT or settings.EMAIL_BACKEND != SMTP:
        return []
    problems: list[CheckMessage] = []
    if urlsplit(settings.PUBLIC_URL).hostname in LOCAL:
        problems.append(
            Error(
                f"EMAIL_URL is set, but links in e-mails would lead to {settings.PUBLIC_URL}, which only this machine reaches.",
                hint="Set PUBLIC_URL to where your staff open the console, such as https://support.example.com.",
                id="replywell.E008",
            )
        )
    encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if settings.EMAIL_HOST_PASSWORD and not encrypted and settings.EMAIL_HOST not in LOCAL:
        problems.append(
            Warning(
                "EMAIL_URL sends the mail server's password unencrypted.",
                hint="Begin it with smtp+tls:// (STARTTLS, port 587) or smtp+ssl:// (port 465).",
                id="replywell.W001",
            )
        )
    return problems


@register()
def sign_in(**_: Any) -> list[CheckMessage]:
    """Staff must have a way in, and their identity provider must be one that can be believed."""
    problems: list[CheckMessage] = []
    if not (settings.STAFF_PASSWORD_SIGN_IN or settings.OIDC_ISSUER):
        problems.append(
            Error(
                "STAFF_PASSWORD_SIGN_IN is false, and there is no OIDC_ISSUER: nobody could sign in.",
                hint="Set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, or let staff sign in with passwords.",
                id="replywell.E009",
            )
        )
    if not settings.OIDC_ISSUER:
        return problems
    if not (settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET):
        problems.append(
            Error(
                "OIDC_ISSUER is set, but not both of OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.",
                hint="The identity provider gives you both when you register Replywell there.",
                id="replywell.E010",
            )
        )
    parts = urlsplit(settings.OIDC_ISSUER)
    if not parts.hostname or parts.scheme not in ({"http", "https"} if settings.DEVELOPMENT else {"https"}):
        problems.append(
            Error(
                "OIDC_ISSUER is no https address: whoever is on the way to it could sign in as anybody.",
                hint="Set it to the issuer's address, such as https://login.example.com/realms/staff.",
                id="replywell.E011",
            )
        )
    return problems


@register()
def sign_in_groups(**_: Any) -> list[CheckMessage]:
    """Groups that staff get from their provider must be groups that this product has."""
    return [
        Error(
            f"OIDC_GROUPS names the group {name!r}, which there is not.",
            hint=f"Write VALUE=GROUP, comma-separated; the groups are {AGENTS!r} and {EDITORS!r}.",
            id="replywell.E012",
        )
        for name in settings.OIDC_GROUPS
        if name not in ROLES
    ]


@register()
def sign_in_scopes(**_: Any) -> list[CheckMessage]:
    """A provider refuses everybody over a scope that cannot be one (RFC 6749, §3.3)."""
    return [
        Error(
            f"OIDC_SCOPES has {scope!r}, which cannot be a scope.",
            hint="Write the names that your provider gives them, separated by spaces, such as: groups.",
            id="replywell.E013",
        )
        for scope in settings.OIDC_SCOPES
        if not _SCOPE.fullmatch(scope)
    ]


def enforce() -> None:
    """Refuse the start with a clear reason: for processes that no management command starts."""
    serious = [message for message in run_checks() if message.is_serious()]
    if serious:
        raise ImproperlyConfigured("\n".join(f"({m.id}) {m.msg} {m.hint or ''}" for m in serious))
