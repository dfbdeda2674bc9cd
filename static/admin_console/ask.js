import { h } from "../shared/dom.js";

const root = document.getElementById("ask");
const text = document.getElementById("ask-text");
const step = document.getElementById("ask-step");
const facts = document.getElementById("ask-facts");
const citations = document.getElementById("ask-citations");
const confidence = document.getElementById("ask-confidence");
const ENGINES = { llm: "The model", extractive: "Extractive engine", curated: "Curated answer" };
const percent = (share) => `${Math.round(share * 100)} %`;

const SHOW = {
  step: ({ label }) => { step.textContent = `${label}…`; },
  delta: ({ text: more }) => {
    step.textContent = "";
    text.classList.add("is-growing");
    text.append(more);
  },
  escalate: ({ reason, note }) => {
    text.replaceChildren();
    step.textContent = `It would hand over to a person: ${reason}.${note ? ` ${note}` : ""}`;
  },
  failed: ({ detail }) => { step.textContent = detail; },
  reply,
};

function reply(frame) {
  step.textContent = frame.would_do ? `It would ask the customer before it does this: ${frame.would_do}` : "";
  text.classList.remove("is-growing");
  text.innerHTML = frame.html; // sanitised by the server
  citations.hidden = frame.citations.length === 0;
  citations.replaceChildren(...frame.citations.map(citationOf));
  if (frame.confidence !== null) showConfidence(frame);
  if (frame.rests_on_tools) {
    confidence.textContent = "Rests on a tool's result, not on articles.";
    confidence.hidden = false;
  }
  facts.textContent = [
    ENGINES[frame.engine], frame.model, frame.answered ? "" : "does not know",
    frame.tokens ? `${frame.tokens.toLocaleString()} tokens` : "", `${frame.took_ms.toLocaleString()} ms`,
    ...frame.searches.slice(1).map((query) => `also searched for “${query}”`),
  ].filter(Boolean).join(" · ");
}

function citationOf({ index, title, heading, article, chunk }) {
  const url = `${root.dataset.article}${article}/passages/?chunk=${chunk}#chunk-${chunk}`;
  return h("li", {}, `[${index}] `, h("a", { href: url }, heading ? `${title} › ${heading}` : title));
}

function showConfidence({ confidence: sure, least, engine }) {
  const bar = h("meter", { min: "0", max: "1", low: String(least), high: String(least), optimum: "1", value: String(sure), "aria-label": "Confidence" });
  const judged = engine === "llm" ? "The model decides by itself." : `Below ${percent(least)} it says that it does not know.`;
  confidence.replaceChildren(bar, h("span", {}, `${percent(sure)} sure that the passages answer this. ${judged}`));
  confidence.hidden = false;
}

async function ask() {
  const form = new FormData();
  form.set("question", root.dataset.question);
  form.set("as", root.dataset.as);
  form.set("csrfmiddlewaretoken", root.querySelector("[name=csrfmiddlewaretoken]").value);
  const response = await fetch(root.dataset.url, { method: "POST", body: form });
  if (!response.ok || response.redirected) throw new Error(String(response.status));
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of pieces(response.body.getReader())) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const frame = JSON.parse(line);
      SHOW[frame.type]?.(frame);
    }
  }
}

async function* pieces(reader) {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

ask()
  .catch(() => { step.textContent = "The answer did not come through. Reload the page to ask again."; })
  .finally(() => { root.dataset.done = "yes"; });
