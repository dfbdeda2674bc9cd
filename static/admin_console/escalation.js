import { h } from "../shared/dom.js";

const list = document.getElementById("rules");
const TEXT_LABELS = { refuse: "What the customer is told", offer: "The offer, instead of the usual words" };
const WORD_LABELS = { keywords: "Keywords, one on each line", values: "Values, one on each line", phrasings: "Phrasings, one on each line" };

const field = (rule, name) => rule.querySelector(`[data-field="${name}"]`);
const control = (rule, name) => rule.querySelector(`[name$="-${name}"]`);
const shownRules = () => [...list.children].filter((rule) => !rule.hidden);

/** Shows the parameters that the rule's trigger and action take. */
function fit(rule, takes) {
  const kind = takes[control(rule, "trigger").value];
  const action = control(rule, "action").value;
  const amount = control(rule, "amount");
  field(rule, "trigger").querySelector(".help").textContent = kind?.help ?? "";
  field(rule, "amount").hidden = !kind?.amount;
  if (kind?.amount) {
    [amount.min, , amount.max] = kind.amount;
    amount.placeholder = kind.amount[1];
    field(rule, "amount").querySelector("label").textContent = kind.unit === "%" ? "Below, in %" : "How often";
    field(rule, "amount").querySelector(".help").textContent = `${kind.amount[0]} to ${kind.amount[2]}; ${kind.amount[1]} when empty.`;
  }
  field(rule, "attribute").hidden = !kind?.attribute;
  field(rule, "words").hidden = !kind?.words;
  if (kind?.words) field(rule, "words").querySelector("label").textContent = WORD_LABELS[kind.words];
  field(rule, "text").hidden = !(action in TEXT_LABELS);
  if (action in TEXT_LABELS) field(rule, "text").querySelector("label").textContent = TEXT_LABELS[action];
}

/** Numbers the rules as they stand. */
function number() {
  const rules = shownRules();
  rules.forEach((rule, index) => {
    control(rule, "ORDER").value = index + 1;
    const name = control(rule, "name").value;
    rule.querySelector("h3").textContent = `Rule ${index + 1}`;
    for (const button of rule.querySelectorAll("[data-move], [data-remove]")) button.setAttribute("aria-label", `${button.textContent}: rule ${index + 1} ${name}`);
    rule.querySelector('[data-move="up"]').disabled = index === 0;
    rule.querySelector('[data-move="down"]').disabled = index === rules.length - 1;
  });
  document.getElementById("no-rules").hidden = rules.length > 0;
}

function say(text) {
  document.getElementById("rules-status").textContent = text;
}

function move(rule, by, button) {
  const rules = shownRules();
  const other = rules[rules.indexOf(rule) + by];
  if (!other) return;
  if (by < 0) other.before(rule);
  else other.after(rule);
  number();
  say(`Now rule ${shownRules().indexOf(rule) + 1} of ${rules.length}.`);
  (button.disabled ? rule.querySelector("[data-move]:not(:disabled)") : button)?.focus();
}

function remove(rule) {
  const place = shownRules().indexOf(rule);
  control(rule, "DELETE").checked = true;
  rule.hidden = true;
  number();
  say("The rule is removed when you save.");
  const rules = shownRules();
  (rules[Math.min(place, rules.length - 1)]?.querySelector("h3") ?? document.getElementById("add-rule")).focus();
}

function prepare(rule, takes) {
  rule.querySelector(".esc-moves").hidden = false;
  rule.querySelector(".esc-delete").hidden = true;
  rule.hidden = control(rule, "DELETE").checked;
  for (const name of ["trigger", "action"]) control(rule, name).addEventListener("change", () => fit(rule, takes));
  for (const button of rule.querySelectorAll("[data-move]")) button.addEventListener("click", () => move(rule, button.dataset.move === "up" ? -1 : 1, button));
  rule.querySelector("[data-remove]").addEventListener("click", () => remove(rule));
  control(rule, "name").addEventListener("change", number);
  fit(rule, takes);
}

function add(takes) {
  const total = document.getElementById("id_rules-TOTAL_FORMS");
  const holder = h("ol");
  holder.innerHTML = document.getElementById("rule-template").innerHTML.replaceAll("__prefix__", total.value);
  const rule = holder.firstElementChild;
  total.value = Number(total.value) + 1;
  list.append(rule);
  prepare(rule, takes);
  number();
  control(rule, "name").focus();
}

if (list) {
  const takes = JSON.parse(document.getElementById("takes").textContent);
  for (const rule of list.children) prepare(rule, takes);
  number();
  const button = document.getElementById("add-rule");
  button.hidden = false;
  button.addEventListener("click", () => add(takes));
  list.querySelector("[aria-invalid]")?.focus();
}
// A trace links to the version that decided.
const version = location.hash.startsWith("#version-") && document.getElementById(location.hash.slice(1));
if (version) version.open = true;
