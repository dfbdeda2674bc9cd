"""REDIS_URL in all its forms, and what is made of it."""

import pytest

from config.common.redis_url import RedisUrl

SENTINELS = "redis+sentinel://us%3Aer:p%40ss@one:26380,[::1]/main/2?sentinel_password=s"


@pytest.mark.parametrize("text", ["redis://h:1/3", "rediss://h", "unix:///run/redis.sock?db=1"])
def test_a_single_server_is_left_to_the_libraries(text):
    url = RedisUrl.parse(text)
    assert (url.kind, url.url) == ("single", text)
    assert url.channel_host() == {"address": text, "socket_timeout": None}


def test_the_broker_of_a_single_server():
    assert RedisUrl.parse("redis://h:1/3").broker() == ("redis://h:1/3", {})
    assert RedisUrl.parse("unix:///x?db=1").broker() == ("redis+socket:///x?virtual_host=1", {})


def test_sentinels():
    url = RedisUrl.parse(SENTINELS)
    assert (url.kind, url.nodes, url.service, url.db) == ("sentinel", (("one", 26380), ("::1", 26379)), "main", 2)
    assert url.login == {"username": "us:er", "password": "p@ss"}
    assert url.sentinel_options["password"] == "s"
    host = url.channel_host()
    assert (host["master_name"], host["db"], host["password"], host["socket_timeout"]) == ("main", 2, "p@ss", None)


def test_the_broker_behind_sentinels():
    broker, options = RedisUrl.parse(SENTINELS).broker()
    login = "us%3Aer:p%40ss@"
    assert broker == f"sentinel://{login}one:26380/2;sentinel://{login}[::1]:26379/2"
    assert options["master_name"] == "main"
    assert options["sentinel_kwargs"]["password"] == "s"


def test_a_cluster():
    url = RedisUrl.parse("rediss+cluster://:secret@one:7000,two")
    assert (url.kind, url.nodes, url.tls) == ("cluster", (("one", 7000), ("two", 6379)), True)
    assert url.login == {"password": "secret"}
    assert url.broker() == ("", {})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "begin with"),
        ("host:6379", "begin with"),
        ("http://host", "begin with"),
        ("redis+nothing://host", "begin with"),
        ("redis+sentinel://host:26379", "name of the primary"),
        ("redis+sentinel://host/main/x", "must be a number"),
        ("redis+sentinel:///main", "host is missing"),
        ("redis+sentinel://host/main?socket_timeout=1", "unknown options: socket_timeout"),
        ("redis+cluster://host/1", "database 0 only"),
    ],
)
def test_what_is_wrong_is_said(text, reason):
    with pytest.raises(ValueError, match=reason):
        RedisUrl.parse(text)


def test_passwords_are_not_repeated():
    with pytest.raises(ValueError) as caught:
        RedisUrl.parse("redis+sentinel://:canary@host/main/canary?canary=x")
    assert "host" not in str(caught.value).replace("redis+sentinel://host:26379/mymaster/0", "")
