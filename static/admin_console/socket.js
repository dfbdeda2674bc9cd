import { planAfterClose } from "../widget/closecodes.js";

const PROBE_EVERY = 25_000;
const ANSWER_WITHIN = 10_000;
const STABLE_AFTER = 10_000;
const LOST = 1006;

/**
 * The staff's connection. Subscribing to the queue is always answered, so it also tells whether the line is alive.
 * States: connecting, live, waiting, signed-out, refused.
 */
export class ConsoleSocket {
  state = "stopped";
  #socket = null;
  #attempt = 0;
  #timers = { retry: 0, probe: 0, watchdog: 0, stable: 0 };

  /**
   * @param {object} options
   * @param {(frame: object) => void} options.onFrame
   * @param {(state: string) => void} options.onState
   * @param {() => Array<object>} [options.greeting] frames to send on each new connection
   */
  constructor({ onFrame, onState, greeting = () => [] }) {
    Object.assign(this, { onFrame, onState, greeting });
    window.addEventListener("online", () => this.wake());
    window.addEventListener("pageshow", (event) => event.persisted && this.wake());
    document.addEventListener("visibilitychange", () => !document.hidden && this.wake());
  }

  connect() {
    this.#drop();
    this.#enter("connecting");
    const url = new URL("/ws/console", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#probe();
      for (const frame of this.greeting()) socket.send(JSON.stringify(frame));
    };
    socket.onmessage = (event) => this.#received(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(event.code);
    this.#restart("watchdog", () => this.#closed(LOST), ANSWER_WITHIN);
  }

  /** Sends a frame that does not matter if it is lost. */
  send(frame) {
    if (this.state === "live") this.#socket.send(JSON.stringify(frame));
  }

  /** The network or the page is back: do not wait for the next timer. */
  wake() {
    if (this.state === "live") this.#probe();
    else if (this.state === "waiting") this.connect();
  }

  #probe() {
    this.#socket.send(JSON.stringify({ type: "queue.subscribe" }));
    this.#restart("watchdog", () => this.#closed(LOST), ANSWER_WITHIN);
    this.#restart("probe", () => this.#probe(), PROBE_EVERY);
  }

  #received(frame) {
    clearTimeout(this.#timers.watchdog);
    if (this.state !== "live") {
      this.#restart("stable", () => { this.#attempt = 0; }, STABLE_AFTER);
      this.#enter("live");
    }
    this.onFrame(frame);
  }

  #closed(code) {
    const plan = planAfterClose(code, this.#attempt);
    this.#drop();
    if (plan.step === "replace") return this.#enter("signed-out");
    if (plan.step === "give-up") return this.#enter("refused");
    this.#attempt += 1;
    this.#enter("waiting");
    return this.#restart("retry", () => this.connect(), plan.delay);
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
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
