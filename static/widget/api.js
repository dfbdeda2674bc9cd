const TIMEOUT = 15_000;

/** An HTTP answer that is not a success; `status` is 0 when there was no answer at all. */
export class ApiError extends Error {
  constructor(status, problem = {}, retryAfter = null) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** Trying the same again cannot help. */
  get permanent() {
    return this.status >= 400 && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}

/**
 * A client for the JSON API.
 * @param {URL} base
 * @returns {(method: string, path: string, options?: {token?: string, body?: object}) => Promise<*>}
 */
export function apiClient(base) {
  return async (method, path, { token, body } = {}) => {
    const headers = { Accept: "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const answer = await reach(new URL(`api/v1/${path}`, base), {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (answer.status === 204) return null;
    const data = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new ApiError(answer.status, data, Number(answer.headers.get("Retry-After")) || null);
    return data;
  };
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    throw new ApiError(0, { title: error.message });
  }
}
