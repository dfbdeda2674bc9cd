import { queueList } from "./queuelist.js";

/**
 * The queue as a part of a page: the list, its clock, and the number of those who wait.
 * @param {object} options as for `queueList`, and
 * @param {string} [options.serverNow] the server's clock when it made the page
 * @param {(waiting: number) => void} options.onCount
 */
export function liveQueue({ serverNow, onCount, ...options }) {
  const list = queueList(options);
  // Waiting times are the server's; this computer's clock may be wrong.
  const ahead = serverNow ? Date.parse(serverNow) - Date.now() : 0;
  const tick = () => list.tick(Date.now() + ahead);
  setInterval(tick, 1000);
  return {
    element: list.element,
    update(rows) {
      list.update(rows);
      tick();
      onCount(rows.filter((row) => row.state === "queued" || row.asks_approval).length);
    },
  };
}
