import { h } from "../shared/dom.js";
import { renderMarkdown } from "../shared/markdown.js";

const input = document.getElementById("id_body");

if (input) {
  const body = h("div", { class: "rw-prose article-preview", id: "article-preview", "aria-label": "Preview", role: "region", hidden: true });
  const button = h("button", {
    type: "button", class: "rw-button is-quiet", "aria-pressed": "false", "aria-controls": "article-preview", "data-testid": "preview",
  }, "Preview");
  button.addEventListener("click", () => {
    const isShown = body.hidden;
    button.setAttribute("aria-pressed", String(isShown));
    button.textContent = isShown ? "Write" : "Preview";
    body.hidden = !isShown;
    input.hidden = isShown;
    if (isShown) body.replaceChildren(renderMarkdown(input.value));
  });
  input.before(h("div", { class: "article-tools" }, button));
  input.after(body);
}
