import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { renderMarkdown } from "../shared/markdown.js";
import { byline, citedText, partBuilder } from "../shared/parts.js";
import { assistantAvatar, personAvatar } from "../shared/avatar.js";
import { sourceList } from "../shared/citations.js";
import { ratingReason } from "./words.js";

export const AGENT = "AI agent";
const ENGINES = { llm: "Model", curated: "Curated" };

/**
 * Builds the parts of the thread; each has an element and an `update` for a newer version of its item.
 * @param {object} context
 */
export function messageBuilder(context) {
  return partBuilder({ customer, assistant, human, system }, context);
}

function customer(item, context) {
  const { name } = context;
  // What customers write is shown as they wrote it, not as Markdown.
  const body = h("div", { class: "bubble", dir: "auto" }, item.message.text);
  return messageOf(item, name, byline(item, name, personAvatar({ name }), context), body);
}

function human(item, context) {
  const name = item.message.author?.name || "Team";
  const body = h("div", { class: "bubble rw-prose", dir: "auto" });
  body.append(renderMarkdown(item.message.text));
  return messageOf(item, name, byline(item, name, personAvatar(item.message.author), context), body, h("div", { class: "meta" }));
}

function assistant(item, context) {
  const { message } = item;
  const body = h("div", { class: "rw-prose", dir: "auto" });
  body.append(citedText(message, context));
  const card = h("div", { class: "bubble" }, body, sourceList(message.citations, context));
  const engine = message.engine && h("span", {}, engineOf(message));
  const how = message.run && context.onShowRun && h("button", {
    type: "button", class: "rw-link", "data-testid": "show-run", onclick: () => context.onShowRun(message.run),
  }, "How it was answered");
  const meta = h("div", { class: "meta" }, engine, how);
  return messageOf(item, AGENT, byline(item, AGENT, assistantAvatar(), context), card, meta);
}

/** What is said without the model is a quotation only where it has a source: small talk has none. */
function engineOf({ engine, citations }) {
  if (engine === "extractive") return citations?.length ? "Quoted from articles" : "Without the model";
  return ENGINES[engine] ?? engine;
}

function system(item) {
  const body = h("div", { class: "rw-prose", dir: "auto" });
  body.append(renderMarkdown(item.message.text));
  const element = h("div", { class: "system", "data-testid": "message", "data-role": "system", "data-seq": item.message.seq, "data-notice": item.message.notice }, body);
  return { element, update() {} };
}

/** A message's text never changes; its rating does, and so does its place in a group. */
function messageOf(item, author, head, body, meta) {
  const rating = h("span", { class: "rated" });
  const feedback = h("p", { class: "feedback", dir: "auto", hidden: true, "data-testid": "feedback" });
  meta?.append(rating);
  const element = h("article", { class: `message message-${item.kind}`, "data-testid": "message", "data-role": item.kind, "data-seq": item.message.seq },
    h("span", { class: "visually-hidden" }, `${author}: `), head, body, meta, feedback);
  const update = ({ message, opensGroup }) => {
    head.hidden = !opensGroup;
    element.classList.toggle("opens-group", opensGroup);
    rating.dataset.rating = message.rating ?? "";
    rating.replaceChildren(...(message.rating ? [icon(message.rating === "up" ? "thumbUp" : "thumbDown"), message.rating === "up" ? "Rated helpful" : "Rated not helpful"] : []));
    feedback.textContent = [ratingReason(message.feedback?.reason), message.feedback?.comment].filter(Boolean).join("\n");
    feedback.hidden = !feedback.textContent;
  };
  return { element, update };
}
