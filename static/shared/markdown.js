import DOMPurify from "../vendor/purify.es.js";
import { Marked } from "../vendor/marked.esm.js";

const TAGS = [
  "p", "br", "strong", "em", "del", "code", "pre", "ul", "ol", "li", "a", "blockquote", "hr",
  "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
];

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text) => text.replace(/[&<>"']/g, (character) => ESCAPES[character]);
const ignored = () => undefined;

const marked = new Marked({ gfm: true, breaks: true });

marked.use({
  tokenizer: {
    // Markup in a message is shown as it was typed. A definition such as "[1]: https://…" would turn citation 1 into
    // a link of the author's choice.
    html: ignored,
    tag: ignored,
    def: ignored,
  },
  renderer: {
    image: ({ text }) => escape(text),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
    heading({ tokens, depth }) {
      // The page's own headings are levels 1 and 2.
      const level = Math.min(6, depth + 2);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
  },
});

const purifier = DOMPurify(window);

purifier.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName === "A" && node.hasAttribute("href")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
  // These scroll sideways, which has to work from the keyboard.
  if (["PRE", "TABLE"].includes(node.nodeName)) node.setAttribute("tabindex", "0");
  const isLanguage = node.nodeName === "CODE" && /^language-[\w+#.-]+$/.test(node.getAttribute("class") || "");
  if (!isLanguage) node.removeAttribute("class");
});

/**
 * The block tokens of a Markdown text.
 * @param {string} text
 * @returns {Array<{type: string, raw: string}>}
 */
export function lexBlocks(text) {
  return marked.lexer(text);
}

/**
 * Markdown tokens as inert DOM: an allow-list of elements, web and mail links only, nothing that loads a resource.
 * @param {Array<{type: string, raw: string}>} tokens
 * @returns {DocumentFragment}
 */
export function renderBlocks(tokens) {
  return purifier.sanitize(marked.parser(tokens), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "class", "start", "target", "rel"],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}

/**
 * @param {string} text Markdown from anybody: a customer, a model, an article
 * @returns {DocumentFragment}
 */
export function renderMarkdown(text) {
  return renderBlocks(lexBlocks(text));
}
