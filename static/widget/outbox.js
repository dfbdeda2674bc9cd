import { uuid } from "../shared/ids.js";

const ACK_WITHIN = 10_000;
const NAME = "outbox";

/**
 * Messages on their way. One is in flight at a time, so that they arrive in the order they were written; each keeps its
 * client_id for life, so that sending it again is safe; they outlive a reload of the page.
 * An entry is `waiting`, `sending`, `failed` or `sent` (acknowledged, not yet seen in the conversation).
 */
export class Outbox {
  entries = [];
  #timer = 0;
  #held = false;

  /**
   * @param {object} options
   * @param {ReturnType<typeof import("../shared/storage.js").safeStorage>} options.storage
   * @param {(frame: object) => boolean} options.send
   * @param {() => void} options.onChange
   */
  constructor({ storage, send, onChange }) {
    Object.assign(this, { storage, send, onChange });
    const kept = storage.get(NAME);
    if (Array.isArray(kept)) this.entries = kept.map((entry) => ({ ...entry, status: entry.status === "failed" ? "failed" : "waiting" }));
  }

  add(text) {
    this.entries.push({ client_id: uuid(), text, created_at: new Date().toISOString(), status: "waiting", error: null });
    this.#changed();
    this.flush();
  }

  /** Sends the oldest unsent message, unless one is in flight. */
  flush() {
    if (this.#held || this.entries.some((entry) => entry.status === "sending")) return;
    const next = this.entries.find((entry) => entry.status === "waiting");
    if (!next || !this.send({ type: "message.send", client_id: next.client_id, text: next.text })) return;
    next.status = "sending";
    this.#timer = setTimeout(() => this.interrupted(true), ACK_WITHIN);
    this.onChange();
  }

  /** The connection broke or an answer is overdue: what was in flight has to go again. */
  interrupted(sendAgain = false) {
    clearTimeout(this.#timer);
    const flying = this.entries.find((entry) => entry.status === "sending");
    if (flying) flying.status = "waiting";
    if (sendAgain) this.flush();
    this.onChange();
  }

  acknowledged(clientId) {
    this.#settle(clientId, (entry) => { entry.status = "sent"; });
  }

  /** The message is part of the conversation now. */
  seen(clientId) {
    this.#settle(clientId, (entry) => { this.entries = this.entries.filter((other) => other !== entry); });
  }

  /** The server refused it for good: `error` says why. */
  refused(clientId, error) {
    this.#settle(clientId, (entry) => Object.assign(entry, { status: "failed", error }));
  }

  /** The server wants a pause. */
  hold(seconds) {
    if (this.#held) return;
    this.#held = true;
    this.interrupted();
    setTimeout(() => {
      this.#held = false;
      this.flush();
    }, seconds * 1000);
  }

  retry(clientId) {
    const entry = this.#find(clientId);
    if (!entry) return;
    // It goes behind what was sent since.
    this.entries = [...this.entries.filter((other) => other !== entry), { ...entry, status: "waiting", error: null }];
    this.#changed();
    this.flush();
  }

  discard(clientId) {
    this.entries = this.entries.filter((entry) => entry.client_id !== clientId);
    this.#changed();
  }

  clear() {
    clearTimeout(this.#timer);
    this.entries = [];
    this.#changed();
  }

  get flying() {
    return this.entries.find((entry) => entry.status === "sending") ?? null;
  }

  #find(clientId) {
    return this.entries.find((entry) => entry.client_id === clientId);
  }

  #settle(clientId, change) {
    const entry = this.#find(clientId);
    if (!entry) return;
    if (entry.status === "sending") clearTimeout(this.#timer);
    change(entry);
    this.#changed();
    this.flush();
  }

  #changed() {
    this.storage.set(NAME, this.entries.filter((entry) => entry.status !== "sent"));
    this.onChange();
  }
}
