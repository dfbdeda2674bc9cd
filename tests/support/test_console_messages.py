"""The messages a human agent reads: page by page, with what customers said about answers."""

import uuid

import pytest

from support import actions, shapes
from support.models import Message
from tests.support.console_cast import browser, conversation, staff, url

pytestmark = pytest.mark.django_db

COMMENT = "It leaves out the costs. <script>alert(1)</script>"


@pytest.fixture
def place():
    return conversation("One", "Two", "Three", "Four")


def read(place, **parameters):
    return browser("alice").get(url(place, "messages"), parameters).json()


def test_a_page_is_as_long_as_asked(place):
    """Red when the limit is not handed on."""
    page = read(place, after=1, limit=2)
    assert [message["seq"] for message in page["results"]] == [2, 3]
    assert page["last_seq"] == 4
    assert [message["seq"] for message in read(place)["results"]] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "parameters", [{"limit": "-1"}, {"limit": "501"}, {"limit": "x"}, {"limit": "٣"}, {"after": ""}, {"after": "1.5"}]
)
def test_a_bad_place_or_length_is_refused(place, parameters):
    response = browser("alice").get(url(place, "messages"), parameters)
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] in parameters


def test_staff_read_what_a_customer_says_about_an_answer_and_customers_do_not(place):
    """Red when `_feedback` gives None, and when `shapes.message` tells it to everybody."""
    actions.claim(place.conversation, staff("alice"))
    actions.reply(place.conversation, staff("alice"), uuid.uuid4(), "Like this.", 9)
    answer = Message.objects.get(conversation=place.conversation, role="human")
    Message.objects.filter(pk=answer.pk).update(rating="down", rating_reason="incomplete", rating_comment=COMMENT)
    answer.refresh_from_db()
    shown = {message["id"]: message for message in read(place)["results"]}
    assert shown[str(answer.pk)]["feedback"] == {"reason": "incomplete", "comment": COMMENT}
    assert {message["feedback"] for id_, message in shown.items() if id_ != str(answer.pk)} == {None}
    assert COMMENT not in str(shapes.message(answer))
