"""Reading settings from the environment (and `.env`): each reader gives a typed value, or a start-up error in one sentence."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config.common.networks import Network, parse_networks
from config.common.prices import Price, parse_prices
from config.common.rates import Rate
from config.common.redis_url import RedisUrl

T = TypeVar("T")

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(str(BASE_DIR / ".env"), parse_comments=True)


def env_rate(name: str, default: str) -> Rate:
    """A rate such as `20/m`, or a start-up error that names the variable."""
    try:
        return Rate.parse(env.str(name, default=default) or default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def env_choice(name: str, default: str, choices: set[str]) -> str:
    """One of `choices`, or a start-up error that lists them."""
    value: str = env.str(name, default=default) or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r}: choose one of {', '.join(sorted(choices))}.")
    return value


def env_int(name: str, default: int, minimum: int) -> int:
    """A whole number of at least `minimum`, or a start-up error that names the variable."""
    try:
        value: int = env.int(name, default=default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from error
    if value < minimum:
        raise ImproperlyConfigured(f"{name}={value}: must be at least {minimum}.")
    return value


def env_prices(name: str) -> dict[str, Price]:
    """Prices such as `gpt-4o-mini=0.15/0.60`, comma-separated, or a start-up error that names the variable."""
    try:
        return parse_prices(env.list(name, default=[]))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def env_amount(name: str) -> Decimal:
    """An amount of money of at least 0 (the default), or a start-up error that names the variable."""
    try:
        value = Decimal(env.str(name, default="") or "0")
    except InvalidOperation as error:
        raise ImproperlyConfigured(f"{name} must be a number such as 2.50.") from error
    if not value.is_finite() or value < 0:
        raise ImproperlyConfigured(f"{name}={value}: must be at least 0.")
    return value


def env_parsed(name: str, default: str, parse: Callable[[str], T]) -> T:
    """What `parse` makes of the text, or a start-up error that names the variable."""
    try:
        return parse(env.str(name, default="") or default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def env_networks(name: str) -> tuple[Network, ...]:
    """Networks such as `10.1.0.0/16`, comma-separated, or a start-up error that names the variable."""
    try:
        return parse_networks(env.list(name, default=[]))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def env_folders(name: str) -> tuple[Path, ...]:
    """Absolute paths, comma-separated, or a start-up error that names the variable."""
    folders = [Path(text.strip()) for text in env.list(name, default=[]) if text.strip()]
    for folder in folders:
        if not folder.is_absolute() or folder == Path("/"):
            raise ImproperlyConfigured(f"{name}: {folder} must be an absolute path, and not the root.")
    return tuple(folders)


def env_dsn(name: str) -> str:
    """A DSN of Sentry, or nothing, or a start-up error that names the variable and does not quote the key."""
    dsn: str = env.str(name, default="")
    parts = urlsplit(dsn)
    if dsn and not (parts.scheme in {"http", "https"} and parts.username and parts.path.rpartition("/")[2].isdigit()):
        raise ImproperlyConfigured(f"{name}: not a DSN such as https://key@sentry.example.com/1.")
    return dsn


def env_redis(name: str, default: str) -> RedisUrl:
    """A Redis URL, or a start-up error that names the variable."""
    try:
        return RedisUrl.parse(env.str(name, default=default) or default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error
