// Who is signed in, and what they may do.
import { answer, api, type Begun, type Person } from "../api/client";
import { Failure } from "../api/failure";
import { live } from "../api/live.svelte";
import { gate } from "../api/send";

type State = "unknown" | "out" | "in" | "ended";

let state = $state<State>("unknown");
let actor = $state<string | null>(null);
let person = $state.raw<Person | null>(null);
let scopes = $state.raw<readonly string[]>([]);
/** Calls that wait until somebody signs in again. */
let waiting: ((same: boolean) => void)[] = [];

export const session = {
  get state(): State {
    return state;
  },
  /** As the audit log names them. */
  get actor(): string | null {
    return actor;
  },
  get person(): Person | null {
    return person;
  },
  get isAdministrator(): boolean {
    return scopes.includes("administer");
  },
  may(scope: string): boolean {
    return scopes.includes(scope);
  },

  /** Finds out who is signed in. */
  async look(): Promise<void> {
    try {
      const who = await answer(api.GET("/api/v1/session"));
      gate.csrf = who.csrf ?? null;
      actor = who.actor;
      person = who.person ?? null;
      scopes = who.scopes;
      state = "in";
      live.start();
    } catch (error) {
      if (Failure.of(error).status !== 401) throw error;
      state = "out";
    }
  },

  async signIn(name: string, password: string): Promise<void> {
    await begin(await answer(api.POST("/api/v1/session", { body: { name, password } })));
  },

  async signInByLink(token: string): Promise<void> {
    await begin(await answer(api.POST("/api/v1/session/link", { body: { token } })));
  },

  async setUp(token: string, name: string, password: string): Promise<void> {
    await begin(await answer(api.POST("/api/v1/setup", { body: { token, name, password } })));
  },

  async signOut(): Promise<void> {
    // A session that ended already is signed out, too.
    await answer(api.DELETE("/api/v1/session")).catch(() => undefined);
    live.stop();
    state = "out";
    gate.csrf = null;
    person = null;
    actor = null;
  },
};

async function begin(begun: Begun): Promise<void> {
  const before = person?.id;
  gate.csrf = begun.csrf;
  await session.look();
  const same = before === undefined || before === begun.person.id;
  const told = waiting;
  waiting = [];
  for (const tell of told) tell(same);
  // Another person must not see what the first one had open.
  if (!same) location.reload();
}

gate.signInAgain = () => {
  if (state === "out") return Promise.resolve(false);
  state = "ended";
  return new Promise((resolve) => waiting.push(resolve));
};
