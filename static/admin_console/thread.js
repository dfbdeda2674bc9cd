import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { citationSheet } from "../shared/citations.js";
import { clock as createClock } from "../shared/clock.js";
import { earlierButton } from "../shared/earlier.js";
import { liveBubble } from "../shared/livebubble.js";
import { keyedList } from "../shared/log.js";
import { stickToEnd } from "../shared/scroller.js";
import { loadStrings } from "../shared/strings.js";
import { timeline } from "../shared/timeline.js";
import { AGENT, messageBuilder } from "./messages.js";

const TYPING_FOR = 8000;

/**
 * The messages, the answer that is being written, and who is typing.
 * @param {object} options
 * @param {string} options.name the customer's
 * @param {((run: string) => void)|null} options.onShowRun
 * @param {{element: HTMLElement, update: Function}} options.actions what the AI agent asks leave for
 * @param {() => Promise<() => void>} options.onEarlier loads what came before the first message, and gives what shows it
 */
export async function thread({ name, onShowRun, onEarlier, actions }) {
  const { language, t } = await loadStrings("en");
  const clock = createClock(language, t);
  const sheet = citationSheet({ t, base: document.baseURI });
  const log = h("div", { class: "log", "aria-label": "Messages" });
  const live = liveBubble({ t, name: AGENT });
  const typing = h("p", { class: "thread-typing", role: "status" });
  const content = h("div", { class: "thread-content" }, log, actions.element, live.element, typing);
  const area = h("div", { class: "thread-area", tabindex: "0", role: "region", "aria-label": "Conversation", "data-testid": "thread" }, content);
  const newer = h("button", { type: "button", class: "thread-newer", hidden: true }, icon("arrowDown"), "New messages");
  const scroller = stickToEnd(area, content, (isAtEnd) => { if (isAtEnd) newer.hidden = true; });
  newer.addEventListener("click", () => scroller.toEnd());
  const earlier = earlierButton({ label: t("earlier"), log, area, hold: scroller.holding, load: onEarlier });
  log.before(earlier);
  const render = keyedList(log, messageBuilder({ t, clock, name, onShowRun, showCitation: sheet.show }));
  const timers = {};
  const writers = new Set();
  let lastSeq = null;

  const showTyping = () => {
    const who = [writers.has("customer") && name, writers.has("human") && "A colleague"].filter(Boolean);
    typing.textContent = who.length ? `${who.join(" and ")} ${who.length > 1 ? "are" : "is"} typing…` : "";
  };

  return {
    element: h("div", { class: "thread" }, area, newer, sheet.element),
    update(state) {
      render(timeline(state, [], clock));
      earlier.hidden = state.floor === 0;
      actions.update(state.actions);
      live.update(state.answer, null);
      if (lastSeq !== null && state.lastSeq > lastSeq && !scroller.isAtEnd()) newer.hidden = false;
      lastSeq = state.lastSeq;
    },
    /** From now on new messages are read out; those that were there already are not. */
    announce: () => requestAnimationFrame(() => log.setAttribute("role", "log")),
    typing(role, active) {
      clearTimeout(timers[role]);
      writers.delete(role);
      if (active) {
        writers.add(role);
        timers[role] = setTimeout(() => { writers.delete(role); showTyping(); }, TYPING_FOR);
      }
      showTyping();
    },
    toEnd: () => scroller.toEnd(),
  };
}
