import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { renderMarkdown } from "../shared/markdown.js";
import { byline, citedText, partBuilder } from "../shared/parts.js";
import { assistantAvatar, personAvatar } from "../shared/avatar.js";
import { sourceList } from "../shared/citations.js";
import { feedback } from "./rating.js";

/**
 * Builds the parts of the log; each has an element and an `update` for a newer version of its item.
 * @param {object} context
 * @param {(key: string, values?: object) => string} context.t
 * @param {ReturnType<typeof import("../shared/clock.js").clock>} context.clock
 * @param {object} context.handlers
 * @param {(citation: object, opener: HTMLElement) => void} context.showCitation
 */
export function messageBuilder(context) {
  return partBuilder({ customer, assistant, human, system }, context);
}

function customer(item, context) {
  // What customers write is shown as they wrote it, not as Markdown.
  const bubble = h("div", { class: "bubble", dir: "auto" }, item.message.text);
  const meta = h("div", { class: "meta" });
  const element = article(item, context.t("you"), bubble, meta);
  let shown = "";
  const update = (next) => {
    tag(element, next);
    bubble.textContent = next.message.text;
    const version = `${next.status}|${next.message.error}|${next.endsGroup}`;
    if (version === shown) return;
    shown = version;
    element.classList.toggle("is-failed", next.status === "failed");
    meta.replaceChildren(...customerMeta(next, context));
    meta.hidden = !meta.hasChildNodes();
  };
  return { element, update };
}

function customerMeta({ message, status, endsGroup }, { t, clock, handlers }) {
  if (status === "failed") {
    const again = h("button", { type: "button", class: "link", "data-testid": "retry", onclick: () => handlers.retry(message.client_id) }, t("retry"));
    const discard = h("button", { type: "button", class: "link", onclick: () => handlers.discard(message.client_id) }, t("discard"));
    return [icon("alert"), h("span", {}, t(message.error ?? "failed")), again, discard];
  }
  if (status === "waiting") return [icon("clock"), h("span", {}, t(message.error ?? "unsent"))];
  if (status === "sending") return [icon("clock"), h("span", {}, t("sending"))];
  return endsGroup ? [h("time", { datetime: message.created_at }, clock.time(message.created_at))] : [];
}

function assistant(item, context) {
  const { t, handlers } = context;
  const name = item.message.author?.name || t("assistant");
  const head = byline(item, name, assistantAvatar(), context);
  const body = h("div", { class: "body rw-prose", dir: "auto" });
  const sources = h("div", { class: "sources-slot" });
  const origin = h("p", { class: "origin" }, t("quoted"));
  const rating = feedback({ t, onRate: (value) => handlers.rate(item.message.id, value) });
  const offer = h("button", { type: "button", class: "button is-quiet offer", "data-testid": "offer", onclick: handlers.person }, icon("person"), t("person"));
  const card = h("div", { class: "card" }, body, origin, sources, offer);
  const element = article(item, name, head, card, rating.element);
  let text = null;
  const update = (next) => {
    const { message } = next;
    tag(element, next);
    head.hidden = !next.opensGroup;
    origin.hidden = message.engine !== "extractive" || !message.citations?.length;
    // An answer that rests on no article may not be one; where a card asks for a yes or a no, that is the next step.
    offer.hidden = next.asks || message.engine === "curated" || message.citations?.length > 0;
    rating.update(message.rating);
    if (message.text === text) return;
    text = message.text;
    body.replaceChildren(citedText(message, context));
    sources.replaceChildren(...sourceList(message.citations, context));
  };
  return { element, update };
}

function human(item, context) {
  const name = item.message.author?.name || context.t("team");
  const head = byline(item, name, personAvatar(item.message.author), context);
  const body = h("div", { class: "body rw-prose", dir: "auto" });
  const element = article(item, name, head, h("div", { class: "card" }, body));
  let text = null;
  const update = (next) => {
    tag(element, next);
    head.hidden = !next.opensGroup;
    if (next.message.text !== text) body.replaceChildren(renderMarkdown(next.message.text));
    text = next.message.text;
  };
  return { element, update };
}

function system(item, { t }) {
  const element = h("div", { class: "system", "data-testid": "message", "data-role": "system" });
  const update = ({ message }) => {
    element.dataset.notice = message.notice ?? "";
    element.dataset.seq = message.seq;
    const body = h("div", { class: "rw-prose", dir: "auto" });
    body.append(message.text ? renderMarkdown(message.text) : t(`notice_${message.notice}`));
    if (element.textContent !== body.textContent) element.replaceChildren(body);
  };
  return { element, update };
}

function article(item, author, ...children) {
  return h("article", { class: `message message-${item.kind}`, "data-testid": "message", "data-role": item.kind },
    h("span", { class: "visually-hidden" }, `${author}: `), ...children);
}

function tag(element, { message, opensGroup }) {
  if (message.seq) element.dataset.seq = message.seq;
  element.classList.toggle("opens-group", opensGroup);
}
