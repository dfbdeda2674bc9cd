import { applyAccent } from "../shared/color.js";
import { apiClient } from "./api.js";
import { hostBridge } from "./bridge.js";
import { Controller } from "./controller.js";
import { receipts } from "./receipts.js";
import { Session } from "./session.js";
import { safeStorage } from "../shared/storage.js";
import { loadStrings } from "../shared/strings.js";
import { createView } from "./view.js";

const DRAWS_WITHIN = 250;

const config = JSON.parse(document.getElementById("replywell-config").textContent);
const isEmbedded = document.body.dataset.embed === "true";
const colors = applyAccent(config.accent);
const { t, language } = await loadStrings(config.locale);
document.documentElement.lang = language;

// The API is where this page came from; the configured address only adds a path, if the site lives under one.
const base = new URL(location.origin + new URL(config.base || "/", location.href).pathname.replace(/\/*$/, "/"));
const socketUrl = new URL("ws", base);
socketUrl.protocol = base.protocol === "https:" ? "wss:" : "ws:";

const storage = safeStorage("localStorage", `replywell:${config.inbox}:`);
const drafts = safeStorage("sessionStorage", `replywell:${config.inbox}:`);
const api = apiClient(base);

let isOpen = !isEmbedded;
let nextDraw = null;

const session = new Session({
  api,
  inbox: config.inbox,
  locale: config.locale,
  storage,
  onToken: () => controller.socket.swapToken(),
  onConversation: () => controller.reset(),
});

const controller = new Controller({ api, session, storage: drafts, socketUrl: socketUrl.href, onChange });

const view = createView({
  config,
  t,
  language,
  drafts,
  isEmbedded,
  hasHistory: storage.get("read")?.seq > 0,
  handlers: {
    send: (text) => controller.send(text),
    retry: (id) => controller.outbox.retry(id),
    discard: (id) => controller.outbox.discard(id),
    rate: (id, value) => controller.rate(id, value),
    confirm: (action) => controller.decide("confirm", action),
    decline: (action) => controller.decide("decline", action),
    prove: async (action, proof) => {
      await controller.prove(action, proof);
      // The field that had the focus is gone.
      if (proof.code) view.focus();
    },
    person: () => controller.requestPerson(),
    stop: () => controller.stopAnswer(),
    end: () => controller.close(),
    typing: (active) => controller.typing(active),
    loadEarlier: async () => {
      await controller.loadEarlier();
      return draw;
    },
    seen: () => updateReceipts(controller.state),
    closeChat: () => bridge.post("close"),
  },
});

const bridge = hostBridge({
  isEmbedded,
  handlers: {
    visibility({ open }) {
      isOpen = Boolean(open);
      if (isOpen) view.focus();
      onChange();
    },
    identify: ({ identity }) => typeof identity === "string" && controller.identify(identity),
    logout() {
      isActive = false;
      controller.logout();
    },
    ask: ({ text }) => typeof text === "string" && text.trim() && controller.send(text),
  },
});

let unread = null;
let isActive = false;
const updateReceipts = receipts({
  storage,
  isSeeing: () => isOpen && !document.hidden && view.isAtEnd(),
  send: (seq) => controller.socket.send({ type: "message.read", seq }),
  onUnread(count) {
    if (count === unread) return;
    unread = count;
    bridge.post("unread", { count });
  },
});

function draw() {
  cancelAnimationFrame(nextDraw?.frame);
  clearTimeout(nextDraw?.timer);
  nextDraw = null;
  view.render(controller);
}

function onChange() {
  updateReceipts(controller.state);
  if (!isActive && controller.state.lastSeq > 0) {
    isActive = true;
    bridge.post("active");
  }
  // Browsers give a hidden page no animation frames, and screen readers still listen to it.
  nextDraw ??= { frame: requestAnimationFrame(draw), timer: setTimeout(draw, DRAWS_WITHIN) };
}

document.getElementById("chat").replaceChildren(view.element);
document.addEventListener("visibilitychange", onChange);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  if (!document.querySelector("dialog[open], [popover]:popover-open")) bridge.post("close");
});
draw();
bridge.post("config", { name: config.name, accent: colors?.accent, onAccent: colors?.onAccent, position: config.position });

const host = await bridge.ready;
isOpen = !isEmbedded || Boolean(host.open);
if (typeof host.identity === "string") session.identity = host.identity;
controller.start();
if (isOpen) view.focus();
