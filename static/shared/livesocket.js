import { planAfterClose } from "./closecodes.js";

const PROBE_EVERY = 25_000;
const ANSWER_WITHIN = 10_000;
const STABLE_AFTER = 10_000;
const LOST = 1006;

/**
 * One connection that stays: connects, says who it is, notices silence, reconnects.
 * States: connecting, live, waiting, stopped, refused, and those that `ends` names.
 */
export class LiveSocket {
  state = "stopped";
  #socket = null;
  #attempt = 0;
  #step = "open";
  #timers = { retry: 0, probe: 0, watchdog: 0, stable: 0 };

  /**
   * @param {object} options
   * @param {string|URL} options.url
   * @param {(step: string) => Promise<void>|void} [options.prepare] what to do before it connects, by the step that
   *   `planAfterClose` names, and "open" at first; it rejects with an error that may be `permanent` or say `retryAfter`
   * @param {() => Array<object>} options.greeting frames to send on each new connection
   * @param {() => object} options.probe a frame that the server always answers
   * @param {(frame: object) => boolean} [options.isReady] whether this first frame makes the connection live
   * @param {Object<string, string>} [options.ends] the state in which a step ends the connection for good
   * @param {(frame: object) => void} options.onFrame
   * @param {(state: string) => void} options.onState
   */
  constructor({ url, prepare = () => undefined, greeting, probe, isReady = () => true, ends = {}, onFrame, onState }) {
    Object.assign(this, { url, prepare, greeting, probeFrame: probe, isReady, onFrame, onState });
    this.ends = { "give-up": "refused", ...ends };
    window.addEventListener("online", () => this.wake());
    window.addEventListener("pageshow", (event) => event.persisted && this.wake());
    document.addEventListener("visibilitychange", () => !document.hidden && this.wake());
  }

  /** Connects from the beginning. */
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

  /** Asks for a sign of life. */
  probe() {
    if (this.send(this.probeFrame())) this.#restart("watchdog", () => this.#closed(LOST), ANSWER_WITHIN);
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
      await this.prepare(this.#step);
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
    socket.onopen = () => this.greeting().forEach((frame) => socket.send(JSON.stringify(frame)));
    socket.onmessage = (event) => this.#received(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(event.code);
    this.#restart("watchdog", () => this.#closed(LOST), ANSWER_WITHIN);
  }

  #received(frame) {
    clearTimeout(this.#timers.watchdog);
    if (this.state !== "live" && this.isReady(frame)) {
      this.#restart("stable", () => { this.#attempt = 0; }, STABLE_AFTER);
      clearInterval(this.#timers.probe);
      this.#timers.probe = setInterval(() => this.probe(), PROBE_EVERY);
      this.#enter("live");
    }
    this.onFrame(frame);
  }

  #closed(code) {
    const plan = planAfterClose(code, this.#attempt);
    this.#drop();
    this.#step = plan.step;
    if (this.ends[plan.step]) this.#enter(this.ends[plan.step]);
    else this.#retry(plan.delay);
  }

  #retry(delay) {
    this.#attempt += 1;
    this.#enter("waiting");
    this.#restart("retry", () => this.#connect(), delay);
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    clearInterval(this.#timers.probe);
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
