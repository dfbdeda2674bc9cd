import { LiveSocket } from "../shared/livesocket.js";

const SUBSCRIBE = { type: "queue.subscribe" };

/** The staff's connection. Subscribing to the queue is always answered, so it also tells whether the line is alive. */
export class ConsoleSocket extends LiveSocket {
  /**
   * @param {object} options
   * @param {(frame: object) => void} options.onFrame
   * @param {(state: string) => void} options.onState
   * @param {() => Array<object>} [options.greeting] frames to send on each new connection
   */
  constructor({ onFrame, onState, greeting = () => [] }) {
    const url = new URL("/ws/console", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    super({
      url,
      greeting: () => [SUBSCRIBE, ...greeting()],
      probe: () => SUBSCRIBE,
      // Only signing in again gives another session.
      ends: { replace: "signed-out" },
      onFrame,
      onState,
    });
  }
}
