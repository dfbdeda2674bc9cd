import { Outbox } from "./outbox.js";
import { CustomerSocket } from "./socket.js";
import * as store from "../shared/store.js";

const PAGE = 200;
const PATIENCE = 60_000;
const DOUBT = 3000;
const GAP_SETTLES = 1500;
const REQUEST_TIMES_OUT = 10_000;

/** Where frames, the customer's wishes and the known state meet. It draws nothing. */
export class Controller {
  state = store.createState();
  connection = "connecting";
  isAskingForPerson = false;
  hasSynced = false;
  #timers = {};

  /**
   * @param {object} options
   * @param {Function} options.api
   * @param {import("./session.js").Session} options.session
   * @param {object} options.storage of the tab, for the outbox
   * @param {string} options.socketUrl
   * @param {() => void} options.onChange
   */
  constructor({ api, session, storage, socketUrl, onChange }) {
    Object.assign(this, { api, session, onChange });
    this.outbox = new Outbox({ storage, send: (frame) => this.socket.send(frame), onChange });
    this.socket = new CustomerSocket({
      url: socketUrl,
      session,
      position: () => this.state.lastSeq,
      onFrame: (frame) => this.#receive(frame),
      onState: (state) => this.#connectionChanged(state),
    });
  }

  start() {
    this.socket.start();
  }

  /** Another conversation than before: forget the old one, keep what is still to be sent. */
  reset() {
    this.state = store.createState();
    this.hasSynced = false;
    if (this.socket.state === "live") this.start();
    this.onChange();
  }

  identify(jwt) {
    this.session.identity = jwt;
    this.start();
  }

  async logout() {
    this.socket.stop();
    this.outbox.clear();
    await this.session.end();
    this.reset();
    this.start();
  }

  send(text) {
    this.outbox.add(text);
  }

  requestPerson() {
    this.isAskingForPerson = true;
    this.#sendPersonRequest();
    this.onChange();
  }

  stopAnswer() {
    const { answer } = this.state;
    if (!answer || !this.socket.send({ type: "answer.stop", run: answer.run })) return;
    answer.stopping = true;
    this.onChange();
  }

  rate(messageId, value) {
    const message = [...this.state.messages.values()].find(({ id }) => id === messageId);
    if (message) message.rating = value.rating;
    const isSent = this.socket.send({ type: "message.rate", message_id: messageId, ...value });
    if (!isSent) this.api("POST", `messages/${messageId}/rating`, { token: this.session.token, body: value }).catch(() => null);
  }

  /** @returns {Promise<unknown>|null} what is rejected when the answer did not get there */
  decide(verdict, action) {
    if (this.socket.send({ type: `action.${verdict}`, action })) return null;
    return this.api("POST", `actions/${action}/${verdict}`, { token: this.session.token });
  }

  /**
   * Asks for a code, or gives it. Over HTTP: what is wrong with it belongs to the card.
   * @param {string} action
   * @param {{email?: string, code?: string}} proof
   */
  async prove(action, proof) {
    const { outcome, ...known } = await this.api("POST", `actions/${action}/confirm`, { token: this.session.token, body: proof });
    this.#receive(outcome ? { type: "action.resolved", action, outcome } : { type: "action.requested", ...known });
  }

  typing(active) {
    if (!store.agentAnswers(this.state)) this.socket.send({ type: "typing", active });
  }

  close() {
    this.socket.send({ type: "conversation.close" });
  }

  /** Loads the page of messages before the first one shown. */
  async loadEarlier() {
    const after = Math.max(0, this.state.floor - PAGE);
    const { results } = await this.#page(after, this.state.floor - after);
    store.prepend(this.state, results, after);
  }

