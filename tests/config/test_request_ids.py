"""Each response names its request and says how long it took."""

import re

import pytest

pytestmark = pytest.mark.django_db

PATHS = ["/livez", "/api/v1/nothing", "/nothing", "/api/v1/conversations"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("given", ["abc", "A-1_b.c:d", "x" * 128])
def test_a_good_id_is_kept(client, path, given):
    assert client.get(path, headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\nb", "<script>", "é", "a;b", '"'])
def test_a_bad_id_is_replaced(client, given):
    """Red when `_REQUEST_ID` is matched with match instead of fullmatch."""
    answered = client.get("/livez", headers={"X-Request-ID": given})["X-Request-ID"]
    assert answered != given
    assert re.fullmatch(r"[0-9a-f]{32}", answered)


def test_ids_differ(client):
    assert client.get("/livez")["X-Request-ID"] != client.get("/livez")["X-Request-ID"]


@pytest.mark.parametrize("path", PATHS)
def test_the_time_is_told(client, path):
    assert re.fullmatch(r"app;dur=\d+\.\d", client.get(path)["Server-Timing"])
