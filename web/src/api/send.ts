// Sends a request with what the session adds, and waits for a new sign-in when the session ended meanwhile.

/** What stands between pages and the server; the session fills it in. */
export const gate = {
  /** What changes bring beside the cookie. */
  csrf: null as string | null,
  /** Called when the server knows no session any more; answers whether the same person signed in again. */
  signInAgain: (): Promise<boolean> => Promise.resolve(false),
};

/** Where nobody is signed in yet, being refused is an answer. */
const OPEN = /\/api\/v1\/(session(\/link)?|setup)$/;

/** Sends a request; after a new sign-in of the same person once more. */
export async function send(request: Request): Promise<Response> {
  return sent(request, () => undefined);
}

/** Sends like `send`, but gives an answer up that takes longer. A person who signs in again may take their time. */
export function within(answer_ms_max: number): typeof send {
  return (request) => sent(request, () => AbortSignal.timeout(answer_ms_max));
}

/** Sends what nobody waits for: a session that ended is told to whoever asked, and no person is asked to sign in. */
export function unasked(request: Request): Promise<Response> {
  return fetch(signed(request));
}

async function sent(request: Request, limit: () => AbortSignal | undefined): Promise<Response> {
  const again = request.clone();
  const response = await fetch(signed(request), { signal: limit() ?? request.signal });
  if (response.status !== 401 || OPEN.test(new URL(request.url).pathname)) return response;
  return (await gate.signInAgain()) ? fetch(signed(again), { signal: limit() ?? again.signal }) : response;
}

function signed(request: Request): Request {
  if (gate.csrf && request.method !== "GET") request.headers.set("x-csrf-token", gate.csrf);
  return request;
}
