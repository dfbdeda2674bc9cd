import { LiveSocket } from "../shared/livesocket.js";

/** The customer's connection: proves the session, asks for what it missed. */
export class CustomerSocket extends LiveSocket {
  /**
   * @param {object} options
   * @param {string} options.url
   * @param {import("./session.js").Session} options.session
   * @param {() => number} options.position the last seq received without a gap
   * @param {(frame: object) => void} options.onFrame
   * @param {(state: string) => void} options.onState
   */
  constructor({ url, session, position, onFrame, onState }) {
    const resume = () => ({ type: "session.resume", token: session.token, after: position() });
    const steps = { open: () => session.open(), refresh: () => session.refresh(), replace: () => session.replace() };
    super({
      url,
      prepare: (step) => steps[step]?.(),
      greeting: () => [resume()],
      // The server compares positions, and sends what is missing here.
      probe: () => ({ type: "heartbeat", seq: position() }),
      isReady: (frame) => frame.type === "session.ready",
      onFrame,
      onState,
    });
    this.resume = resume;
  }

  /** Hands a new token to the live socket. */
  swapToken() {
    this.send(this.resume());
  }
}
