/* Replywell chat widget. Embed with: <script async src="https://…/widget.js" data-inbox="KEY"></script> */
(() => {
  "use strict";
  const script = document.currentScript ?? document.querySelector("script[data-inbox]");
  if (!script?.dataset.inbox || window.Replywell) return;

  const TAG = "replywell-widget";
  const LOADS_WITHIN = 12_000;
  const base = new URL(".", script.src);
  const inbox = script.dataset.inbox;
  const chatUrl = new URL(`chat/${encodeURIComponent(inbox)}`, base);
  const memoryKey = `replywell:${inbox}`;

  const TEXTS = {
    en: { open: "Open chat", close: "Close chat", title: "Customer support chat", unread: "unread", failed: "The chat could not be loaded.", retry: "Try again", page: "Open it in a new tab" },
    de: { open: "Chat öffnen", close: "Chat schließen", title: "Kundendienst-Chat", unread: "ungelesen", failed: "Der Chat konnte nicht geladen werden.", retry: "Erneut versuchen", page: "In neuem Tab öffnen" },
    es: { open: "Abrir el chat", close: "Cerrar el chat", title: "Chat de atención al cliente", unread: "sin leer", failed: "No se pudo cargar el chat.", retry: "Reintentar", page: "Abrir en otra pestaña" },
    fr: { open: "Ouvrir le chat", close: "Fermer le chat", title: "Chat du service client", unread: "non lus", failed: "Le chat n’a pas pu être chargé.", retry: "Réessayer", page: "Ouvrir dans un nouvel onglet" },
  };
  const language = (script.dataset.locale || document.documentElement.lang || navigator.language || "en").slice(0, 2).toLowerCase();
  const texts = TEXTS[language] ?? TEXTS.en;

  const STYLES = `
    :host { all: initial; --color: #0f5c4c; --on-color: #fff; position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000; font: 15px/1.5 system-ui, sans-serif; color-scheme: light dark; }
    :host([data-position="left"]) { inset-inline: 20px auto; }
    [hidden] { display: none !important; }
    .launcher { all: unset; box-sizing: border-box; position: relative; display: grid; place-items: center; inline-size: 58px; block-size: 58px; border-radius: 50%; background: var(--color); color: var(--on-color); cursor: pointer; box-shadow: 0 1px 2px rgb(0 0 0 / 22%), 0 10px 28px rgb(0 0 0 / 22%); transition: transform .18s cubic-bezier(.2,.8,.2,1); -webkit-tap-highlight-color: transparent; }
    .launcher:hover { transform: translateY(-2px); }
    .launcher:active { transform: scale(.96); }
    .launcher:focus-visible { outline: 3px solid var(--color); outline-offset: 3px; box-shadow: 0 0 0 3px Canvas; }
    svg { grid-area: 1 / 1; inline-size: 30px; block-size: 30px; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; transition: opacity .18s, transform .18s; }
    .launcher[aria-expanded="true"] .bubble, .launcher[aria-expanded="false"] .chevron { opacity: 0; transform: rotate(30deg) scale(.6); }
    .badge { position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-inline-size: 20px; box-sizing: border-box; padding-inline: 5px; border-radius: 10px; background: #c0271a; color: #fff; font: 700 12px/20px system-ui, sans-serif; text-align: center; box-shadow: 0 0 0 2px Canvas; }
    .panel { position: absolute; inset-block-end: 74px; inset-inline-end: 0; inline-size: 400px; block-size: min(680px, calc(100dvh - 114px)); border-radius: 18px; overflow: hidden; background: light-dark(#f7f5f0, #0f1311); color: light-dark(#57605b, #a4aea8); box-shadow: 0 0 0 1px light-dark(rgb(0 0 0 / 8%), rgb(255 255 255 / 16%)), 0 24px 64px rgb(0 0 0 / 26%); visibility: hidden; opacity: 0; transform: translateY(12px) scale(.98); transform-origin: 100% 100%; transition: opacity .18s, transform .22s cubic-bezier(.2,.8,.2,1), visibility 0s .22s; }
    :host([data-position="left"]) .panel { inset-inline: 0 auto; transform-origin: 0 100%; }
    .panel.is-open { visibility: visible; opacity: 1; transform: none; transition-delay: 0s; }
    iframe { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; border: 0; color-scheme: auto; opacity: 0; transition: opacity .15s; }
    iframe.is-ready { opacity: 1; }
    .wait { position: absolute; inset: 0; margin: auto; inline-size: 28px; block-size: 28px; border: 3px solid currentColor; border-block-start-color: transparent; border-radius: 50%; opacity: .5; animation: turn .9s linear infinite; }
    .failure { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 12px; padding: 24px; text-align: center; }
    .failure p { margin: 0; }
    .failure button, .failure a { font: inherit; color: inherit; }
    .failure button { padding: 8px 16px; border: 0; border-radius: 8px; background: var(--color); color: var(--on-color); cursor: pointer; }
    @keyframes turn { to { transform: rotate(1turn); } }
    @media (max-width: 480px) {
      :host([open]) { inset: 0; }
      :host([open]) .launcher { display: none; }
      .panel { position: fixed; inset: 0; inline-size: 100%; block-size: 100dvh; border-radius: 0; transform: translateY(24px); }
    }
    @media (prefers-reduced-motion: reduce) { *, *::before { transition-duration: 0s !important; animation-duration: 3s !important; } }
    @media print { :host { display: none; } }
  `;

  const recall = () => {
    try { return JSON.parse(localStorage.getItem(memoryKey)) ?? {}; } catch { return {}; }
  };
  const remember = (facts) => {
    try { localStorage.setItem(memoryKey, JSON.stringify({ ...recall(), ...facts })); } catch { /* storage is blocked: nothing to remember */ }
  };

  /** Dark or white, whichever reads better on the colour (#rrggbb). */
  function inkOn(color) {
    const [red, green, blue] = (color.match(/[\da-f]{2}/gi) ?? []).map((pair) => parseInt(pair, 16));
    return 0.299 * red + 0.587 * green + 0.114 * blue > 160 ? "#111513" : "#ffffff";
  }

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function drawing(className, ...paths) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", className);
    svg.setAttribute("aria-hidden", "true");
    for (const d of paths) svg.appendChild(document.createElementNS(svg.namespaceURI, "path")).setAttribute("d", d);
    return svg;
  }

  class ReplywellWidget extends HTMLElement {
    #isOpen = false;
    #isReady = false;
    #frame = null;
    #identity = script.dataset.identity || null;
    #waiting = [];
    #timer = 0;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      // Unlike a style element, a constructed sheet works under the host page's Content-Security-Policy.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLES);
      root.adoptedStyleSheets = [sheet];
      this.badge = make("span", { class: "badge", hidden: "", "aria-hidden": "true" });
      this.launcher = make("button", { class: "launcher", type: "button", part: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-controls": "panel", "data-testid": "launcher" },
        drawing("bubble", "M20 11.5a7.5 7.5 0 0 1-11 6.6L4.5 19.5l1.4-4.2A7.5 7.5 0 1 1 20 11.5z", "M8.6 11.8c1.3 1.8 2.6 1.8 3.9 0s2.6-1.8 3.9 0"),
        drawing("chevron", "M6 9l6 6 6-6"), this.badge);
      this.wait = make("div", { class: "wait" });
      this.panel = make("div", { id: "panel", class: "panel", part: "panel", role: "dialog", "aria-label": texts.title }, this.wait);
      root.append(this.panel, this.launcher);
      this.launcher.addEventListener("click", () => this.toggle());
      root.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
      window.addEventListener("message", (event) => this.#receive(event));
      this.#count(0);
    }

    connectedCallback() {
      const known = recall();
      this.#paint({ accent: script.dataset.color ?? known.accent, onAccent: script.dataset.color ? inkOn(script.dataset.color) : known.onAccent, position: script.dataset.position ?? known.position });
      // Whoever has talked here before may have an answer waiting; anybody else costs the page nothing until they ask.
      if (!known.active) return;
      const whenIdle = window.requestIdleCallback ?? ((action) => setTimeout(action, 800));
      whenIdle(() => this.#load(), { timeout: 4000 });
    }

    open({ ask } = {}) {
      if (ask) this.#say("ask", { text: String(ask) });
      this.#load();
      this.#show(true);
      this.#frame?.focus();
    }

    close() {
      if (!this.#isOpen) return;
      const hadFocus = document.activeElement === this;
      this.#show(false);
      if (hadFocus) this.launcher.focus();
    }

    toggle() {
      if (this.#isOpen) this.close();
      else this.open();
    }

    identify(jwt) {
      this.#identity = jwt;
      this.#say("identify", { identity: jwt });
    }

    logout() {
      this.#identity = null;
      this.#say("logout");
      if (recall().known) this.#load();
      remember({ active: false, known: false });
      this.#count(0);
    }

    #show(isOpen) {
      this.#isOpen = isOpen;
      this.toggleAttribute("open", isOpen);
      this.panel.classList.toggle("is-open", isOpen);
      this.launcher.setAttribute("aria-expanded", String(isOpen));
      this.#label();
      if (this.#isReady) this.#post("visibility", { open: isOpen });
    }

    #load() {
      if (this.#frame) return;
      // In the fragment, which no server log sees: whom the chat may talk to.
      this.#frame = make("iframe", { title: texts.title, src: `${chatUrl}?embed=1#host=${encodeURIComponent(location.origin)}`, "data-testid": "chat-frame" });
      this.panel.append(this.#frame);
      this.wait.hidden = false;
      this.#timer = setTimeout(() => this.#fail(), LOADS_WITHIN);
    }

    #fail() {
      this.#frame.remove();
      this.#frame = null;
      this.wait.hidden = true;
      const retry = make("button", { type: "button" }, texts.retry);
      const failure = make("div", { class: "failure", role: "alert" }, make("p", {}, texts.failed), retry, make("a", { href: chatUrl, target: "_blank", rel: "noopener" }, texts.page));
      retry.addEventListener("click", () => { failure.remove(); this.#load(); });
      this.panel.append(failure);
    }

    /** Passes something on to the chat, now or with the greeting once it has loaded. */
    #say(type, message = {}) {
      if (this.#isReady) this.#post(type, message);
      else if (type !== "identify") this.#waiting.push([type, message]);
    }

    #post(type, message) {
      this.#frame.contentWindow.postMessage({ ...message, type: `replywell:${type}` }, base.origin);
    }

    #receive(event) {
      if (!this.#frame || event.source !== this.#frame.contentWindow || event.origin !== base.origin) return;
      const message = event.data;
      if (message?.type === "replywell:ready") this.#greet();
      else if (message?.type === "replywell:close") this.close();
      else if (message?.type === "replywell:unread") this.#count(Number(message.count) || 0);
      else if (message?.type === "replywell:active") remember({ active: true });
      else if (message?.type === "replywell:config") this.#configure(message);
    }

    #greet() {
      clearTimeout(this.#timer);
      this.#isReady = true;
      this.wait.hidden = true;
      this.#frame.classList.add("is-ready");
      // A frame may lose the focus while it loads. Whoever has gone on to something else meanwhile stays there.
      if (this.#isOpen && document.activeElement === this) this.#frame.contentWindow.focus();
      this.#post("init", { identity: this.#identity, open: this.#isOpen });
      for (const [type, message] of this.#waiting.splice(0)) this.#post(type, message);
      remember({ known: true });
    }

    #configure({ accent, onAccent, position }) {
      remember({ accent, onAccent, position });
      if (!script.dataset.color) this.#paint({ accent, onAccent });
      if (!script.dataset.position) this.#paint({ position });
    }

    #paint({ accent, onAccent, position }) {
      if (accent) this.style.setProperty("--color", accent);
      if (onAccent) this.style.setProperty("--on-color", onAccent);
      if (position) this.dataset.position = position;
    }

    #count(count) {
      this.badge.hidden = count === 0;
      this.badge.textContent = count > 9 ? "9+" : String(count);
      this.#label(count);
    }

    #label(count = this.badge.hidden ? 0 : this.badge.textContent) {
      const name = this.#isOpen ? texts.close : texts.open;
      this.launcher.setAttribute("aria-label", count ? `${name}, ${count} ${texts.unread}` : name);
    }
  }

  if (!customElements.get(TAG)) customElements.define(TAG, ReplywellWidget);
  const widget = document.createElement(TAG);
  window.Replywell = {
    open: (options) => widget.open(options),
    close: () => widget.close(),
    toggle: () => widget.toggle(),
    identify: (jwt) => widget.identify(jwt),
    logout: () => widget.logout(),
  };
  const mount = () => document.body.append(widget);
  if (document.body) mount();
  else document.addEventListener("DOMContentLoaded", mount);
})();
