"""A proven address is shown where a customer is: by the API, in frames, in webhooks, in the console."""

import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from sessions_app import verified
from sessions_app.models import ApiKey, Customer, Inbox, VerifiedAddress
from support import customer, queries
from support.admin import panel
from support.models import WebhookEvent
from support.webhooks import subscriptions
from support.webhooks.subscriptions import Wish
from tests.support.console_cast import staff
from tests.support.conversations import new_place
from tests.verification.conftest import CARLA, asked_of, code_in

pytestmark = pytest.mark.django_db


def shown(asked) -> str:
    """What the API shows of the conversation's customer."""
    view = queries.view(queries.of_inboxes(asked.place.conversation, None))
    return view["customer"]["verified_email"]


def test_integrations_see_it_from_the_proof_on(asked, mailserver, client):
    """Also in a list. Red when `related` does not read it along."""
    _, key = ApiKey.issue("crm", ["conversations:read"])
    where = {"path": "/api/v1/conversations", "headers": {"Authorization": f"Api-Key {key}"}}
    (before,) = client.get(**where).json()["results"]
    assert before["customer"]["verified_email"] == ""
    asked.is_sent()
    asked.say(code=code_in(mailserver))
    (after,) = client.get(**where).json()["results"]
    assert after["customer"] | {"verified_email": CARLA} == after["customer"]
    assert after["customer"]["email"] == ""


def test_not_those_of_another_inbox(asked, client):
    verified.note(asked.place.customer, CARLA, verified.How.CODE)
    _, key = ApiKey.issue("crm", ["conversations:read"], [Inbox.objects.get(id=new_place().inbox)])
    answer = client.get(
        f"/api/v1/conversations/{asked.place.conversation}", headers={"Authorization": f"Api-Key {key}"}
    )
    assert (answer.status_code, CARLA in answer.text) == (404, False)


def test_what_does_not_count_is_not_shown(asked):
    """It ran out, or the company names another. Red when `address_by` leaves HOLDS out."""
    verified.note(asked.place.customer, CARLA, verified.How.CODE)
    assert shown(asked) == CARLA
    Customer.objects.filter(id=asked.place.customer).update(sub="carla-1", email="else@example.com")
    assert shown(asked) == ""
    Customer.objects.filter(id=asked.place.customer).update(email="Carla@Example.com")
    assert shown(asked) == CARLA
    VerifiedAddress.objects.update(expires_at=Now() - timedelta(seconds=1))
    assert shown(asked) == ""


def test_webhooks_are_told_with_the_proof(asked, mailserver):
    """Red when `related` does not read it along."""
    subscriptions.create(Wish(url="https://crm.example.com/hook", types=["conversation.updated"], inboxes=None))
    asked.is_sent()
    code = code_in(mailserver)
    WebhookEvent.objects.all().delete()
    asked.say(code=code)
    (event,) = WebhookEvent.objects.all()
    assert json.loads(event.body)["data"]["customer"]["verified_email"] == CARLA


def test_staff_and_the_customer_see_it(asked):
    """Red when a reserved conversation, or the console's page, leaves it out."""
    verified.note(asked.place.customer, CARLA, verified.How.CODE)
    row = queries.of_staff(asked.place.conversation, staff("rita"))
    assert panel.details(row, staff("rita"))["customer"]["verified_email"] == CARLA
    assert customer.view(asked.caller, asked.place.conversation)["customer"]["verified_email"] == CARLA
    reserved = asked_of(new_place())
    verified.note(reserved.place.customer, CARLA, verified.How.CODE)
    assert customer.reserved(reserved.caller)["customer"]["verified_email"] == CARLA
