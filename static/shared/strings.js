import english from "./strings/en.js";

const LANGUAGES = {
  de: () => import("./strings/de.js"),
  es: () => import("./strings/es.js"),
  fr: () => import("./strings/fr.js"),
};

/**
 * The texts of a locale, with English for what is missing.
 * @param {string|undefined} locale such as "de" or "de-AT"
 * @returns {Promise<{language: string, t: (key: string, values?: object) => string}>}
 */
export async function loadStrings(locale) {
  const wanted = String(locale || "en").toLowerCase().split(/[-_]/)[0];
  const loaded = await LANGUAGES[wanted]?.().catch(() => null);
  const texts = { ...english, ...loaded?.default };
  return {
    language: loaded ? wanted : "en",
    t: (key, values = {}) => (texts[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? ""),
  };
}
