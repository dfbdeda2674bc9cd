import { h } from "../shared/dom.js";

/**
 * The conversation's page: queue, thread, and what is known beside it. On a narrow screen one part shows at a time.
 * @returns {{banner: HTMLElement, update: Function, count: Function, show: (part: "thread"|"details") => void}}
 */
export function layout(root, { name, list, queue, controls, thread, composer, customer, memory, runs }) {
  const banner = h("div");
  const inbox = h("span", { class: "conversation-inbox", dir: "auto" });
  const toggle = h("button", {
    type: "button", class: "rw-button is-quiet conversation-toggle", "aria-controls": "details", "aria-expanded": "false",
    "data-testid": "toggle-details", onclick: () => show(root.dataset.part === "details" ? "thread" : "details"),
  }, "Details");
  const head = h("header", { class: "conversation-head" },
    h("a", { class: "conversation-back", href: list }, "‹ Queue"),
    h("div", { class: "conversation-title" }, h("p", { class: "conversation-name", dir: "auto" }, name),
      h("p", { class: "conversation-where" }, controls.state, inbox)),
    controls.element, toggle);
  const side = h("aside", { id: "details", class: "conversation-side", "aria-label": "About this conversation" },
    customer.element, memory.element, runs?.element);
  root.append(
    h("nav", { class: "conversation-queue", "aria-label": "Queue" }, queue.element),
    h("div", { class: "conversation-main" }, head, banner, thread.element, composer?.element),
    side);

  function show(part) {
    root.dataset.part = part;
    toggle.textContent = part === "details" ? "Messages" : "Details";
    toggle.setAttribute("aria-expanded", String(part === "details"));
  }
  show("thread");

  return {
    banner,
    show,
    update: (details) => { inbox.textContent = details.inbox.name; },
    count: (waiting) => { document.title = `${waiting ? `(${waiting}) ` : ""}${name} | Replywell`; },
  };
}
