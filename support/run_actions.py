"""What a run may do to its conversation: answer, hand over, fail, start again. The fence is here.

Every action locks the conversation's row and re-checks, in the transaction that would write, that the run is still
the one in charge (`_fence`).
"""

import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from agents import outcomes
from agents.agent import is_repeatable
from agents.calls import State
from agents.escalation.rules import Action as Does
from agents.memory import MemoryUpdate
from agents.turn import Escalate, Outcome, Reply, Request
from config.common.audit.actions import Action as Audited
from config.common.audit.origin import SYSTEM
from config.common.audit.trail import record
from knowledge import retrieval
from knowledge.curated import giving
from support import actions, rows, tool_actions
from support.change import Change, Fenced, StaleCitation
from support.escalation import traces
from support.memory import actions as memory
from support.models import Action, Conversation, Message, Run

MAX_ATTEMPTS = 3
NOTHING_NEW = MemoryUpdate()
_SPENT = ("model", "model_calls", "input_tokens", "output_tokens", "cost")


def _lock(run_id: UUID) -> tuple[Conversation, Run]:
    """The run, and its conversation locked. Locked first, read then: what waited sees the run as it is after."""
    conversation = rows.lock_of(run_id)
    run = rows.run(run_id)
    if conversation is None or run is None:
        raise Fenced()
    return conversation, run


def _fence(run_id: UUID, owner: str) -> tuple[Change, Run]:
    """Lock the run's conversation; Fenced unless the run is still in charge of it.

    Claims, releases and closes lock the same row and move its epoch on: after their commit no run of an earlier epoch
    gets past here.
    """
    conversation, run = _lock(run_id)
    in_charge = (
        run.state == Run.State.ACTIVE
        and run.lease_owner == owner
        and conversation.state == Conversation.State.BOT
        and conversation.epoch == run.epoch
    )
    if not in_charge:
        raise Fenced()
    return Change(conversation), run


@transaction.atomic
def answer(run_id: UUID, owner: str, reply: Reply, total_ms: float, update: MemoryUpdate = NOTHING_NEW) -> Change:
    """Make the reply durable, and what was noticed. Fenced, or StaleCitation when what it says may not be shown any more."""
    change, run = _fence(run_id, owner)
    setting = rows.setting(change.conversation)
    cited = {citation.passage.chunk_id for citation in reply.citations}
    versions = retrieval.lock_visible(cited, setting.audience) if cited else {}
    if len(versions) < len(cited):
        raise StaleCitation()
    if reply.curated and not giving.give(reply.curated, reply.text, setting.audience):
        raise StaleCitation()
    change.message = actions.add_message(
        change,
        Message.Role.ASSISTANT,
        reply.text,
        answers=run.in_reply_to,
        run=run,
        engine=reply.engine,
        author_name=setting.inbox_name,
        citations=[
            {
                "index": citation.index,
                "article_id": str(citation.passage.article_id),
                "version": versions[citation.passage.chunk_id],
                "chunk_id": str(citation.passage.chunk_id),
                "title": citation.passage.title,
                "url": citation.passage.url,
                "heading": citation.passage.heading,
                "quote": citation.quote,
            }
            for citation in reply.citations
        ],
    )
    _finish_run(run_id, reason_of(reply), reply, total_ms)
    if reply.decided is not None:
        traces.write(change.conversation, reply.decided, run)
    memory.notice(change.conversation, update, run.in_reply_to)
    change.finished = run_id
    if reply.request is not None:
        tool_actions.ask(change, run, reply.request)
    if run.action_id is not None:
        actions.answer_rest(change, owner)
    return actions.finish(change, look=change.state_changed)


def reason_of(reply: Reply) -> Literal["refused", "answered", "not_known"]:
    """How a run ends that leads to this reply."""
    if reply.decided is not None and reply.decided.rule.action is Does.REFUSE:
        return "refused"
    return "answered" if reply.answered else "not_known"


def _finish_run(run_id: UUID, reason: str, reply: Reply, total_ms: float) -> None:
    usage = reply.usage
    rows.finish_run(
        run_id,
        [_trace(number, passage) for number, passage in enumerate(reply.passages, 1)],
        [asdict(search) for search in reply.searches],
        reason=reason,
        confidence=reply.confidence,
        rests_on_tools=reply.rests_on_tools,
        engine=reply.engine,
        model=usage.model,
        prompt=usage.prompt,
        model_calls=usage.model_calls,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cost=usage.cost,
        limit_reached=usage.limit_reached,
        search_ms=usage.search_ms,
        first_token_ms=usage.first_token_ms,
        total_ms=total_ms,
    )


def _trace(number: int, passage: retrieval.Passage) -> dict[str, Any]:
    """What the console shows of a passage the run retrieved."""
    return {
        "index": number,
        "article_id": str(passage.article_id),
        "version": passage.version,
        "chunk_id": str(passage.chunk_id),
        "title": passage.title,
        "heading": passage.heading,
        "text": passage.text,
        "score": round(passage.score, 4),
        "match": round(passage.match, 4),
        "dense": round(passage.dense, 4),
        "lexical": round(passage.lexical, 4),
    }


