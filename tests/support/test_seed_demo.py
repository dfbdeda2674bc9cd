"""`manage.py seed_demo`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command

from knowledge import ingestion
from knowledge.ingestion import Draft
from knowledge.models import Article, ArticleVersion, Chunk
from sessions_app.models import ApiKey, Inbox

pytestmark = pytest.mark.django_db

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def path(settings, tmp_path):
    """Where demo.json goes; the help centre beside it has two articles."""
    settings.BASE_DIR = tmp_path
    folder = tmp_path / "docs" / "help"
    folder.mkdir(parents=True)
    (folder / "embed.md").write_text("# Add the chat to your website\n\nPaste one line of HTML.\n")
    (folder / "start.md").write_text("# Start Replywell\n\nType make run.\n")
    return tmp_path / "data" / "demo.json"


def seed(path, base_url=BASE):
    out = StringIO()
    call_command("seed_demo", "--demo-json", str(path), *(["--base-url", base_url] if base_url else []), stdout=out)
    return out.getvalue().splitlines()


def demo(path):
    return json.loads(path.read_text())


def help_file(path, slug):
    return path.parent.parent / "docs" / "help" / f"{slug}.md"


def article(slug):
    return Article.objects.get(external_id=f"help/{slug}")


# -- What there is afterwards


def test_demo_json_has_the_shape_of_the_contract_and_is_private(path):
    seed(path)
    written = demo(path)
    assert list(written) == [
        *("base_url", "inbox_key", "identity_secret", "admin", "human_agent", "editor", "api_key"),
    ]
    assert (written["base_url"], written["inbox_key"]) == (BASE, "demo")
    assert written["identity_secret"] == Inbox.objects.get().identity_secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["demo.json"]


def test_the_credentials_work(path):
    seed(path)
    written = demo(path)
    staff: dict[str, Any] = {role: authenticate(**written[role]) for role in ("admin", "human_agent", "editor")}
    assert all(user.is_staff for user in staff.values())
    assert [user.is_superuser for user in staff.values()] == [True, False, False]
    assert staff["human_agent"].has_perm("support.change_conversation")
    assert not staff["human_agent"].has_perm("knowledge.change_article")
    assert staff["editor"].has_perm("knowledge.change_article")
    key = ApiKey.objects.get(digest=ApiKey.digest_of(written["api_key"]))
    assert sorted(key.scopes) == sorted(ApiKey.SCOPES)
    assert not key.inboxes.exists()


def test_the_inbox_admits_both_names_of_this_machine(path):
    seed(path)
    inbox = Inbox.objects.get()
    assert inbox.allowed_sites == [BASE, "http://localhost:8000"]
    assert len(inbox.suggestions) == 4


def test_the_help_centre_is_published(path):
    seed(path)
    embed = article("embed")
    assert (embed.title, embed.status, embed.audience) == ("Add the chat to your website", "published", "everyone")
    assert (embed.url, embed.tags) == (f"{BASE}/help/embed/", [])
    assert embed.versions.get().body == "Paste one line of HTML.\n"


def test_the_real_help_centre_is_seeded(tmp_path):
    seed(tmp_path / "demo.json")
    from django.conf import settings

    files = {path.stem for path in (settings.BASE_DIR / "docs" / "help").glob("*.md")}
    assert {each.external_id for each in Article.objects.all()} == {f"help/{name}" for name in files}
    assert all(each.title and each.chunks.exists() for each in Article.objects.all())


# -- Once more


def test_a_second_run_does_nothing(path, django_assert_max_num_queries):
    seed(path)
    before, stat = demo(path), path.stat()
    with django_assert_max_num_queries(10):
        assert seed(path) == []
    assert (demo(path), path.stat().st_mtime_ns) == (before, stat.st_mtime_ns)


def test_without_an_address_the_last_one_is_kept(path):
    seed(path, "http://localhost:9000")
    assert seed(path, None) == []
    assert demo(path)["base_url"] == "http://localhost:9000"


def test_another_address_moves_the_articles_and_admits_its_site(path):
    seed(path)
    chunks = set(Chunk.objects.values_list("id", flat=True))
    secrets = {name: value for name, value in demo(path).items() if name != "base_url"}
    seed(path, "http://localhost:9000/")
    assert demo(path) == {"base_url": "http://localhost:9000"} | secrets
    assert article("embed").url == "http://localhost:9000/help/embed/"
    assert set(Chunk.objects.values_list("id", flat=True)) == chunks
    sites = [BASE, "http://localhost:8000", "http://localhost:9000", "http://127.0.0.1:9000"]
    assert Inbox.objects.get().allowed_sites == sites


def test_a_bad_address_is_refused(path):
    with pytest.raises(CommandError, match="--base-url"):
        seed(path, "localhost:8000")
    assert not path.exists()


def test_an_inboxs_settings_are_its_owners(path):
    seed(path)
    Inbox.objects.update(name="Mine", suggestions=[], is_active=False)
    seed(path)
    inbox = Inbox.objects.get()
    assert (inbox.name, inbox.suggestions, inbox.is_active) == ("Mine", [], False)


# -- Credentials


def test_without_demo_json_all_secrets_are_new(path):
    seed(path)
    old = demo(path)
    path.unlink()
    seed(path)
    new = demo(path)
    for role in ("admin", "human_agent", "editor"):
        assert authenticate(**old[role]) is None
        assert authenticate(**new[role])
    assert ApiKey.objects.get(revoked_at=None).digest == ApiKey.digest_of(new["api_key"])
    assert ApiKey.objects.get(digest=ApiKey.digest_of(old["api_key"])).revoked_at
    assert get_user_model().objects.filter(is_staff=True).count() == 3


@pytest.mark.parametrize("content", ["", "{", "[]", '{"admin": 5, "api_key": 5}'])
def test_a_broken_demo_json_is_replaced(path, content):
    seed(path)
    path.write_text(content)
    seed(path)
    assert authenticate(**demo(path)["admin"])
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_demo_json_of_another_database_is_replaced(path):
    seed(path)
    foreign = demo(path) | {"api_key": "rw_00000000.foreign", "identity_secret": "foreign"}
    path.write_text(json.dumps(foreign))
    seed(path)
    assert demo(path)["admin"]["password"] != foreign["admin"]["password"]
    assert authenticate(**demo(path)["admin"])
    assert ApiKey.objects.filter(digest=ApiKey.digest_of(demo(path)["api_key"]), revoked_at=None).exists()


def test_a_revoked_key_is_replaced_and_passwords_stay(path):
    seed(path)
    old = demo(path)
    ApiKey.objects.update(revoked_at="2026-01-01T00:00:00Z")
    seed(path)
    new = demo(path)
    assert new["api_key"] != old["api_key"]
    assert new | {"api_key": old["api_key"]} == old


def test_an_account_that_is_gone_comes_back(path):
    seed(path)
    old = demo(path)
    get_user_model().objects.get(username="agent").delete()
    seed(path)
    assert authenticate(**demo(path)["human_agent"])
    assert demo(path)["admin"] == old["admin"]


def test_a_password_that_its_owner_changed_is_not_reset(path):
    seed(path)
    admin = get_user_model().objects.get(username="admin")
    admin.set_password("chosen by a person")
    admin.save()
    assert seed(path) == []
    assert authenticate(username="admin", password="chosen by a person")


def test_a_file_that_others_can_read_is_made_private(path):
    seed(path)
    path.chmod(0o644)
    seed(path)
    assert path.stat().st_mode & 0o777 == 0o600


# -- Articles


def test_a_changed_file_is_a_new_version(path):
    seed(path)
    help_file(path, "embed").write_text("# Add the chat\n\nPaste a line.\n")
    assert "Articles: 1 updated" in seed(path)
    assert (article("embed").title, article("embed").version) == ("Add the chat", 2)
    assert article("start").version == 1


def editor():
    return get_user_model().objects.get(username="editor")


@pytest.mark.parametrize("author", [editor, lambda: None], ids=["in the console", "through the API"])
def test_what_was_changed_here_is_not_overwritten(path, author):
    seed(path)
    ingestion.save(Draft(body="Our own words.", author=author()), article("embed"))
    for text in (None, "# Add the chat\n\nPaste a line.\n"):
        if text:
            help_file(path, "embed").write_text(text)
        assert seed(path) == []
        assert ArticleVersion.objects.get(article=article("embed"), number=2).body == "Our own words."
        assert article("embed").version == 2


def test_what_was_archived_here_stays_archived(path):
    seed(path)
    ingestion.save(Draft(status="archived"), article("embed"))
    help_file(path, "embed").write_text("# Add the chat\n\nPaste a line.\n")
    seed(path)
    assert article("embed").status == "archived"


def test_an_article_goes_and_returns_with_its_file(path):
    seed(path)
    text = help_file(path, "embed").read_text()
    help_file(path, "embed").unlink()
    assert "Articles: 1 archived, as their files are gone" in seed(path)
    assert article("embed").status == "archived"
    assert seed(path) == []
    help_file(path, "embed").write_text(text)
    assert "Articles: 1 published again" in seed(path)
    assert (article("embed").status, article("embed").url) == ("published", f"{BASE}/help/embed/")
    assert seed(path) == []


def test_articles_that_others_made_are_left_alone(path):
    seed(path)
    ingestion.save(Draft(title="Ours", body="Text.", status="published", external_id="help/ours"))
    assert seed(path) == []
    assert article("ours").status == "published"


def test_an_installation_without_its_docs_keeps_its_articles(path):
    seed(path)
    for slug in ("embed", "start"):
        help_file(path, slug).unlink()
    assert seed(path) == []
    assert Article.objects.filter(status="published").count() == 2
