"""Settings of how staff sign in beyond name and password; `config.settings` takes them over."""

from config.environment import env, env_choice, env_rate

YES_OR_NO = {"true", "false"}

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
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
