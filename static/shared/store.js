import { applyDelta, liveAnswer } from "./live.js";

const RECENT = 60_000;

/** What this page knows about the conversation. `lastSeq` is the last message before the first gap. */
export function createState() {
  return {
    conversation: null,
    messages: new Map(),
    floor: 0,
    lastSeq: 0,
    serverSeq: 0,
    answer: null,
    awaiting: null,
    endedRuns: new Set(),
    actions: new Map(),
    typing: false,
  };
}

/**
 * Applies one server frame to the state. Frames may come twice and out of order.
 * @param {ReturnType<typeof createState>} state
 * @param {object} frame
 */
export function applyFrame(state, frame) {
  HANDLERS[frame.type]?.(state, frame);
}

/**
 * The messages known so far, in order.
 * @param {ReturnType<typeof createState>} state
 * @returns {Array<object>}
 */
export function orderedMessages(state) {
  return [...state.messages.values()].sort((a, b) => a.seq - b.seq);
}

/** Whether the server has messages that are missing here. */
export function hasGap(state) {
  return state.serverSeq > state.lastSeq;
}

/** Starts from a later message, when there are too many to load them all. */
export function startAfter(state, seq) {
  state.floor = seq;
  state.lastSeq = Math.max(state.lastSeq, seq);
}

/** Adds messages from before the first known one. */
export function prepend(state, messages, floor) {
  for (const message of messages) state.messages.set(message.seq, message);
  state.floor = floor;
}

/** After a reconnect an open answer may have ended unseen; any frame of its run revives it. */
export function doubtAnswer(state) {
  if (state.answer) state.answer.stale = true;
}

/** Removes an answer of which nothing was heard since `doubtAnswer`. */
export function dropDoubtedAnswer(state) {
  if (state.answer?.stale) state.answer = null;
}

/** Whether the open answer waits for the customer's word. */
export function waitsForDecision(state) {
  return [...state.actions.values()].some((action) => !action.outcome && action.run === state.answer?.run);
}

/** Whether the AI agent is the one to answer. */
export function agentAnswers(state) {
  return !["queued", "human"].includes(state.conversation?.state);
}

const HANDLERS = {
  "session.ready"(state, { conversation, last_seq: lastSeq }) {
    state.conversation = conversation;
    state.serverSeq = Math.max(state.serverSeq, lastSeq);
  },

  "conversation.updated"(state, { conversation }) {
    state.conversation = conversation;
    if (!agentAnswers(state)) state.awaiting = null;
    if (conversation.state !== "human") state.typing = false;
  },

  "message.created"(state, { message }) {
    const isNew = !state.messages.has(message.seq);
    store(state, message);
    if (message.run) endRun(state, message.run);
    if (!isNew) return;
    if (message.role === "customer") expectAnswer(state, message);
    else settle(state);
    if (message.role === "human") state.typing = false;
  },

  "message.updated"(state, { message }) {
    // One from before the first known message waits until its page is loaded.
    if (message.seq > state.floor) store(state, message);
  },

  "message.ack"(state, { seq }) {
    state.serverSeq = Math.max(state.serverSeq, seq);
  },

  "answer.started"(state, { run, in_reply_to: inReplyTo }) {
    if (state.endedRuns.has(run)) return;
    if (state.answer?.run === run) {
      state.answer.stale = false;
      return;
    }
    if (state.answer) endRun(state, state.answer.run);
    state.answer = liveAnswer(run, inReplyTo);
    state.awaiting = null;
  },

  "answer.step"(state, { run, tool, label }) {
    const answer = openAnswer(state, run);
    if (answer) answer.step = { tool, label };
  },

  "answer.delta"(state, { run, offset, text }) {
    const answer = openAnswer(state, run);
    if (answer) applyDelta(answer, offset, text);
  },

  "answer.cancelled"(state, { run, reason }) {
    if (state.answer && state.answer.run !== run) return;
    endRun(state, run);
    state.awaiting = { retrying: "retrying", superseded: "thinking" }[reason] ?? null;
  },

  "action.requested"(state, frame) {
    state.actions.set(frame.action, { ...frame, outcome: null });
  },

  "action.resolved"(state, { action, outcome }) {
    const known = state.actions.get(action);
    if (known) known.outcome = outcome;
  },

  typing(state, { role, active }) {
    if (role === "human") state.typing = Boolean(active);
  },

  heartbeat(state, { seq }) {
    state.serverSeq = Math.max(state.serverSeq, seq);
  },
};

function store(state, message) {
  state.messages.set(message.seq, message);
  state.serverSeq = Math.max(state.serverSeq, message.seq);
  while (state.messages.has(state.lastSeq + 1)) state.lastSeq += 1;
}

/** Something came back: the wait is over, and what was decided is part of the story now. */
function settle(state) {
  state.awaiting = null;
  for (const [id, action] of state.actions) if (action.outcome) state.actions.delete(id);
}

function expectAnswer(state, message) {
  const isRecent = Math.abs(Date.now() - Date.parse(message.created_at)) < RECENT;
  if (agentAnswers(state) && isRecent && !state.answer) state.awaiting = "thinking";
}

/** A late joiner may get the middle of an answer without its beginning. */
function openAnswer(state, run) {
  if (state.endedRuns.has(run)) return null;
  if (state.answer?.run !== run) {
    state.answer = liveAnswer(run);
    state.awaiting = null;
  }
  state.answer.stale = false;
  return state.answer;
}

function endRun(state, run) {
  state.endedRuns.add(run);
  if (state.answer?.run === run) state.answer = null;
}
