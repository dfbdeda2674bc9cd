"""Which address counts as proven: by whom, for whom, and for how long."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from sessions_app import services, verified
from sessions_app.models import Customer, VerifiedAddress
from support import rows
from support.models import Conversation
from tests.sessions_app.test_who_starts import identity

pytestmark = pytest.mark.django_db


def known(customer: Customer) -> str:
    """The address that counts, as both ways of asking say."""
    proven = verified.of(customer.id)
    address = proven.address if proven else ""
    conversation = Conversation.objects.create(inbox=customer.inbox, customer=customer)
    assert rows.setting(conversation).who.verified_email == address
    return address


def identified(inbox, **claims) -> Customer:
    """Who starts a session with these claims."""
    token = identity(inbox, **claims)
    return services.find_customer(services.Start(inbox.key, identity=token), inbox, None)


def test_a_proof_lasts_for_its_days(inbox, settings):
    """Red when HOLDS does not look at the time, or `note` forgets the days."""
    settings.VERIFIED_ADDRESS_DAYS = 3
    carla = Customer.objects.create(inbox=inbox)
    assert known(carla) == ""
    verified.note(carla.id, "carla@example.com", verified.How.CODE)
    row = VerifiedAddress.objects.get()
    assert row.expires_at - row.verified_at == timedelta(days=3)
    for left, address in ((timedelta(seconds=60), "carla@example.com"), (timedelta(seconds=-1), "")):
        VerifiedAddress.objects.update(expires_at=Now() + left)
        assert known(carla) == address


def test_a_newer_proof_takes_the_place_of_the_older_and_nobody_elses(inbox):
    carla, bob = (Customer.objects.create(inbox=inbox) for _ in range(2))
    verified.note(bob.id, "bob@example.com", verified.How.CODE)
    verified.note(carla.id, "old@example.com", verified.How.CODE)
    verified.note(carla.id, "new@example.com", verified.How.CODE)
    assert (known(carla), known(bob)) == ("new@example.com", "bob@example.com")


def test_who_is_named_an_address_can_prove_no_other(inbox):
    """Red when HOLDS does not compare: who is in somebody's account would prove a mailbox of their own."""
    carla = Customer.objects.create(inbox=inbox, sub="carla", email="Carla@Example.com")
    verified.note(carla.id, "eve@example.com", verified.How.CODE)
    assert known(carla) == ""
    verified.note(carla.id, "carla@example.com", verified.How.CODE)
    assert known(carla) == "carla@example.com"
    Customer.objects.filter(id=carla.id).update(email="moved@example.com")
    assert known(Customer.objects.get(id=carla.id)) == ""


@pytest.mark.parametrize(
    ("claims", "address"),
    [
        ({"email": "Carla@example.com", "email_verified": True}, "carla@example.com"),
        ({"email": "carla@example.com", "email_verified": False}, ""),
        ({"email": "carla@example.com", "email_verified": "true"}, ""),
        ({"email": "carla@example.com", "email_verified": 1}, ""),
        ({"email": "carla@example.com"}, ""),
        ({"email_verified": True}, ""),
        ({"email": "no address", "email_verified": True}, ""),
    ],
    ids=["true", "false", "a text", "one", "not said", "of nothing", "of no address"],
)
def test_the_companys_word(inbox, claims, address):
    """Red when an address in an identity counts as proven without `email_verified: true`."""
    carla = identified(inbox, **claims)
    assert known(carla) == address


def test_a_word_that_is_not_repeated_is_taken_back_and_a_code_stays(inbox):
    """Red when `by_identity` deletes nothing, or proofs of the other kind."""
    mail = {"email": "carla@example.com"}
    carla = identified(inbox, **mail, email_verified=True)
    assert known(carla)
    identified(inbox, **mail)
    assert known(carla) == ""
    verified.note(carla.id, "carla@example.com", verified.How.CODE)
    identified(inbox, **mail)
    assert known(carla) == "carla@example.com"
