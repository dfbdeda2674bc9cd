import { h, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { renderMarkdown } from "./markdown.js";
import { mend } from "./mend.js";

/**
 * The button that stands for `[n]` in an answer.
 * @param {object} citation
 * @param {{t: Function, showCitation: Function}} context
 */
export function citationMark(citation, { t, showCitation }) {
  return h("button", {
    type: "button",
    class: "cite",
    "data-testid": "citation",
    "aria-haspopup": "dialog",
    "aria-label": t("source_n", { index: citation.index, title: citation.title }),
    onclick: (event) => showCitation(citation, event.currentTarget),
  }, String(citation.index));
}

/** The same place while the answer is still being written and its sources are not known yet. */
export function pendingMark(index) {
  return h("span", { class: "cite is-pending" }, String(index));
}

/**
 * The list under an answer.
 * @param {Array<object>|undefined} citations
 * @param {{t: Function, showCitation: Function}} context
 * @returns {Array<HTMLElement>} empty if there is nothing to list
 */
export function sourceList(citations, { t, showCitation }) {
  if (!citations?.length) return [];
  const rows = citations.map((citation) => h("li", {}, h("button", {
    type: "button",
    class: "source",
    "data-testid": "source",
    "aria-haspopup": "dialog",
    onclick: (event) => showCitation(citation, event.currentTarget),
  }, h("span", { class: "source-index", "aria-hidden": "true" }, String(citation.index)),
  h("span", { class: "source-title", dir: "auto" }, citation.title),
  citation.heading && citation.heading !== citation.title && h("span", { class: "source-heading", dir: "auto" }, citation.heading))));
  return [h("div", { class: "sources", role: "group", "data-testid": "sources", "aria-label": t("sources") },
    h("p", { class: "sources-label", "aria-hidden": "true" }, t("sources")), h("ul", {}, rows))];
}

/**
 * The sheet that shows where a statement comes from.
 * @param {{t: Function, base: string}} options
 * @returns {{element: HTMLDialogElement, show: (citation: object, opener: HTMLElement) => void}}
 */
export function citationSheet({ t, base }) {
  const content = h("div", { class: "sheet-body" });
  const close = h("button", { type: "button", class: "icon-button", "aria-label": t("close"), onclick: () => element.close() }, icon("close"));
  const element = h("dialog", { class: "sheet", "data-testid": "citation-panel", "aria-labelledby": "sheet-title" }, close, content);
  let openedBy = null;
  element.addEventListener("click", (event) => event.target === element && element.close());
  element.addEventListener("close", () => openedBy?.focus());
  const show = (citation, opener) => {
    openedBy = opener;
    const url = safeUrl(citation.url, base);
    content.replaceChildren(...[
      h("p", { class: "sheet-kicker" }, h("span", { class: "source-index" }, String(citation.index)), citation.heading || t("sources")),
      h("h2", { id: "sheet-title", dir: "auto" }, citation.title),
      citation.quote && quoteOf(citation),
      url && h("a", { class: "sheet-link", href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, t("open_source"), icon("external")),
    ].filter(Boolean));
    element.showModal();
  };
  return { element, show };
}

/** The passage as the article has it; one that was cut short may end inside a mark. */
function quoteOf({ quote }) {
  const element = h("blockquote", { class: "sheet-quote rw-prose", dir: "auto" });
  element.append(renderMarkdown(mend(quote)));
  return element;
}
