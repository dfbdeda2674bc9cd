import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { keyedList } from "../shared/log.js";
import { dateTime, milliseconds } from "./time.js";

const OUTCOMES = {
  answered: "Answered", refused: "Refused by policy", not_known: "Did not know", taken_over: "Taken over", stopped: "Stopped by the customer", superseded: "Superseded",
  escalated: "Handed to people", retrying: "Started again", failed: "Failed",
};
const ENGINES = { llm: "Model", extractive: "Extractive", curated: "Curated" };
const LIMITS = {
  hour_tokens: "The inbox's tokens of this hour", day_tokens: "The inbox's tokens of today", day_cost: "The inbox's money of today",
  conversation_tokens: "The conversation's tokens", conversation_cost: "The conversation's money",
};
const GOOD = ["answered"];
const BAD = ["failed", "retrying"];

/** What the AI agent did for each answer: how long it took, what it found, what it used. */
export function runsPanel() {
  const list = h("ol", { class: "runs", "data-testid": "runs" });
  const empty = h("p", { class: "side-empty", hidden: true }, "The AI agent has not answered here yet.");
  const cost = h("dl", { class: "facts is-compact spending", "data-testid": "spending", hidden: true });
  const element = h("section", { class: "side-section", "aria-labelledby": "about-runs" }, h("h2", { id: "about-runs" }, "AI runs"), cost, empty, list);
  const render = keyedList(list, runOf);
  return {
    element,
    update(runs) {
      empty.hidden = runs.length > 0;
      render(runs.map((run) => ({ key: run.id, run })));
    },
    /** What the model has cost here and today, and how much it may. */
    spent({ conversation, today }) {
      cost.hidden = today.tokens === 0 && conversation.tokens === 0;
      const rows = [["This conversation", conversation], ["Inbox today", today]];
      cost.replaceChildren(...rows.flatMap(([term, spent]) => [h("dt", {}, term), h("dd", {}, amounts(spent))]));
    },
    /** Opens a run and brings it into view. */
    reveal(id) {
      const item = [...list.children].find((child) => child.dataset.run === id);
      const opener = item?.querySelector("details");
      if (!item) return;
      if (opener) opener.open = true;
      item.scrollIntoView({ block: "nearest" });
      item.focus();
    },
  };
}

function amounts({ tokens, cost, max_tokens: maxTokens, max_cost: maxCost }) {
  const of = (limit) => (limit ? ` of ${limit.toLocaleString()}` : "");
  const money = cost || maxCost ? `, cost ${Number(cost.toPrecision(3))}${of(maxCost)}` : "";
  return `${tokens.toLocaleString()}${of(maxTokens)} tokens${money}`;
}

function runOf() {
  const element = h("li", { class: "run", "data-testid": "run", tabindex: "-1" });
  let shown = "";
  const update = ({ run }) => {
    const version = JSON.stringify(run);
    if (version === shown) return;
    const wasOpen = element.querySelector("details")?.open ?? false;
    shown = version;
    element.dataset.run = run.id;
    element.dataset.state = run.state;
    element.replaceChildren(...[head(run), figures(run), calls(run), searches(run), passages(run, wasOpen)].filter(Boolean));
  };
  return { element, update };
}

function head(run) {
  const outcome = run.state === "active" ? "Answering…" : OUTCOMES[run.reason] ?? run.reason;
  const tone = GOOD.includes(run.reason) ? " is-good" : BAD.includes(run.reason) ? " is-warning" : "";
  return h("p", { class: "run-head" },
    h("span", { class: `rw-badge${tone}` }, outcome),
    run.limit_reached && h("span", { class: "rw-badge is-warning" }, "Usage limit"),
    h("span", {}, `to message ${run.in_reply_to}`),
    run.attempt > 1 && h("span", {}, `attempt ${run.attempt}`),
    h("time", { datetime: run.created_at }, dateTime(run.created_at)));
}

