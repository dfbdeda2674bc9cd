"""What the example client promises: nothing is sent twice, and no event is missed, when the connection breaks."""

import uuid

import pytest

from tests.example_client import ApiError, Customer, Integration
from tests.proxy import Proxy


@pytest.fixture
def cut(live):
    """A customer, and the proxy that can cut what comes back to them."""
    with Proxy(("127.0.0.1", 0), ("127.0.0.1", live.webs[0].port)) as proxy:
        yield Customer.start(proxy.url, live.demo["inbox_key"]), proxy


@pytest.fixture
def team(live):
    return Integration(live.webs[0].url, live.demo["api_key"])


def test_a_message_whose_answer_was_lost_is_sent_again_and_kept_once(cut):
    """Red when `send` does not ask for `repeat`, or makes a new client_id for each attempt."""
    customer, proxy = cut
    proxy.cut_on = b"HTTP/1.1 201"
    sent = customer.send("Once, please")
    assert proxy.cuts == 1
    own = [message for message in customer.messages(customer.conversation) if message["role"] == "customer"]
    assert own == [sent["message"]]


def test_a_broken_stream_goes_on_where_it_was(cut, monkeypatch):
    """Red when `events` does not remember the last seq, or gives up when the connection breaks or cannot be made at once."""
    customer, proxy = cut
    customer.send("First", wait=30)
    durable = (event.seq for event in customer.events() if event.seq)
    assert [next(durable), next(durable)] == [1, 2]
    proxy.reset()
    _refused_once(monkeypatch, customer)
    assert customer.send("Second")["message"]["seq"] == 3
    assert next(durable) == 3


def _refused_once(monkeypatch, customer):
    """Whoever listens is away the next time that a stream is asked for."""
    there = customer.open

    def away(method, path, *rest, **more):
        if not path.endswith("/events"):
            return there(method, path, *rest, **more)
        monkeypatch.undo()
        raise ConnectionRefusedError

    monkeypatch.setattr(customer, "open", away)


def test_what_is_wrong_is_not_tried_again(cut):
    """Red when every status is repeated."""
    customer, _ = cut
    with pytest.raises(ApiError) as refused:
        customer.send("x" * 8001)
    assert (refused.value.status, refused.value.problem["errors"][0]["field"]) == (400, "text")
    customer.end()
    with pytest.raises(ApiError) as refused:
        next(customer.events())
    assert refused.value.status == 401


def test_an_article_is_put_found_by_its_id_and_deleted(team):
    mine = f"example/{uuid.uuid4()}"
    article = team.put_article(mine, "An example", "It is *one*.", status="draft")
    assert team.put_article(mine, "An example", "It is *one*.")["version"] == article["version"]
    assert [each["id"] for each in team.articles(external_id=mine)] == [article["id"]]
    assert team.change_article(article["id"], title="Another")["title"] == "Another"
    team.delete_article(article["id"])
    with pytest.raises(ApiError):
        team.article(article["id"])


def test_every_page_of_a_list_is_read(team):
    """Red when `pages` stops after the first."""
    listed = [each["id"] for each in team.pages("/knowledge/articles", page_size=20)]
    assert len(listed) == team.call("GET", "/knowledge/articles")["count"] > 20
    assert len(set(listed)) == len(listed)


def test_a_list_that_becomes_shorter_ends(team, monkeypatch):
    """Red when `pages` takes a page that is gone for an error, or a list that is none for an empty one."""
    call = team.call
    monkeypatch.setattr(team, "call", lambda method, path: call(method, path.replace("&page=2", "&page=9999")))
    assert len(list(team.pages("/knowledge/articles", page_size=20))) == 20
    with pytest.raises(ApiError):
        list(team.pages("/nothing"))
