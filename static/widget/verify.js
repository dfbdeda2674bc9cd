import { h } from "../shared/dom.js";

let made = 0;

/**
 * A card for a proof: the customer says where a code is to go, and types it.
 * @param {object} item
 * @param {{t: Function, handlers: {prove: Function, decline: Function}}} context
 * @returns {{element: HTMLElement, update: (item: object) => void}}
 */
export function verifyCard({ action }, { t, handlers }) {
  const id = `verify-${(made += 1)}`;
  const problem = h("p", { class: "verify-problem", id: `${id}-problem`, role: "alert", hidden: true });
  const outcome = h("p", { class: "outcome", role: "status", hidden: true });
  const explained = h("p", { class: "verify-text", id: `${id}-text`, role: "status", dir: "auto" });
  const email = field(`${id}-email`, t("verify_email"), { type: "email", autocomplete: "email", inputmode: "email", maxlength: 254, "data-testid": "verify-email" });
  const code = field(`${id}-code`, t("verify_code"), { type: "text", autocomplete: "one-time-code", inputmode: "numeric", maxlength: 12, "data-testid": "verify-code" });
  const submit = h("button", { type: "submit", class: "button", "data-testid": "verify-submit" });
  const again = h("button", { type: "button", class: "link", "data-testid": "verify-again", onclick: () => ask({}) });
  const other = h("button", { type: "button", class: "link", "data-testid": "verify-other", onclick: () => write() }, t("verify_other"));
  const decline = h("button", { type: "button", class: "button is-quiet", "data-testid": "action-decline", onclick: () => refuse() }, t("verify_decline"));
  const form = h("form", { class: "verify", novalidate: true }, explained, email.element, code.element, problem,
    h("div", { class: "form-buttons" }, submit, decline), h("div", { class: "verify-links" }, again, other));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (step === "code") give();
    else ask(step === "email" ? { email: email.input.value } : {});
  });
  const element = h("section", { class: "action", "data-testid": "verify", "aria-label": t("verify_ask") },
    h("p", { class: "sources-label" }, t("verify_ask")), h("h3", { dir: "auto" }, action.title), form, outcome);

  let known = action.verification;
  let shown = "";
  let step = "";
  let clock = null;
  for (const { input } of [email, code]) input.addEventListener("input", () => complain(null));

  /** email: type an address. send: the known one will do. code: type the code. */
  function show(next, { focus = false } = {}) {
    step = next;
    email.element.hidden = step !== "email";
    code.element.hidden = step !== "code";
    explained.hidden = step === "email";
    explained.textContent = step === "email" ? "" : t(step === "code" ? "verify_sent" : "verify_known", { address: known.address });
    submit.textContent = t(step === "code" ? "verify_confirm" : "verify_send");
    other.hidden = known.fixed || step === "email";
    again.hidden = step !== "code";
    complain(known.failed && step !== "code" ? "verify_failed" : null);
    count();
    if (focus) ({ email: email.input, code: code.input }[step] ?? submit).focus();
  }

  function write() {
    show("email", { focus: true });
  }

  /** The button says when it may be pressed again. */
  function count() {
    clearTimeout(clock);
    const seconds = Math.ceil((Date.parse(known.resend_at) - Date.now()) / 1000);
    again.disabled = seconds > 0;
    again.textContent = seconds > 0 ? t("verify_again_in", { seconds }) : t("verify_again");
    if (seconds > 0 && element.dataset.outcome === undefined) clock = setTimeout(count, 1000);
  }

  function complain(key) {
    problem.hidden = !key;
    problem.textContent = key ? t(key) : "";
    for (const { input } of [email, code]) {
      if (key) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      input.setAttribute("aria-describedby", key ? problem.id : explained.id);
    }
  }

  async function work(proof) {
    for (const button of [submit, again, other, decline]) button.disabled = true;
    complain(null);
    try {
      await handlers.prove(action.action, proof);
      return true;
    } catch (error) {
      complain(reason(error, step, known));
      return false;
    } finally {
      for (const button of [submit, other, decline]) button.disabled = false;
      count();
    }
  }

  async function ask(proof) {
    if (step === "email" && !email.input.value.trim()) {
      complain("verify_bad_email");
      email.input.focus();
    } else if (await work(proof)) {
      code.input.value = "";
      show("code", { focus: true });
      form.scrollIntoView({ block: "nearest" });
    } else if (step !== "send") {
      (step === "code" ? code : email).input.focus();
    }
  }

  async function give() {
    const isGood = /^\d{6}$/.test(code.input.value.replace(/\s/g, ""));
    if (isGood && await work({ code: code.input.value })) return;
    if (!isGood) complain("verify_bad_code");
    code.input.select();
    code.input.focus();
  }

  function refuse() {
    decline.disabled = true;
    handlers.decline(action.action)?.catch(() => { decline.disabled = false; });
  }

  function finish(text) {
    form.hidden = true;
    outcome.hidden = false;
    outcome.textContent = text;
    clearTimeout(clock);
  }

  function update({ action: { outcome: result, verification } }) {
    if (result && element.dataset.outcome !== result) {
      element.dataset.outcome = result;
      const words = { confirmed: "verify_done", declined: "action_declined", expired: "action_expired" }[result];
      finish(t(words ?? "action_cancelled"));
      return;
    }
    const version = JSON.stringify(verification);
    if (result || version === shown) return;
    const first = shown === "";
    [known, shown] = [verification, version];
    const next = known.sent ? "code" : known.address ? "send" : "email";
    // What somebody is typing is not taken away: only a code that was sent, or could not be, changes the step.
    show(next, { focus: !first && form.contains(document.activeElement) });
  }

  return { element, update };
}

function field(id, label, attributes) {
  const input = h("input", { id, ...attributes });
  return { input, element: h("div", { class: "verify-field" }, h("label", { for: id }, label), input) };
}

/** What to say of a refusal. The server's own words are English. */
function reason({ status, retryAfter }, step, { fixed }) {
  if (status === 400) return step === "code" ? "verify_bad_code" : fixed ? "verify_bad_fixed" : "verify_bad_email";
  if (status === 409) return "verify_gone";
  if (status === 429) return retryAfter > 60 ? "verify_too_many" : "verify_slow";
  return "verify_unavailable";
}
