import { connectionBanner } from "./banner.js";
import { liveQueue } from "./livequeue.js";
import { ConsoleSocket } from "./socket.js";

const root = document.getElementById("queue");
const title = document.title;
const { conversations, now } = JSON.parse(document.getElementById("waiting").textContent);

const queue = liveQueue({
  me: Number(root.dataset.me),
  base: root.dataset.base,
  serverNow: now,
  onCount: (waiting) => { document.title = waiting ? `(${waiting}) ${title}` : title; },
});
root.append(queue.element);
queue.update(conversations);

const socket = new ConsoleSocket({
  onFrame: (frame) => frame.type === "queue.updated" && queue.update(frame.conversations),
  onState: connectionBanner(document.getElementById("banner"), { login: root.dataset.login, onRetry: () => socket.wake() }),
});
socket.start();
