import { h } from "../shared/dom.js";
import { dateTime } from "./time.js";
import { escalationsList } from "./escalations.js";
import { STATES, escalationReason } from "./words.js";

/** Who writes, from where, and why people were asked for. */
export function customerPanel() {
  const content = h("div");
  const element = h("section", { class: "side-section", "aria-labelledby": "about-customer", "data-testid": "customer" },
    h("h2", { id: "about-customer" }, "Customer"), content);
  let shown = "";
  return {
    element,
    update(details) {
      const version = JSON.stringify(details);
      if (version === shown) return;
      shown = version;
      content.replaceChildren(...parts(details));
    },
  };
}

function parts({ conversation, customer, inbox, escalation_reason: reason, escalation_note: note, escalations = [], queued_at: queuedAt, missed_at: missedAt }) {
  const name = customer.url ? h("a", { href: customer.url, dir: "auto" }, customer.label) : h("span", { dir: "auto" }, customer.label);
  const facts = [
    ["Customer", [name, " ", h("span", { class: `rw-badge${customer.identified ? " is-good" : ""}` }, customer.identified ? "Identified" : "Anonymous")]],
    ["E-mail", customer.email],
    ["Verified address", customer.verified && verified(customer.verified)],
    ["Your id", customer.sub],
    ["Inbox", inbox.name],
    ["Language", conversation.locale],
    ["State", STATES[conversation.state]],
    ["Handed over", reason && escalationReason(reason)],
    ["Queued", queuedAt && dateTime(queuedAt)],
    ["Found nobody there", missedAt && dateTime(missedAt)],
    ["First seen", dateTime(customer.created_at)],
    ["Last seen", dateTime(customer.last_seen_at)],
    ...Object.entries(customer.metadata ?? {}).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  ];
  return [
    h("dl", { class: "facts" }, facts.filter(([, value]) => value).map(([term, value]) => [h("dt", {}, term), h("dd", { dir: "auto" }, value)])),
    note && h("div", { class: "handed-over", "data-testid": "handover" }, h("h3", {}, "Hand-over"), note.split("\n").map((line) => h("p", { dir: "auto" }, line))),
    escalations.length > 0 && escalationsList(escalations),
    customer.earlier.length > 0 && earlier(customer.earlier),
  ].filter(Boolean);
}

/** An address that the customer has proven: what they write in the chat proves nothing. */
function verified({ address, how, verified_at: at, expires_at: until }) {
  const words = how === "code" ? "by a code" : "by identity token";
  return h("span", { "data-testid": "verified-address" }, address, " ",
    h("span", { class: "rw-badge is-good", title: `${dateTime(at)}, counts until ${dateTime(until)}` }, `Verified ${words}`));
}

function earlier(conversations) {
  const rows = conversations.map(({ url, state, updated_at: at }) => h("li", {}, h("a", { href: url }, dateTime(at)), ` ${STATES[state]}`));
  return h("div", { class: "earlier" }, h("h3", {}, "Other conversations"), h("ul", {}, rows));
}
