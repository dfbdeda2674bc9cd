import { orderedMessages } from "../shared/store.js";

const SETTLE = 400;

/**
 * What the customer has seen: tells the server, and counts what is unread.
 * @param {object} options
 * @param {ReturnType<typeof import("../shared/storage.js").safeStorage>} options.storage
 * @param {() => boolean} options.isSeeing whether the end of the conversation is on the screen
 * @param {(seq: number) => boolean} options.send
 * @param {(count: number) => void} options.onUnread
 */
export function receipts({ storage, isSeeing, send, onUnread }) {
  let timer = 0;
  const readUpTo = (state) => {
    const stored = storage.get("read");
    return stored?.conversation === state.conversation?.id ? stored?.seq ?? 0 : 0;
  };
  const mark = (state) => {
    if (!state.conversation || !isSeeing() || state.lastSeq <= readUpTo(state) || !send(state.lastSeq)) return;
    storage.set("read", { conversation: state.conversation.id, seq: state.lastSeq });
    onUnread(0);
  };
  /** Call after anything changed that bears on it. */
  return (state) => {
    const seq = readUpTo(state);
    const answers = orderedMessages(state).filter((message) => message.seq > seq && ["assistant", "human"].includes(message.role));
    onUnread(isSeeing() ? 0 : answers.length);
    clearTimeout(timer);
    if (isSeeing() && state.lastSeq > seq) timer = setTimeout(mark, SETTLE, state);
  };
}
