import { h } from "../shared/dom.js";
import { postJson } from "./http.js";

const PAUSE = 300;
const SIGNED_OUT = "You are signed out. Your text is still here: sign in in another tab, then go on writing.";

/**
 * Shows beside a Markdown field what customers will see of it, as the server renders it. The field itself is only read.
 * @param {HTMLTextAreaElement} input
 */
function preview(input) {
  const page = h("div", { class: "rw-prose article-preview", id: "article-preview", "data-testid": "preview" });
  // Only what went wrong is announced: a preview read aloud at every pause would drown the typing.
  const trouble = h("p", { class: "article-preview-trouble", role: "status", "data-testid": "preview-trouble" });
  const region = h("section", { class: "article-preview-box", "aria-label": "Preview", tabindex: "0" }, trouble, page);
  const toggle = h("button", {
    type: "button", class: "rw-button is-quiet", "aria-expanded": "true", "aria-controls": "article-preview", "data-testid": "preview-toggle",
  }, "Preview");
  const pair = h("div", { class: "article-pair" });
  let timer = null;
  let latest = 0;

  async function render() {
    const turn = ++latest;
    const { html, problem } = await ask(input);
    if (turn !== latest) return; // a younger text has been sent
    trouble.textContent = problem;
    region.classList.toggle("is-stale", html === null);
    if (html !== null) show(page, html);
  }

  function later() {
    clearTimeout(timer);
    if (!region.hidden) timer = setTimeout(render, PAUSE);
  }

  toggle.addEventListener("click", () => {
    region.hidden = !region.hidden;
    toggle.setAttribute("aria-expanded", String(!region.hidden));
    if (!region.hidden) render();
  });
  input.addEventListener("input", later);
  input.addEventListener("scroll", () => {
    const share = input.scrollTop / Math.max(1, input.scrollHeight - input.clientHeight);
    region.scrollTop = share * (region.scrollHeight - region.clientHeight);
  }, { passive: true });

  input.before(h("div", { class: "article-tools" }, toggle), pair);
  pair.append(input, region);
  render();
}

/** The rendered text, or what to say instead of it. */
async function ask(input) {
  try {
    const { html } = await postJson(input.dataset.preview, { body: input.value });
    // Signed out, the server answers with the page to sign in.
    return typeof html === "string" ? { html, problem: "" } : { html: null, problem: SIGNED_OUT };
  } catch (error) {
    return { html: null, problem: error.message };
  }
}

/** The server has sanitised the markup: no scripts, no pictures, no styles. */
function show(page, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const link of template.content.querySelectorAll("a[href]")) link.target = "_blank"; // the form stays
  // These scroll sideways, which has to work from the keyboard.
  for (const wide of template.content.querySelectorAll("pre, table")) wide.tabIndex = 0;
  page.replaceChildren(template.content);
  page.classList.toggle("is-empty", page.childElementCount === 0);
}

/**
 * Asks before a page with changes that are not saved is left.
 * @param {HTMLFormElement} form
 */
function keep(form) {
  const state = () => new URLSearchParams(new FormData(form)).toString();
  const before = state();
  let isSent = false;
  form.addEventListener("submit", () => { isSent = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!isSent && state() !== before) event.preventDefault();
  });
}

const input = document.querySelector("textarea[data-preview]");

if (input) {
  preview(input);
  keep(input.form);
}
