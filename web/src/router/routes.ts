// Which page an address leads to.

export type Route =
  | { readonly page: "set-up" }
  | { readonly page: "sign-in" }
  | { readonly page: "queue" }
  | { readonly page: "case"; readonly id: string }
  | { readonly page: "banks" }
  | { readonly page: "bank"; readonly name: string }
  | { readonly page: "not-found" };

/** The route of a path. A path that cannot be read leads nowhere. */
export function route(path: string): Route {
  const parts = path.split("/").filter(Boolean);
  const [first, second] = parts;
  if (parts.length === 0) return { page: "queue" };
  if (parts.length === 1) {
    if (first === "setup") return { page: "set-up" };
    if (first === "sign-in") return { page: "sign-in" };
    if (first === "queue") return { page: "queue" };
    if (first === "banks") return { page: "banks" };
  }
  const name = parts.length === 2 && second !== undefined ? decoded(second) : undefined;
  if (first === "cases" && name !== undefined) return { page: "case", id: name };
  if (first === "banks" && name !== undefined) return { page: "bank", name };
  return { page: "not-found" };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

export const path = {
  queue: "/queue",
  signIn: "/sign-in",
  banks: "/banks",
  case: (id: string): string => `/cases/${encodeURIComponent(id)}`,
  bank: (name: string): string => `/banks/${encodeURIComponent(name)}`,
};