@transaction.atomic
def escalate(run_id: UUID, owner: str, escalation: Escalate, update: MemoryUpdate = NOTHING_NEW) -> Change:
    """The run hands the conversation to people, with what was noticed."""
    change, run = _fence(run_id, owner)
    memory.notice(change.conversation, update, run.in_reply_to)
    spent = {name: getattr(escalation.usage, name) for name in _SPENT}
    searches = [asdict(search) for search in escalation.searches]
    Run.objects.filter(id=run_id).update(**spent, searches=searches)
    actions.hand_off(change, escalation.reason, escalation.note, run=run, decided=escalation.decided)
    return actions.finish(change)


@transaction.atomic
def fail(run_id: UUID, owner: str) -> Change:
    """An honest failure: the customer is told, nothing is left hanging."""
    change, run = _fence(run_id, owner)
    _give_up(change, run, owner)
    return actions.finish(change)


def _give_up(change: Change, run: Run, owner: str) -> None:
    actions.cancel_runs(change, "failed")
    actions.cancel_actions(change, Action.State.CONFIRMED)
    actions.mark_answered(change, run.in_reply_to)
    actions.add_notice(change, "failed")
    if run.action_id is not None:
        actions.answer_rest(change, owner)


@transaction.atomic
def retry(run_id: UUID, owner: str, *, extractive: bool) -> Change:
    """Start again as a new run, with or without the model; gives up after MAX_ATTEMPTS."""
    change, run = _fence(run_id, owner)
    _start_again(change, run, owner, extractive=extractive)
    return actions.finish(change)


@transaction.atomic
def reclaim(run_id: UUID, owner: str) -> Change | None:
    """Take over a run whose lease ran out, as a new run of `owner`; None when somebody was faster."""
    conversation, run = _lock(run_id)
    change = Change(conversation)
    if run.state != Run.State.ACTIVE or run.lease_until >= actions.db_now():
        return None
    _start_again(change, run, owner, extractive=run.extractive)
    return actions.finish(change)


def _start_again(change: Change, run: Run, owner: str, *, extractive: bool) -> None:
    if run.attempt >= MAX_ATTEMPTS:
        _give_up(change, run, owner)
        return
    actions.cancel_runs(change, "retrying")
    again = {"attempt": run.attempt + 1, "extractive": extractive, "action_id": run.action_id}
    actions.start_run(change, owner, run.trace, **again)


def renew(owner: str, run_ids: list[UUID]) -> set[UUID]:
    """Push the leases of these runs back; returns those that are still the owner's to work on."""
    mine = Run.objects.filter(id__in=run_ids, state=Run.State.ACTIVE, lease_owner=owner)
    mine.update(lease_until=Now() + timedelta(seconds=settings.RUN_LEASE_SECONDS))
    return set(mine.values_list("id", flat=True))


def let_go(owner: str) -> int:
    """A process that stops: its runs may be reclaimed at once."""
    return Run.objects.filter(state=Run.State.ACTIVE, lease_owner=owner).update(
        lease_until=Now() - timedelta(seconds=1)
    )


def new_owner() -> str:
    """A name for a process, never used twice."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Begun:
    """What a run has leave for. outcome: what came of it already; None: it is to be done now."""

    action_id: UUID
    request: Request
    outcome: Outcome | None


@transaction.atomic
def begin(run_id: UUID, owner: str) -> Begun:
    """Begin what the run has leave for, unless an earlier run did. Fenced when the run is not in charge.

    From this commit on it may have had its effect. It is begun again only if it reads, or the system behind the tool tells
    a repetition by its key; otherwise nobody knows, and a human agent has to look.
    """
    _, run = _fence(run_id, owner)
    assert run.action_id is not None
    action = Action.objects.get(id=run.action_id)
    request = tool_actions.request_of(action)
    state = Action.State(action.state)
    is_harmless = action.risk == Action.Risk.READ or is_repeatable(action.tool)
    if state == Action.State.CONFIRMED or (state == Action.State.BEGUN and is_harmless):
        Action.objects.filter(id=action.id).update(state=Action.State.BEGUN)
        _record(Audited.TOOL_CALLED, action)
        return Begun(action.id, request, None)
    if state == Action.State.BEGUN:
        state = Action.State.UNKNOWN
        Action.objects.filter(id=action.id).update(state=state)
        _record(Audited.TOOL_ENDED, action, outcome=state.value)
    ended: State = "done" if state == Action.State.DONE else "failed" if state == Action.State.FAILED else "unknown"
    return Begun(action.id, request, outcomes.of(request, action.result, ended))


@transaction.atomic
def end(action_id: UUID, outcome: Outcome) -> None:
    """Note what came of an action. What was thought unknown is known then; nothing else is overwritten."""
    state = Action.State.DONE if outcome.succeeded else Action.State.FAILED
    state = state if outcome.known else Action.State.UNKNOWN
    ended = Action.objects.filter(id=action_id, state__in=[Action.State.BEGUN, Action.State.UNKNOWN]).update(
        state=state, result=outcome.result, arguments=F("shown")
    )
    if ended:
        _record(Audited.TOOL_ENDED, Action.objects.get(id=action_id), outcome=state.value)


def _record(done: Audited, action: Action, **details: Any) -> None:
    """The agent does it, with the leave that an entry before this one tells of."""
    record(done, "action", action.pk, by=SYSTEM, tool=action.tool, conversation=str(action.conversation_id), **details)
