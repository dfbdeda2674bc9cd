"""The staff of the console's tests: Alice and Bob answer customers, Ed writes articles, Rita administers."""

import uuid

from django.contrib.auth.models import Group, User
from django.test import Client

from sessions_app.models import Customer, Inbox
from support import actions
from support.actions import Place
from support.roles import AGENTS, EDITORS

GROUPS = {"alice": AGENTS, "bob": AGENTS, "ed": EDITORS}


def staff(name):
    """The member of staff of that name."""
    user, made = User.objects.get_or_create(
        username=name, defaults={"is_staff": True, "is_superuser": name == "rita", "first_name": name.title()}
    )
    if made and name in GROUPS:
        user.groups.add(Group.objects.get(name=GROUPS[name]))
    return user


def browser(name):
    """A browser in which they are signed in."""
    client = Client()
    client.force_login(staff(name))
    return client


def conversation(*texts, name="Carla"):
    """A customer's conversation with these messages."""
    inbox, _ = Inbox.objects.get_or_create(key="ib_cast", defaults={"name": "Acme"})
    customer = Customer.objects.create(inbox=inbox, name=name)
    place = Place(uuid.uuid4(), inbox.id, customer.id, "en")
    for text in texts or ("Hello?",):
        actions.receive_message(place, uuid.uuid4(), text, "nobody")
    return place


def write(place, text):
    """The customer writes once more."""
    return actions.receive_message(place, uuid.uuid4(), text, "nobody").message


def url(place, name="change"):
    """Where the console has the conversation, or what can be done with it."""
    return f"/admin/support/conversation/{place.conversation}/{name}/"


def post(client, place, name, **body):
    """A button on the conversation's page is pressed."""
    return client.post(url(place, name), body, content_type="application/json")