function figures(run) {
  if (!run.engine) return null;
  const rows = [
    ["Engine", ENGINES[run.engine] ?? run.engine],
    ["Model", run.model],
    ["Model calls", run.model_calls || ""],
    ["Tokens", run.model_calls ? `${run.input_tokens.toLocaleString()} in, ${run.output_tokens.toLocaleString()} out` : ""],
    ["Confidence", confidence(run)],
    ["Cost", run.cost || ""],
    ["Usage limit", LIMITS[run.limit_reached] ?? run.limit_reached],
    ["Search", milliseconds(run.search_ms)],
    ["Instructions", run.prompt.slice(0, 8)],
    ["First token", run.first_token_ms === null ? "" : milliseconds(run.first_token_ms)],
    ["Total", milliseconds(run.total_ms)],
  ];
  return h("dl", { class: "facts is-compact" }, rows.filter(([, value]) => value).map(([term, value]) => [h("dt", {}, term), h("dd", {}, String(value))]));
}

/** How likely the passages answer it; nothing for what claims nothing. */
function confidence(run) {
  if (run.rests_on_tools) return "Rests on a tool's result";
  return run.confidence === null ? "" : `${Math.round(run.confidence * 100)} %`;
}

const CALL_STATES = { done: ["Done", " is-good"], failed: ["Failed", " is-warning"], unknown: ["Broke off", " is-bad"] };

function calls(run) {
  if (!run.calls.length) return null;
  return h("ul", { class: "tool-calls", "aria-label": "Tool calls" }, run.calls.map((call) => {
    const [label, tone] = CALL_STATES[call.state] ?? [call.state, ""];
    return h("li", { "data-testid": "tool-call" }, h("details", {},
      h("summary", {}, h("code", {}, call.tool), " ", h("span", { class: `rw-badge${tone}` }, label), ` ${milliseconds(call.took_ms)}`),
      h("pre", { dir: "auto" }, JSON.stringify(call.arguments, null, 2)),
      h("pre", { dir: "auto" }, call.result || "(nothing)")));
  }));
}

function searches(run) {
  if (!run.searches?.length) return null;
  return h("ul", { class: "run-searches", "aria-label": "Searches" }, run.searches.map((search) =>
    h("li", {}, "Searched for ", h("q", { dir: "auto" }, search.query), ` · best score ${search.score}${search.unknown ? ` · ${Math.round(search.unknown * 100)} % unknown words` : ""}`)));
}

/** Whether the article still says what the agent read then. */
function since(passage) {
  if (passage.now === null) return h("span", { class: "rw-badge is-warning" }, "Deleted since");
  if (passage.now === passage.version) return null;
  const text = `Version ${passage.version}, now ${passage.now}`;
  return passage.compare_url
    ? h("a", { class: "rw-badge is-warning", href: passage.compare_url, title: "What changed since", "data-testid": "changed-since" }, text)
    : h("span", { class: "rw-badge is-warning" }, text);
}

function passages(run, isOpen) {
  if (!run.passages.length) return run.state === "finished" ? h("p", { class: "side-empty" }, "Nothing was retrieved.") : null;
  const cited = run.passages.filter((passage) => passage.is_cited).length;
  const summary = h("summary", {}, `${run.passages.length} passage${run.passages.length === 1 ? "" : "s"} retrieved, ${cited} cited`);
  return h("details", { class: "passages", open: isOpen }, summary, h("ol", {}, run.passages.map(passageOf)));
}

function passageOf(passage) {
  const title = passage.admin_url
    ? h("a", { href: passage.admin_url, dir: "auto" }, passage.title, icon("external"))
    : h("span", { dir: "auto" }, passage.title);
  return h("li", { class: "passage", "data-testid": "passage" },
    h("p", { class: "passage-title" }, title, passage.is_cited && h("span", { class: "rw-badge is-good" }, "Cited"), since(passage)),
    passage.heading && h("p", { class: "passage-heading", dir: "auto" }, passage.heading),
    h("p", { class: "passage-scores" }, `score ${passage.score} · match ${passage.match} · dense ${passage.dense} · lexical ${passage.lexical}`),
    h("details", {}, h("summary", {}, "Text"), h("p", { class: "passage-text", dir: "auto" }, passage.text)));
}
