import { h } from "../shared/dom.js";

const FROM = {
  customer: (seq) => `from message ${seq}`,
  model: () => "read by the model",
  human: () => "set by a colleague",
};
const MAX_VALUE = 120;

/**
 * What the AI agent remembers of the conversation. Whoever may, corrects it.
 * @param {object} options
 * @param {boolean} options.mayChange
 * @param {(action: "remember"|"forget", body: object) => Promise<string|null>} options.onAct gives what went wrong
 */
export function memoryPanel({ mayChange, onAct }) {
  const empty = h("p", { class: "side-empty" }, "Nothing is remembered yet.");
  const slots = h("dl", { class: "facts slots" });
  const problem = h("p", { class: "action-problem", role: "alert", hidden: true });
  const add = mayChange ? h("button", { type: "button", class: "rw-link", "data-testid": "add-slot", onclick: () => edit(null) }, "Add a fact") : null;
  const summary = h("details", { class: "notes", "data-testid": "summary" });
  const element = h("section", { class: "side-section", "aria-labelledby": "about-memory", "data-testid": "memory" },
    h("h2", { id: "about-memory", tabindex: "-1" }, "Memory"), empty, slots, add, problem, summary);
  let shown = "";
  let memory = { slots: [], names: [] };
  let newest = null;
  let editor = null;

  function update(fresh) {
    newest = fresh;
    const version = JSON.stringify(fresh);
    if (version === shown || editor) return;
    shown = version;
    memory = fresh;
    empty.hidden = memory.slots.length > 0 || Boolean(memory.summary);
    slots.replaceChildren(...memory.slots.flatMap(rowOf));
    if (add) add.hidden = memory.slots.length === memory.names.length;
    summary.hidden = !memory.summary;
    summary.replaceChildren(
      h("summary", {}, `Notes on messages 1 to ${memory.summary_seq}`),
      ...memory.summary.split("\n").map((line) => h("p", { dir: "auto" }, line)));
  }

  function rowOf(slot) {
    return [
      h("dt", {}, slot.label),
      h("dd", { "data-testid": "slot", "data-slot": slot.name },
        h("span", { class: "slot-value", dir: "auto" }, slot.value),
        h("span", { class: "slot-from" }, FROM[slot.by]?.(slot.seq) ?? ""),
        mayChange && h("span", { class: "slot-buttons" },
          h("button", { type: "button", class: "rw-link", "aria-label": `Correct: ${slot.label}`, onclick: () => edit(slot) }, "Correct"),
          h("button", { type: "button", class: "rw-link", "aria-label": `Delete: ${slot.label}`, onclick: () => act("forget", { fact: slot.name }) }, "Delete"))),
    ];
  }

  function edit(slot) {
    editor?.remove();
    const taken = new Set(memory.slots.map(({ name }) => name));
    const name = slot
      ? null
      : h("select", { "aria-label": "Which fact" }, memory.names.filter((one) => !taken.has(one.name)).map((one) => h("option", { value: one.name }, one.label)));
    const value = h("input", { type: "text", maxlength: MAX_VALUE, required: true, autocomplete: "off", dir: "auto", "aria-label": slot?.label ?? "Value" });
    value.value = slot?.value ?? "";
    editor = h("form", {
      class: "slot-form", "data-testid": "slot-form",
      onsubmit: (event) => { event.preventDefault(); act("remember", { fact: slot?.name ?? name.value, value: value.value }); },
      onkeydown: (event) => { if (event.key === "Escape") close(); },
    }, name, value,
    h("div", { class: "action-buttons" },
      h("button", { type: "submit", class: "rw-button" }, "Save"),
      h("button", { type: "button", class: "rw-button is-quiet", onclick: close }, "Cancel")));
    const row = slot && slots.querySelector(`[data-slot="${slot.name}"]`);
    if (row) row.append(editor);
    else slots.after(editor);
    (name ?? value).focus();
  }

  function close() {
    editor?.remove();
    editor = null;
    problem.hidden = true;
    // What came while it was open.
    update(newest);
    element.querySelector("h2").focus();
  }

  async function act(action, body) {
    const wrong = await onAct(action, body, () => { editor?.remove(); editor = null; });
    problem.hidden = !wrong;
    problem.textContent = wrong ?? "";
    if (!wrong) element.querySelector("h2").focus();
  }

  return { element, update };
}
