import { replaceCitationMarks } from "./cite.js";
import { citationMark } from "./citations.js";
import { h } from "./dom.js";
import { renderMarkdown } from "./markdown.js";

/**
 * Builds the parts of a log, each with an element and an `update` for a newer version of its item.
 * @param {Object<string, Function>} builders by the item's kind; `system` for what is unknown
 * @param {{clock: ReturnType<typeof import("./clock.js").clock>}} context for all of them
 * @returns {(item: object) => {element: HTMLElement, update: (item: object) => void}}
 */
export function partBuilder(builders, context) {
  const all = { day, ...builders };
  return (item) => (all[item.kind] ?? all.system)(item, context);
}

function day(item, { clock }) {
  const element = h("div", { class: "day", role: "separator" });
  return { element, update: ({ message }) => element.replaceChildren(h("span", {}, clock.dayLabel(message.created_at))) };
}

/** Who said it, and when. */
export function byline({ message }, name, avatar, { clock }) {
  const { created_at: at } = message;
  return h("div", { class: "byline" }, avatar, h("span", { class: "name", dir: "auto" }, name), h("time", { datetime: at }, clock.time(at)));
}

/**
 * A message's text with its citations as buttons.
 * @param {object} message
 * @param {{t: Function, showCitation: Function}} context
 * @returns {DocumentFragment}
 */
export function citedText(message, context) {
  const fragment = renderMarkdown(message.text);
  const byIndex = new Map((message.citations ?? []).map((citation) => [citation.index, citation]));
  replaceCitationMarks(fragment, (index) => byIndex.has(index) && citationMark(byIndex.get(index), context));
  return fragment;
}
