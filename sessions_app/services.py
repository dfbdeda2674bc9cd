"""Starting, proving, refreshing and ending sessions. Everything here blocks; call it from a thread."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from config.common import clock, db, events
from config.common.audit.origin import Actor
from config.common.errors import NotFound, Unauthorized, Unavailable
from config.common.text import storable
from sessions_app import identity as identities
from sessions_app import tokens, verified
from sessions_app.cache import cache
from sessions_app.models import Customer, FormerVisitor, Inbox, SessionRevocation
from sessions_app.records import Session
from sessions_app.store import store

# How long the old token lives on after a refresh, for requests in flight.
REFRESH_GRACE_SECONDS = 25
# Every web process hears of every session that is ended: few are, and most sockets never need to know.
ENDED_GROUP = "sessions"
_REVOKED = "SELECT session_id FROM sessions_app_sessionrevocation WHERE session_id = ANY(%s)"


@dataclass(frozen=True)
class Start:
    """What a new session is made from; `previous_token` and `identity` are as they came."""

    inbox_key: str
    identity: str | None = None
    previous_token: str | None = None
    locale: str = ""
    metadata: dict[str, Any] | None = None


class Expired(Unauthorized):
    """A token that was good and has run out: a new one is due."""


@dataclass(frozen=True)
class Caller:
    """A proven customer: what `request.auth` and a socket hold."""

    session: Session
    claims: tokens.Claims

    @property
    def actor(self) -> Actor:
        """Who the audit trail says it was."""
        return Actor.customer(self.session.customer)


def find_inbox(key: str) -> Inbox:
    """The active inbox of that key, or NotFound."""
    inbox = Inbox.objects.filter(key=key, is_active=True).first() if storable(key) else None
    if inbox is None:
        raise NotFound("There is no inbox with this key.")
    return inbox


def previous_claims(token: str | None, inbox: Inbox) -> tokens.Claims | None:
    """What an earlier token of the same inbox proves: expired is fine, revoked or forged proves nothing.

    Nor does that of a customer who is no more: nobody goes on in a conversation that was erased.
    """
    if not token:
        return None
    try:
        claims = tokens.read(token)
    except Unauthorized:
        return None
    if claims.inbox != inbox.id or SessionRevocation.objects.filter(session_id=claims.session).exists():
        return None
    return claims if Customer.objects.filter(id=claims.customer).exists() else None


def find_customer(start: Start, inbox: Inbox, previous: tokens.Claims | None) -> Customer:
    """The customer the identity names, else the one `previous` proves, else a new one."""
    trust = identities.Trust(inbox.identity_secret, inbox.identity_keys_url, inbox.identity_audience)
    identity = identities.verify(start.identity, trust) if start.identity else None
    return _customer(identity, start, inbox, previous)


@transaction.atomic
def _customer(
    identity: identities.Identity | None, start: Start, inbox: Inbox, previous: tokens.Claims | None
) -> Customer:
    if identity:
        known = {key: value for key in ("name", "email") if (value := getattr(identity, key))}
        customer, created = Customer.objects.get_or_create(
            inbox=inbox, sub=identity.sub, defaults=known | {"metadata": start.metadata or {}}
        )
        if not created and any(getattr(customer, key) != value for key, value in known.items()):
            for key, value in known.items():
                setattr(customer, key, value)
            customer.save(update_fields=[*known, "last_seen_at"])
        verified.by_identity(customer, identity)
        if previous is not None:
            _remember_visitor(previous.customer, customer)
        return customer
    if previous is not None:
        customer_before = Customer.objects.filter(id=previous.customer, inbox=inbox).first()
        if customer_before is not None:
            return customer_before
    return Customer.objects.create(inbox=inbox, metadata=start.metadata or {})


def _remember_visitor(visitor: UUID, customer: Customer) -> None:
    """Note that an anonymous visitor has signed in as this customer, the first one they sign in as."""
    if Customer.objects.filter(id=visitor, inbox=customer.inbox_id, sub=None).exists():
        FormerVisitor.objects.bulk_create([FormerVisitor(visitor_id=visitor, customer=customer)], ignore_conflicts=True)


def open_session(inbox: Inbox, customer: Customer, conversation: UUID, start: Start) -> Session:
    """Store a new session; the caller has settled which conversation it is for."""
    now = int(clock.timestamp())
    session = Session(
        id=uuid4(),
        inbox=inbox.id,
        customer=customer.id,
        conversation=conversation,
        created_at=now,
        generation=1,
        generation_at=now,
        locale=start.locale or inbox.locale,
        metadata=start.metadata or {},
    )
    store.create(session)
    events.emit(events.Event.SESSION_STARTED, session=str(session.id), inbox=str(inbox.id))
    return session


def authenticate(token: str) -> Caller:
    """The live session a token proves; Unauthorized, or Expired for a token that only ran out.

    What was proven a moment ago still counts; before a token is refused Redis and PostgreSQL are asked.
    """
    claims = tokens.read(token)
    session = cache.get(claims.session)
    if session is None or not _current(claims, session):
        session = cache.fill(claims.session, _unrevoked)
    if session is None or not _current(claims, session):
        raise Unauthorized()
    if claims.expired:
        raise Expired()
    return Caller(session, claims)


def _unrevoked(session_id: UUID) -> Session | None:
    """The session, as Redis has it and unless PostgreSQL knows it was ended."""
    session = store.load(session_id)
    if session is None or SessionRevocation.objects.filter(session_id=session_id).exists():
        return None
    return session


def _current(claims: tokens.Claims, session: Session) -> bool:
    """Whether the token is the session's present one, or the one before within its grace."""
    if claims.generation == session.generation:
        return True
    in_grace = clock.timestamp() < session.generation_at + REFRESH_GRACE_SECONDS
    return claims.generation == session.generation - 1 and in_grace


def refresh(caller: Caller) -> Session:
    """The session with its next token. The old token, while it lives, leads to the same successor."""
    issued_at = int(clock.timestamp())

    def change(session: Session) -> Session:
        return session.refreshed(issued_at) if session.generation == caller.claims.generation else session

    session = store.update(caller.session.id, change)
    cache.forget(caller.session.id)
    if session is None:
        raise Unauthorized()
    return session


def end(session_id: UUID) -> None:
    """Kill the session: durably in PostgreSQL first, then in Redis, then tell the sockets that hold it.

    In this process it is dead when this returns, in others at once if Redis is there to tell them, and within
    `cache.LIFETIME_SECONDS` if not.
    """
    SessionRevocation.objects.get_or_create(session_id=session_id)
    cache.forget(session_id)
    try:
        store.delete(session_id)
    except Unavailable as error:
        # It is revoked, which is what counts; clean-up removes the record.
        events.emit(events.Event.FANOUT_FAILED, "warning", reason=type(error.__cause__).__name__)
    announce_end(session_id)
    events.emit(events.Event.SESSION_ENDED, session=str(session_id))


def announce_end(session_id: UUID) -> None:
    """Tell the sockets that hold the session; what gets lost they find out from PostgreSQL."""
    message = {"type": "session.ended", "session": str(session_id)}
    try:
        async_to_sync(get_channel_layer("default").group_send)(ENDED_GROUP, message)
    except Exception as error:  # noqa: BLE001 - Redis is away, in one of its many ways
        events.emit(events.Event.FANOUT_FAILED, "warning", reason=type(error).__name__)


def revoked_among(session_ids: list[UUID]) -> set[UUID]:
    """Which of these sessions were ended; one query."""
    return {session_id for (session_id,) in db.rows(_REVOKED, [session_ids])}
