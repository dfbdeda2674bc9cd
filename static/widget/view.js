import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { actionCard } from "./action.js";
import { verifyCard } from "./verify.js";
import { personAvatar } from "../shared/avatar.js";
import { assigneeOf, connectionBanner, stateBanner } from "./banner.js";
import { citationSheet } from "../shared/citations.js";
import { clock as createClock } from "../shared/clock.js";
import { composer as createComposer } from "./composer.js";
import { dots, liveBubble } from "../shared/livebubble.js";
import { earlierButton } from "../shared/earlier.js";
import { keyedList } from "../shared/log.js";
import { messageBuilder } from "./message.js";
import { stickToEnd } from "../shared/scroller.js";
import { footer, head as createHead, welcome as createWelcome } from "./shell.js";
import { agentAnswers, orderedMessages, waitsForDecision } from "../shared/store.js";
import { timeline } from "../shared/timeline.js";

const OFFLINE_HOLDS = 12 * 3_600_000;

/**
 * Draws the chat.
 * @param {object} options
 * @param {object} options.config of the inbox
 * @param {Function} options.t
 * @param {string} options.language
 * @param {object} options.drafts storage of the tab
 * @param {boolean} options.isEmbedded
 * @param {boolean} options.hasHistory whether there were messages on the last visit
 * @param {object} options.handlers what the customer can do
 * @returns {{element: HTMLElement, render: (controller: object) => void, focus: () => void, isAtEnd: () => boolean}}
 */
export function createView({ config, t, language, drafts, isEmbedded, hasHistory, handlers }) {
  const clock = createClock(language, t);
  const sheet = citationSheet({ t, base: config.base });
  const context = { t, clock, handlers, showCitation: sheet.show };
  const head = createHead({ t, name: config.name, isEmbedded, onClose: handlers.closeChat, onEnd: handlers.end });
  const connection = connectionBanner({ t });
  const banner = stateBanner({ t });
  const live = liveBubble({ t, name: config.name });
  const foot = footer({ t, onPerson: handlers.person, onStop: handlers.stop });
  const composer = createComposer({ t, drafts, onTyping: handlers.typing, onSend: (text) => { handlers.send(text); scroll.toEnd(); } });

  const welcome = createWelcome({ t, welcome: config.welcome, suggestions: config.suggestions ?? [], onAsk: handlers.send });
  const log = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": t("conversation"), "data-testid": "log" });
  const actions = h("div", { class: "actions" });
  const typing = h("div", { class: "human-typing", role: "status", hidden: true, "data-testid": "typing" });
  const content = h("div", { class: "content" }, welcome, log, actions, live.element, typing);
  const area = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("conversation") }, content);
  const pill = h("button", { type: "button", class: "pill", hidden: true, "data-testid": "to-bottom", onclick: () => { scroll.toEnd(); composer.focus(); } }, icon("arrowDown"), h("span", {}));
  const element = h("div", { class: "chat" }, head.element, connection.element, banner.element,
    h("div", { class: "stage" }, area, pill), h("footer", { class: "foot" }, composer.element, foot.element), sheet.element);

  const drawLog = keyedList(log, messageBuilder(context));
  const drawActions = keyedList(actions, (item) => (item.action.verification ? verifyCard : actionCard)(item, context));
  const scroll = stickToEnd(area, content, () => { updatePill(); handlers.seen(); });
  const earlier = earlierButton({ label: t("earlier"), log, area, hold: scroll.holding, load: handlers.loadEarlier });
  log.before(earlier);
  let hasNews = false;
  let lastKey = null;

  function updatePill() {
    if (scroll.isAtEnd()) hasNews = false;
    pill.hidden = scroll.isAtEnd();
    pill.classList.toggle("has-news", hasNews);
    pill.lastChild.textContent = hasNews ? t("new_messages") : "";
    pill.setAttribute("aria-label", t(hasNews ? "new_messages" : "to_bottom"));
  }

  function drawMessages({ state, outbox, hasSynced }) {
    const items = timeline(state, outbox.entries, clock);
    drawLog(items);
    const newest = items.at(-1)?.key ?? null;
    if (newest !== lastKey && lastKey !== null) hasNews = !scroll.isAtEnd();
    lastKey = newest;
    welcome.hidden = items.length > 0 || state.serverSeq > 0 || (hasHistory && !hasSynced);
    earlier.hidden = state.floor === 0;
    // History must not be read out; what comes after it should be.
    if (hasSynced && log.ariaLive !== "polite") requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
  }

  function drawTyping(state) {
    const isShown = state.typing && state.conversation?.state === "human";
    if (typing.hidden === !isShown) return;
    const assignee = assigneeOf(state.conversation);
    typing.hidden = !isShown;
    typing.replaceChildren(...(isShown
      ? [personAvatar(assignee), dots(), h("span", { class: "visually-hidden" }, t("human_typing", { name: assignee?.name || t("team") }))]
      : []));
  }

  function render(controller) {
    const { state } = controller;
    const kind = bannerKind(state);
    const name = assigneeOf(state.conversation)?.name || t("team");
    const off = controller.connection === "refused";
    const spoken = { queued: "subtitle_queued", human: "subtitle_human", closed: "subtitle_closed" }[kind] ?? "subtitle_bot";
    head.update(t(spoken, { name }), Boolean(state.conversation) && state.lastSeq > 0 && kind !== "closed");
    connection.update(controller.connection);
    banner.update(kind, state.conversation);
    drawMessages(controller);
    drawActions([...state.actions.values()].map((action) => ({ key: action.action, action })));
    live.update(waitsForDecision(state) && !state.answer.text ? null : state.answer, state.awaiting);
    drawTyping(state);
    const placeholder = { queued: "placeholder_queued", human: "placeholder_human", closed: "placeholder_closed" }[kind] ?? "placeholder";
    composer.update({ placeholder: t(placeholder, { name }), off });
    foot.update({ canAskForPerson: agentAnswers(state), isAsking: controller.isAskingForPerson, answer: state.answer, off });
    updatePill();
  }

  function focus() {
    // On a phone, focus in the field would push the keyboard over what there is to read.
    if (matchMedia("(pointer: coarse)").matches) area.focus({ preventScroll: true });
    else composer.focus();
  }

  return { element, render, focus, isAtEnd: scroll.isAtEnd };
}

function bannerKind(state) {
  const kind = state.conversation?.state;
  if (["queued", "human", "closed"].includes(kind)) return kind;
  const last = orderedMessages(state).findLast((message) => message.notice && !["stopped", "failed"].includes(message.notice));
  const isFresh = last && Date.now() - Date.parse(last.created_at) < OFFLINE_HOLDS;
  return last?.notice === "offline" && isFresh ? "offline" : null;
}
