import { orderedMessages } from "./store.js";

const SAME_GROUP = 5 * 60_000;

/**
 * What the log shows, top to bottom: day separators, messages, and what is still on its way.
 * @param {object} state the conversation as known here
 * @param {Array<object>} entries of the outbox
 * @param {{dayKey: (iso: string) => string}} clock
 * @returns {Array<{key: string, kind: string, message: object, status: string|null, asks?: boolean, opensGroup: boolean, endsGroup: boolean}>}
 */
export function timeline(state, entries, clock) {
  const known = new Set();
  const asking = new Set((state.conversation?.actions ?? []).map((action) => action.run));
  const items = orderedMessages(state).map((message) => {
    if (message.role === "customer" && message.client_id) known.add(message.client_id);
    return { key: keyOf(message), kind: message.role, message, status: null, asks: Boolean(message.run) && asking.has(message.run) };
  });
  for (const entry of entries) {
    if (known.has(entry.client_id)) continue;
    items.push({ key: `c:${entry.client_id}`, kind: "customer", message: { ...entry, role: "customer" }, status: entry.status });
  }
  return withDays(withGroups(items), clock);
}

/** A message keeps its element from the moment it is written here, so nothing jumps when it is acknowledged. */
function keyOf(message) {
  return message.role === "customer" && message.client_id ? `c:${message.client_id}` : `m:${message.seq}`;
}

function withGroups(items) {
  const belong = (a, b) =>
    a && b && a.kind === b.kind && a.message.author?.name === b.message.author?.name &&
    Math.abs(Date.parse(b.message.created_at) - Date.parse(a.message.created_at)) < SAME_GROUP;
  return items.map((item, index) => ({
    ...item,
    opensGroup: !belong(items[index - 1], item),
    endsGroup: !belong(item, items[index + 1]),
  }));
}

function withDays(items, clock) {
  const result = [];
  let day = null;
  for (const item of items) {
    const itsDay = clock.dayKey(item.message.created_at);
    if (itsDay !== day) result.push({ key: `d:${itsDay}`, kind: "day", message: item.message });
    day = itsDay;
    result.push(item);
  }
  return result;
}
