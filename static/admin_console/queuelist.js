import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { keyedList } from "../shared/log.js";
import { elapsed, elapsedInWords } from "./time.js";
import { customerName, escalationReason } from "./words.js";

const SECTIONS = [
  { key: "approval", title: "To approve", empty: "", isRare: true, holds: (row) => row.asks_approval },
  { key: "waiting", title: "Waiting", empty: "Nobody is waiting.", holds: (row) => row.state === "queued" },
  { key: "missed", title: "Found nobody there", empty: "", isRare: true, holds: (row) => row.missed_at !== null },
  { key: "mine", title: "Mine", empty: "You hold no conversation.", holds: (row, me) => row.state === "human" && row.assignee_id === me },
  { key: "others", title: "With others", empty: "Nobody else holds one.", holds: (row, me) => row.state === "human" && row.assignee_id !== me },
];

/**
 * The live queue in its sections; that of what waits for approval is there only when something does.
 * @param {object} options
 * @param {number} options.me the signed-in human agent
 * @param {string} options.base where conversations live
 * @param {string} [options.current] the conversation that is open
 * @returns {{element: HTMLElement, update: (rows: Array<object>) => void, tick: (now: number) => void}}
 */
export function queueList({ me, base, current }) {
  const parts = SECTIONS.map((section) => sectionOf(section, { me, base, current }));
  const announced = h("p", { class: "visually-hidden", role: "status" });
  const element = h("div", { class: "queue-sections" }, announced, parts.map((part) => part.element));
  let known = null;
  return {
    element,
    update(rows) {
      for (const part of parts) part.update(rows);
      const waiting = rows.filter((row) => row.state === "queued" || row.asks_approval).map((row) => row.id);
      const isNew = known && waiting.some((id) => !known.has(id));
      if (isNew) announced.textContent = `A new conversation is waiting. ${waiting.length} in total.`;
      known = new Set(waiting);
    },
    tick(now) {
      for (const time of element.querySelectorAll("time[data-since]")) showWait(time, now);
    },
  };
}

function sectionOf({ key, title, empty, isRare, holds }, context) {
  const count = h("span", { class: "queue-count" });
  const list = h("ul", { class: "queue-items" });
  const nothing = h("p", { class: "queue-empty", "data-testid": `queue-empty-${key}` }, empty);
  const element = h("section", { class: `queue-section is-${key}`, "data-testid": `queue-${key}`, "aria-label": title },
    h("h2", {}, title, " ", count), list, nothing);
  const render = keyedList(list, () => itemOf(context));
  return {
    element,
    update(rows) {
      const mine = rows.filter((row) => holds(row, context.me));
      // Whoever waits for an answer comes first.
      if (key !== "waiting") mine.sort((a, b) => Number(b.unanswered) - Number(a.unanswered));
      count.textContent = String(mine.length);
      nothing.hidden = mine.length > 0;
      element.hidden = Boolean(isRare) && mine.length === 0;
      render(mine.map((row) => ({ key: row.id, row })));
    },
  };
}

function itemOf({ base, current }) {
  const link = h("a", { class: "queue-link" });
  const element = h("li", { class: "queue-item", "data-testid": "queue-item" }, link);
  let shown = "";
  const update = ({ row }) => {
    const version = JSON.stringify(row);
    if (version === shown) return;
    shown = version;
    element.dataset.id = row.id;
    element.dataset.state = row.state;
    link.href = `${base}${row.id}/change/`;
    if (row.id === current) link.setAttribute("aria-current", "page");
    link.replaceChildren(head(row), h("span", { class: "queue-preview", dir: "auto" }, row.preview || "No message yet"), foot(row));
  };
  return { element, update };
}

function head(row) {
  const since = row.queued_at ?? row.missed_at;
  const wait = since && h("time", { class: "queue-wait", datetime: since, "data-since": since });
  if (wait) showWait(wait, Date.now());
  return h("span", { class: "queue-item-head" },
    h("span", { class: "queue-name", dir: "auto" }, customerName(row.customer)), wait);
}

function foot(row) {
  const isHeld = row.state === "human";
  return h("span", { class: "queue-item-foot" },
    h("span", { class: "queue-inbox", dir: "auto" }, row.inbox_name),
    row.asks_approval && h("span", { class: "rw-badge is-warning" }, "Asks for approval"),
    row.state === "queued" && row.escalation_reason && h("span", { dir: "auto" }, row.escalation_rule ? `${escalationReason(row.escalation_reason)} (${row.escalation_rule})` : escalationReason(row.escalation_reason)),
    isHeld && row.assignee && h("span", { dir: "auto" }, icon("person"), row.assignee.name),
    isHeld && row.unanswered && h("span", { class: "rw-badge is-warning" }, "Needs a reply"));
}

function showWait(time, now) {
  const waited = now - Date.parse(time.dataset.since);
  const text = elapsed(waited);
  if (time.textContent === text) return;
  time.textContent = text;
  time.setAttribute("aria-label", `waiting for ${elapsedInWords(waited)}`);
  time.classList.toggle("is-long", waited > 5 * 60_000);
}
