"""Settings of how staff sign in beyond name and password; `config.settings` takes them over."""

from config.environment import env, env_choice, env_parsed, env_rate

YES_OR_NO = {"true", "false"}


def _groups(text: str) -> dict[str, frozenset[str]]:
    """By the name of a group: the values of the claim that give it. A value may have an equals sign in it, a group's name has none."""
    found: dict[str, frozenset[str]] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        value, _, group = (word.strip() for word in part.rpartition("="))
        if not (value and group):
            raise ValueError(f"{part!r} is not VALUE=GROUP, such as support-team=Support agents")
        found[group] = found.get(group, frozenset()) | {value}
    return found


# -- Second factor ------------------------------------------------------------------------------
# Wrong codes of one account; a code that is right does not count.
RATE_LIMIT_SIGN_IN_CODE = env_rate("RATE_LIMIT_SIGN_IN_CODE", "10/h")
# A mistyped value must not leave the door open, so it is no value at all.
STAFF_MFA_REQUIRED = env_choice("STAFF_MFA_REQUIRED", "false", YES_OR_NO) == "true"
MFA_ADAPTER = "support.second_factor.adapter.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Replywell"

# -- Single sign-on -----------------------------------------------------------------------------
STAFF_PASSWORD_SIGN_IN = env_choice("STAFF_PASSWORD_SIGN_IN", "true", YES_OR_NO) == "true"
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="") or "single sign-on"
OIDC_CREATE_STAFF = env_choice("OIDC_CREATE_STAFF", "false", YES_OR_NO) == "true"
OIDC_GROUPS = env_parsed("OIDC_GROUPS", "", _groups)
# What is asked for beside `openid email profile`; the check of what a scope may be is replywell.E013.
OIDC_SCOPES = tuple(dict.fromkeys(env.str("OIDC_SCOPES", default="").replace(",", " ").split()))
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="") or "groups"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
