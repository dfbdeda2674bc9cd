"""Codes that are typed: of an authenticator app (TOTP, RFC 6238), or a recovery code. Each is good for one time."""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.db import transaction

from config.common import clock, events
from config.common.crypto import InvalidToken

# In an app's data: the time step whose code was taken last. Older ones are not taken any more (RFC 6238 §5.2).
LAST_STEP = "last_step"


def step_of(secret: str, code: str) -> int | None:
    """The time step of 30 s whose code this is, by Redis' clock. One step early or late is fine; None: it is no such code."""
    now: int = int(clock.timestamp()) // app_settings.TOTP_PERIOD
    for step in (now - 1, now, now + 1):
        if compare_user_code(actual=code, expected=totp.format_hotp_value(totp.hotp_value(secret, step))):
            return step
    return None


@transaction.atomic
def accept(user_id: int, code: str) -> Authenticator | None:
    """The account's authenticator whose code this is, which is used up by that; None: it is none's, or was used before."""
    typed = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    for row in Authenticator.objects.select_for_update().filter(user_id=user_id, type__in=typed).order_by("-type"):
        if _is_of(row, code):
            Authenticator.objects.filter(pk=row.pk).update(last_used_at=clock.now())
            return row
    return None


def codes_left(row: Authenticator) -> int:
    """How many recovery codes are good still."""
    count: int = app_settings.RECOVERY_CODE_COUNT
    return count - int(row.data["used_mask"]).bit_count()


def _is_of(row: Authenticator, code: str) -> bool:
    try:
        return bool(
            _of_app(row, code) if row.type == Authenticator.Type.TOTP else RecoveryCodes(row).validate_code(code)
        )
    except InvalidToken:  # the key that it was encrypted with is gone
        events.emit(events.Event.STAFF_REFUSED, "error", reason="unreadable", factor=row.type)
        return False


def _of_app(row: Authenticator, code: str) -> bool:
    step = step_of(decrypt(row.data["secret"]), code)
    if step is None or step <= row.data.get(LAST_STEP, 0):
        return False
    row.data[LAST_STEP] = step
    row.save(update_fields=["data"])
    return True
