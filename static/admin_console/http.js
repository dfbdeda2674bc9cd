/** What the server refused, or what did not get there (`status` 0). */
export class HttpError extends Error {
  /**
   * @param {number} status
   * @param {object} problem the problem document (RFC 9457), if there was one
   */
  constructor(status, problem) {
    super(problem.detail || "Replywell cannot be reached. Check your connection and try again.");
    this.status = status;
    this.problem = problem;
  }
}

/** @param {string} url */
export const getJson = (url) => request(url, {});

/**
 * @param {string} url
 * @param {object} body
 */
export const postJson = (url, body = {}) => request(url, {
  method: "POST",
  // Read each time: signing in again in another tab changes it.
  headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
  body: JSON.stringify(body),
});

const csrfToken = () => /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";

async function request(url, options) {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(15_000) }).catch(() => null);
  if (!response) throw new HttpError(0, {});
  const data = await response.json().catch(() => ({}));
  if (!response.ok) throw new HttpError(response.status, { detail: fallback(response.status), ...data });
  return data;
}

function fallback(status) {
  if (status === 401) return "You are signed out.";
  // A refused CSRF token is answered with a page.
  if (status === 403) return "This was refused. Reload the page and try again.";
  return "Something went wrong on our side. Try again.";
}
