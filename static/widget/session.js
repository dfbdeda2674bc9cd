import { ApiError } from "./api.js";

const REFRESH_AFTER = 45 * 60_000;
const RETRY_REFRESH = 60_000;

/** The customer's credential: created once, kept across page loads, refreshed before it expires, shared between tabs. */
export class Session {
  /** A signed identity (JWT) from the host page; used when the next session is made. */
  identity = null;
  #record = null;
  #queue = Promise.resolve();
  #timer = 0;

  /**
   * @param {object} options
   * @param {ReturnType<typeof import("./api.js").apiClient>} options.api
   * @param {string} options.inbox
   * @param {string} options.locale
   * @param {ReturnType<typeof import("../shared/storage.js").safeStorage>} options.storage
   * @param {() => void} options.onToken there is a newer token for an open socket
   * @param {() => void} options.onConversation the session is about another conversation than before
   */
  constructor({ api, inbox, locale, storage, onToken, onConversation }) {
    Object.assign(this, { api, inbox, locale, storage, onToken, onConversation });
    storage.watch("session", () => this.#adopt() && this.onToken());
    document.addEventListener("visibilitychange", () => {
      // Timers of a hidden or sleeping tab fire late.
      if (!document.hidden && this.#record && this.#isDue()) this.#refreshQuietly();
    });
  }

  get token() {
    return this.#record?.token ?? null;
  }

  get conversationId() {
    return this.#record?.conversation_id ?? null;
  }

  /** Makes sure there is a session, for the identity if there is one. */
  open() {
    return this.#exclusively(async () => {
      const stored = this.storage.get("session");
      const subject = subjectOf(this.identity);
      if (stored && (!subject || stored.subject === subject)) {
        this.#keep(stored);
        if (this.#isDue()) await this.#refresh();
      } else {
        // Another person's conversation must not follow into this one's session.
        await this.#create(stored && !stored.subject ? stored.token : undefined);
      }
    });
  }

  /** After "token expired". */
  refresh() {
    return this.#exclusively(() => this.#refresh());
  }

  /** After "session ended": a new session, for the same conversation where the old token still proves it. */
  replace() {
    return this.#exclusively(() => this.#replace());
  }

  /** Forgets the customer on this device and ends the session on the server. */
  end() {
    return this.#exclusively(async () => {
      const ended = this.#record;
      clearTimeout(this.#timer);
      this.#record = null;
      this.identity = null;
      this.storage.remove("session");
      if (ended) await this.api("DELETE", `sessions/${ended.id}`, { token: ended.token }).catch(() => null);
    });
  }

  #exclusively(action) {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => null);
    return result;
  }

  async #refresh() {
    if (this.#adopt()) return;
    try {
      const answer = await this.api("POST", `sessions/${this.#record.id}/refresh`, { token: this.#record.token });
      this.#save({ ...this.#record, ...answer, obtained_at: Date.now() });
    } catch (error) {
      if (!(error instanceof ApiError && [401, 403, 404].includes(error.status))) throw error;
      await this.#replace();
    }
  }

  async #replace() {
    if (this.#adopt()) return;
    const isStored = this.storage.get("session") !== null;
    // Another tab has signed out: whoever comes now is a stranger.
    if (!isStored) this.identity = null;
    await this.#create(isStored ? this.#record?.token : undefined);
  }

  async #create(previousToken) {
    const full = { inbox: this.inbox, locale: this.locale, identity: this.identity ?? undefined, previous_token: previousToken };
    const attempts = [full, { ...full, previous_token: undefined }, { inbox: this.inbox, locale: this.locale }];
    for (const [index, body] of attempts.entries()) {
      try {
        const answer = await this.api("POST", "sessions", { body });
        this.#save({ ...answer, subject: body.identity ? subjectOf(body.identity) : null, obtained_at: Date.now() });
        return;
      } catch (error) {
        // A revoked token or a stale identity must not keep anybody from asking: go on with less.
        const canDoWithLess = error.permanent && (body.identity || body.previous_token) && index < attempts.length - 1;
        if (!canDoWithLess) throw error;
        console.warn("Replywell: session refused (%s), trying with less", error.message);
      }
    }
  }

  /** Takes over a newer token that another tab has stored. */
  #adopt() {
    const stored = this.storage.get("session");
    if (!stored || !this.#record || stored.token === this.#record.token) return false;
    if (stored.obtained_at <= this.#record.obtained_at) return false;
    // The other tab signed in or out; what this one knew of the customer is over.
    if (stored.subject !== this.#record.subject) this.identity = null;
    this.#keep(stored);
    return true;
  }

  #save(record) {
    this.storage.set("session", record);
    this.#keep(record);
  }

  #keep(record) {
    const isOther = record.conversation_id !== this.conversationId;
    this.#record = record;
    if (isOther) this.onConversation();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refreshQuietly(), Math.max(1000, this.#dueAt() - Date.now()));
  }

  #dueAt() {
    const { obtained_at: obtained, expires_at: expires } = this.#record;
    const lifetime = Date.parse(expires) - obtained || REFRESH_AFTER / 0.75;
    return obtained + Math.min(REFRESH_AFTER, Math.max(30_000, lifetime * 0.75));
  }

  #isDue() {
    return Date.now() >= this.#dueAt();
  }

  #refreshQuietly() {
    this.refresh().then(() => this.onToken(), () => {
      this.#timer = setTimeout(() => this.#refreshQuietly(), RETRY_REFRESH);
    });
  }
}

/** Only compares who is meant; the server is the one that verifies the signature. */
function subjectOf(jwt) {
  if (!jwt) return null;
  try {
    const payload = jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return String(JSON.parse(atob(payload)).sub);
  } catch {
    return jwt;
  }
}
