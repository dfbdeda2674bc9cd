import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { safeStorage } from "../shared/storage.js";
import { applyFrame, createState, doubtAnswer, dropDoubtedAnswer, prepend, startAfter } from "../shared/store.js";
import { actionCards } from "./actions.js";
import { connectionBanner } from "./banner.js";
import { composer as createComposer } from "./composer.js";
import { confirmation } from "./confirm.js";
import { controls as createControls } from "./controls.js";
import { customerPanel } from "./customer.js";
import { getJson, postJson } from "./http.js";
import { layout } from "./layout.js";
import { liveQueue } from "./livequeue.js";
import { memoryPanel } from "./memory.js";
import { runsPanel } from "./runs.js";
import { ConsoleSocket } from "./socket.js";
import { thread as createThread } from "./thread.js";

const DOUBT_FOR = 3000;
const RUNS_SETTLE = 300;
const PAGE = 100;

const root = document.getElementById("conversation");
const { id, me, list, login, name } = root.dataset;
const base = `${list}${id}/`;
const may = {
  change: "mayChange" in root.dataset,
  override: "mayOverride" in root.dataset,
  viewRuns: "mayViewRuns" in root.dataset,
};
const state = createState();
startAfter(state, Math.max(0, Number(root.dataset.lastSeq) - PAGE));
let details = null;

const ask = confirmation(root);
const runs = may.viewRuns ? runsPanel() : null;
const customer = customerPanel();
const memory = memoryPanel({ mayChange: may.change, onAct: act });
const actions = actionCards({ mayDecide: may.change, onDecide: (verdict, action) => act(verdict, { action }) });
const thread = await createThread({
  name, actions, onEarlier: loadEarlier, onShowRun: runs && ((run) => { page.show("details"); runs.reveal(run); }),
});
const controls = createControls({ may, ask, onAct: act });
const composer = createComposer({
  drafts: safeStorage("sessionStorage", `replywell:draft:${id}:`),
  onSend: send,
  onTyping: (active) => socket.send({ type: "typing", id, active }),
});
const queue = liveQueue({ me: Number(me), base: list, current: id, onCount: (waiting) => page.count(waiting) });
const page = layout(root, { name, list, queue, controls, thread, composer: may.change ? composer : null, customer, memory, runs });

// -- Showing -------------------------------------------------------------------------------------

let isDrawing = false;
function draw() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    drawNow();
  });
}

function drawNow() {
  thread.update(state);
  if (!details) return;
  controls.update(details);
  composer.update(details);
  customer.update(details);
  memory.update(details.memory);
  runs?.spent(details.spending);
  page.update(details);
}

// -- Reading -------------------------------------------------------------------------------------

async function loadMessages() {
  for (let isMore = true; isMore;) {
    const page = await readMessages(state.lastSeq, PAGE);
    for (const message of page.results) applyFrame(state, { type: "message.created", message });
    isMore = page.results.length > 0 && state.lastSeq < page.last_seq;
  }
  // The wait for an answer is told by the run itself.
  state.awaiting = null;
  draw();
}

async function loadEarlier() {
  const after = Math.max(0, state.floor - PAGE);
  const { results } = await readMessages(after, state.floor - after);
  prepend(state, results, after);
  return drawNow;
}

/** What changed of messages while no one told, such as a rating, is not among the messages that follow. */
async function readShown() {
  const page = await readMessages(Math.max(state.floor, state.lastSeq - PAGE), PAGE).catch(() => null);
  for (const message of page?.results ?? []) applyFrame(state, { type: "message.updated", message });
  draw();
}

/** What a customer says about an answer is told to staff only, so the frames of the conversation do not carry it. */
async function readAgain({ seq }) {
  const page = await readMessages(seq - 1, 1).catch(() => null);
  for (const message of page?.results ?? []) applyFrame(state, { type: "message.updated", message });
  draw();
}

const readMessages = (after, limit) => getJson(`${base}messages/?after=${after}&limit=${limit}`);

let asked = 0;
async function loadDetails() {
  const request = (asked += 1);
  const fresh = await getJson(`${base}details/`).catch(() => null);
  // Answers may overtake each other; the newest question counts.
  if (fresh && request === asked) take(fresh);
}

function take(fresh) {
  details = fresh;
  draw();
}

let runsTimer = 0;
function loadRuns() {
  if (!runs) return;
  clearTimeout(runsTimer);
  runsTimer = setTimeout(async () => {
    const answer = await getJson(`${base}runs/`).catch(() => null);
    if (answer) runs.update(answer.results);
  }, RUNS_SETTLE);
}

// -- Doing ---------------------------------------------------------------------------------------

async function act(action, body, onDone = () => {}) {
  try {
    const fresh = await postJson(`${base}${action}/`, body);
    asked += 1;
    onDone();
    take(fresh);
    if (action === "claim") composer.focus();
    return null;
  } catch (error) {
    loadDetails();
    return error.message;
  }
}

async function send(clientId, text) {
  try {
    const { message } = await postJson(`${base}reply/`, { client_id: clientId, text, last_seen_seq: state.lastSeq });
    applyFrame(state, { type: "message.created", message });
    thread.toEnd();
    draw();
    return null;
  } catch (error) {
    for (const message of error.problem?.messages ?? []) applyFrame(state, { type: "message.created", message });
    if (error.problem?.messages) thread.toEnd();
    else loadDetails();
    draw();
    return error;
  }
}

// -- Hearing -------------------------------------------------------------------------------------

let isWatching = false;
const RUN_FRAMES = ["answer.started", "answer.cancelled", "message.created"];

/** Somebody took the right to see it away: that is all there is to be seen from now on. */
function showLost(detail) {
  socket.stop();
  root.replaceChildren(h("p", { class: "rw-banner conversation-lost", role: "alert", "data-testid": "lost" },
    icon("alert"), h("span", {}, detail), h("a", { class: "rw-button", href: list }, "Back to the queue")));
}

function received(frame) {
  if (frame.type === "queue.updated") queue.update(frame.conversations);
  if (frame.conversation_id !== id) return;
  if (frame.type === "error") showLost(frame.detail);
  if (frame.type === "typing") thread.typing(frame.role, frame.active);
  if (frame.type === "message.created") thread.typing(frame.message.role, false);
  if (frame.type === "conversation.updated") {
    loadDetails();
    // The first one is the answer to watching: from here on changes are told.
    if (!isWatching) readShown();
    isWatching = true;
  }
  applyFrame(state, frame);
  if (frame.type === "message.updated") readAgain(frame.message);
  if (frame.type === "message.created" && state.serverSeq > state.lastSeq) loadMessages().catch(() => socket.wake());
  if (RUN_FRAMES.includes(frame.type) && (frame.run || frame.message?.run)) loadRuns();
  // An answer may have brought facts, and has cost something.
  if (frame.type === "message.created" && frame.message.run) loadDetails();
  draw();
}

const showConnection = connectionBanner(page.banner, { login, onRetry: () => socket.wake() });
const socket = new ConsoleSocket({
  onFrame: received,
  onState(connection) {
    showConnection(connection);
    if (connection !== "live") return;
    loadRuns();
    // An answer that was being written may have ended unseen.
    setTimeout(() => { dropDoubtedAnswer(state); draw(); }, DOUBT_FOR);
  },
  greeting() {
    doubtAnswer(state);
    isWatching = false;
    return [{ type: "conversation.watch", id, after: state.lastSeq }];
  },
});

await Promise.allSettled([loadMessages(), loadDetails()]);
thread.announce();
socket.start();
