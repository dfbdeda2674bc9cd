"""Names for the ids of a page of entries, one query for each kind: entries have none, so that people can be forgotten."""

from collections import defaultdict
from collections.abc import Iterable

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model

from config.common.audit.models import Entry

# Where an actor's row is.
ACTORS = {Entry.Kind.STAFF: "user", Entry.Kind.API_KEY: "apikey"}
_NAMED = {
    "user": "auth.User",
    "group": "auth.Group",
    "apikey": "sessions_app.ApiKey",
    "inbox": "sessions_app.Inbox",
    "article": "knowledge.Article",
    "httptool": "agents.HttpTool",
    "mcpserver": "agents.McpServer",
    "mcptool": "agents.McpTool",
}


def of(entries: Iterable[Entry]) -> dict[tuple[str, str], str]:
    """By (kind of object, id): what it is called now. What is gone has no name any more."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        wanted[entry.object_type].add(entry.object_id)
        if kind := ACTORS.get(Entry.Kind(entry.actor_kind)):
            wanted[kind].add(entry.actor_id)
    return {
        (kind, str(row.pk)): str(row)
        for kind, ids in wanted.items()
        if kind in _NAMED
        for row in _there(apps.get_model(_NAMED[kind]), ids)
    }


def _there(model: type[Model], ids: set[str]) -> Iterable[Model]:
    keys = []
    for text in ids:
        try:
            keys.append(model._meta.pk.to_python(text))
        except ValidationError:
            continue  # no id of this kind
    return model._default_manager.filter(pk__in=keys)


def users(name: str) -> list[str]:
    """The id of the user of that name, if there is one."""
    users = apps.get_model("auth.User")._default_manager.filter(username=name)
    return [str(key) for key in users.values_list("pk", flat=True)]
