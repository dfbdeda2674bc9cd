"""`manage.py simulate_escalation INBOX`: what a policy would have changed."""

import json
from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from agents.escalation import parsing
from agents.escalation.rules import Policy
from sessions_app.models import Inbox
from support.escalation import policies, simulation
from support.management.inboxes import inbox_of
from support.management.progress import Bars, Report, stream

DAYS = 30


def moment(text: str) -> datetime:
    """A date or a time, UTC unless it says otherwise."""
    try:
        day, time = parse_date(text), parse_datetime(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no date.") from error
    if time is None and day is None:
        raise ArgumentTypeError(f"{text!r} is no date: write 2026-05-31, or 2026-05-31T12:00.")
    found = time or datetime(day.year, day.month, day.day)  # type: ignore[union-attr]
    return found if timezone.is_aware(found) else timezone.make_aware(found)


class Command(BaseCommand):
    """Reads only: nothing is written, no model is asked."""

    help = "Replay the draft of an inbox's escalation policy, or rules from a file, over past conversations."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("inbox", metavar="INBOX", help="the inbox's key")
        parser.add_argument("--rules", type=Path, metavar="FILE", help="rules as JSON, instead of the draft")
        parser.add_argument("--since", type=moment, metavar="DATE", help=f"default: {DAYS} days ago")
        parser.add_argument("--until", type=moment, metavar="DATE", help="default: now")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one line of JSON")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        """Replay, and sum up."""
        inbox = inbox_of(options["inbox"])
        until = options["until"] or timezone.now()
        since = options["since"] or until - timedelta(days=DAYS)
        if since >= until:
            raise CommandError("The time range ends before it begins.")
        policy = self.policy(inbox, options["rules"])
        report = Report(stream(self.stderr if as_json else self.stdout), stream(self.stderr))
        with Bars(report) as bars:
            result = simulation.simulate(
                policy, inbox, since, until, lambda done, total: bars.show("Replaying conversations", done, total)
            )
        self.stdout.write(json.dumps(result) if as_json else text(result))

    def policy(self, inbox: Inbox, file: Path | None) -> Policy:
        """The rules of the file, else the draft, else what is in force."""
        if file is None:
            return policies.draft_of(inbox.pk) or policies.in_force(inbox.pk)
        try:
            return Policy(0, parsing.from_json(json.loads(file.read_text(encoding="utf-8"))))
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise CommandError(f"{file}: {error}") from error


def text(result: dict[str, Any]) -> str:
    """The result for people."""
    lines = [
        simulation.headline(result),
        f"{result['conversations']} conversations; handed over then: {result['then']}, under these rules: {result['now']}.",
        *(f"{kind:8}{result[kind]:6}" for kind in ("more", "fewer", "earlier")),
        *(
            f"{rule['position']:2}. {rule['name']:40}{rule['conversations']:6}"
            for rule in result["rules"]
            if rule["enabled"]
        ),
        *(f"{one['kind']:8} {one['id']} {one['rule']}" for one in result["listed"]),
    ]
    return "\n".join(lines)
