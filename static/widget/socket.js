import { planAfterClose } from "./closecodes.js";

const HEARTBEAT = 25_000;
const ANSWER_WITHIN = 10_000;
const STABLE_AFTER = 10_000;
const LOST = 1006;

/**
 * One connection that stays: connects, proves the session, asks for what it missed, notices silence, reconnects.
 * States: connecting, live, waiting, stopped, refused.
 */
export class Socket {
  state = "stopped";
  #socket = null;
  #attempt = 0;
  #step = "open";
  #timers = { retry: 0, heartbeat: 0, watchdog: 0, stable: 0 };

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {import("./session.js").Session} options.session
   * @param {() => number} options.position the last seq received without a gap
   * @param {(frame: object) => void} options.onFrame
   * @param {(state: string) => void} options.onState
   */
  constructor({ url, session, position, onFrame, onState }) {
    Object.assign(this, { url, session, position, onFrame, onState });
    window.addEventListener("online", () => this.wake());
    window.addEventListener("pageshow", (event) => event.persisted && this.wake());
    document.addEventListener("visibilitychange", () => !document.hidden && this.wake());
  }

  /** Makes sure of a session and connects; also after the identity changed. */
  start() {
    this.#attempt = 0;
    this.#step = "open";
    this.#connect();
  }

  stop() {
    this.#drop();
    this.#enter("stopped");
  }

  /** @returns {boolean} whether the frame went out; if not, the caller keeps it */
  send(frame) {
    if (this.state !== "live") return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Hands a new token to the live socket. */
  swapToken() {
    if (this.state === "live") this.#resume();
  }

  /** Asks the server to compare positions; it sends what is missing here. */
  probe() {
    if (!this.send({ type: "heartbeat", seq: this.position() })) return;
    this.#restart("watchdog", () => this.#closed(LOST), ANSWER_WITHIN);
  }

  /** The network or the page is back: do not wait for the next timer. */
  wake() {
    if (this.state === "live") this.probe();
    else if (this.state === "waiting") this.#connect();
  }

  async #connect() {
    this.#drop();
    this.#enter("connecting");
    try {
      if (this.#step !== "reconnect") await this.session[this.#step]();
    } catch (error) {
      if (error.permanent) this.#enter("refused");
      else this.#retry(Math.max(planAfterClose(LOST, this.#attempt).delay, (error.retryAfter ?? 0) * 1000));
      return;
    }
    if (this.state === "connecting" && !this.#socket) this.#dial();
  }

  #dial() {
    this.#step = "reconnect";
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.onopen = () => this.#resume();
    socket.onmessage = (event) => this.#received(event.data);
    socket.onclose = (event) => this.#closed(event.code);
    this.#restart("watchdog", () => this.#closed(LOST), ANSWER_WITHIN);
  }

  #resume() {
    this.#socket.send(JSON.stringify({ type: "session.resume", token: this.session.token, after: this.position() }));
  }

  #received(data) {
    clearTimeout(this.#timers.watchdog);
    const frame = JSON.parse(data);
    if (frame.type === "session.ready" && this.state !== "live") {
      this.#restart("stable", () => { this.#attempt = 0; }, STABLE_AFTER);
      clearInterval(this.#timers.heartbeat);
      this.#timers.heartbeat = setInterval(() => this.probe(), HEARTBEAT);
      this.#enter("live");
    }
    this.onFrame(frame);
  }

  #closed(code) {
    const plan = planAfterClose(code, this.#attempt);
    this.#drop();
    this.#step = plan.step;
    if (plan.step === "give-up") this.#enter("refused");
    else this.#retry(plan.delay);
  }

  #retry(delay) {
    this.#attempt += 1;
    this.#enter("waiting");
    this.#restart("retry", () => this.#connect(), delay);
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    clearInterval(this.#timers.heartbeat);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #restart(name, action, delay) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(action, delay);
  }

  #enter(state) {
    if (this.state === state) return;
    this.state = state;
    this.onState(state);
  }
}
