"""What the tests of signing in with a second factor need: people, their apps, and codes."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import User

from config.common import clock
from config.common.audit.models import Entry
from support.second_factor import changes

PASSWORD = "a-long-enough-phrase"  # pragma: allowlist secret
PAGE, CODE, OWN = "/admin/login/", "/admin/login/code/", "/admin/second-factor/"
BEGIN, REFUSED = "/admin/login/oidc/", f"{PAGE}?sso=refused"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # pragma: allowlist secret


def member(name="alice", **more):
    """A member of staff who signs in with a password alone."""
    return User.objects.create_user(name, password=PASSWORD, is_staff=True, **more)


def code(secret=SECRET, steps=0):
    """What the app shows, so many half minutes from now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(clock.timestamp()) // 30 + steps))


def wrong_code(secret=SECRET):
    """A code that the app does not show about now."""
    near = {code(secret, steps) for steps in range(-3, 4)}
    return next(text for text in ("000000", "111111", "222222", "333333") if text not in near)


def with_app(user, secret=SECRET):
    """Give them an authenticator app, set up with the code before this one; returns their recovery codes."""
    return changes.add_app(user, secret, code(secret, -1), is_first=False)


def first_step(client, name="alice", where="/admin/"):
    return client.post(PAGE, {"username": name, "password": PASSWORD, "next": where})


def signed_in(client, name="alice"):
    """Sign in with the app's next code."""
    first_step(client, name)
    return client.post(CODE, {"code": code()})


def sent(client, where="/admin/"):
    """Where the browser is sent to sign in with the provider."""
    return client.get(BEGIN, {"next": where})["Location"]


def back(client, provider, **claims):
    """To the provider and back; returns where the browser is sent then."""
    return client.get(provider.grant(sent(client), **claims))["Location"]


def is_in(client):
    return client.get("/admin/").status_code == 200


def secret_of(user):
    return decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])


def last(action):
    return Entry.objects.filter(action=action).latest("pk")