  #receive(frame) {
    store.applyFrame(this.state, frame);
    this.#followUp(frame);
    this.onChange();
  }

  #followUp(frame) {
    switch (frame.type) {
      case "session.ready":
        this.#ready(frame);
        break;
      case "message.ack":
        this.outbox.acknowledged(frame.client_id);
        this.#expectAnswer(frame);
        break;
      case "message.created":
        if (frame.message.role === "customer") this.outbox.seen(frame.message.client_id);
        if (frame.message.role === "system") this.isAskingForPerson = false;
        break;
      case "conversation.updated":
        if (!store.agentAnswers(this.state)) this.isAskingForPerson = false;
        break;
      case "error":
        this.#refused(frame);
        break;
    }
    if (!store.hasGap(this.state)) this.hasSynced = true;
    this.#limit("patience", this.state.awaiting, PATIENCE, () => { this.state.awaiting = null; });
    this.#limit("gap", store.hasGap(this.state), GAP_SETTLES, () => this.socket.probe());
  }

  /** Unless this is the answer to a resent message, and later ones are here already. */
  #expectAnswer({ seq }) {
    const { state } = this;
    if (store.agentAnswers(state) && !state.answer && seq >= state.lastSeq) state.awaiting ??= "thinking";
  }

  async #ready({ reset }) {
    if (reset) await this.#catchUp().catch(() => this.socket.wake());
    this.outbox.flush();
    if (this.isAskingForPerson) this.#sendPersonRequest();
    setTimeout(() => {
      store.dropDoubtedAnswer(this.state);
      this.onChange();
    }, DOUBT);
  }

  /** More is missing than the socket sends: load it, but of a long history that is new here only the end. */
  async #catchUp() {
    const { state } = this;
    if (state.messages.size === 0) store.startAfter(state, Math.max(0, state.serverSeq - PAGE));
    while (state === this.state && store.hasGap(state)) {
      const { results } = await this.#page(state.lastSeq, PAGE);
      if (results.length === 0) return;
      for (const message of results) this.#receive({ type: "message.created", message });
    }
  }

  #page(after, limit) {
    const path = `conversations/${this.session.conversationId}/messages?after=${after}&limit=${limit}`;
    return this.api("GET", path, { token: this.session.token });
  }

  #refused({ code, client_id: given, retry_after: pause }) {
    this.isAskingForPerson = false;
    if (this.state.answer) this.state.answer.stopping = false;
    const isAboutSending = given || code === "rate_limited" || code === "unavailable";
    const entry = isAboutSending && this.outbox.entries.find(({ client_id: id }) => id === (given ?? this.outbox.flying?.client_id));
    if (!entry) return;
    if (code === "conflict") this.#moveToNewerConversation(entry);
    else if (code === "rate_limited") this.#sendLater(entry, pause ?? 5, "slow_down");
    else if (code === "unavailable") this.#sendLater(entry, pause ?? 3, null);
    else this.outbox.refused(entry.client_id, code === "invalid_text" ? "failed_text" : "failed");
  }

  #sendLater(entry, seconds, reason) {
    entry.error = reason;
    this.outbox.hold(seconds);
  }

  /** The customer wrote to a closed conversation while a newer one is open. */
  async #moveToNewerConversation(entry) {
    const before = this.session.conversationId;
    await this.session.replace().catch(() => null);
    if (this.session.conversationId === before) {
      this.outbox.refused(entry.client_id, "failed_conflict");
      return;
    }
    this.outbox.interrupted();
    this.start();
  }

  #sendPersonRequest() {
    this.socket.send({ type: "handoff.request" });
    this.#limit("person", true, REQUEST_TIMES_OUT, () => { this.isAskingForPerson = false; });
  }

  #connectionChanged(state) {
    this.connection = state;
    if (state !== "live") {
      this.outbox.interrupted();
      store.doubtAnswer(this.state);
    }
    this.onChange();
  }

  /** Runs `end` when the condition has held for so long; a condition that no longer holds stops the clock. */
  #limit(name, condition, delay, end) {
    if (!condition) {
      clearTimeout(this.#timers[name]);
      this.#timers[name] = 0;
    } else if (!this.#timers[name]) {
      this.#timers[name] = setTimeout(() => {
        this.#timers[name] = 0;
        end();
        this.onChange();
      }, delay);
    }
  }
}
