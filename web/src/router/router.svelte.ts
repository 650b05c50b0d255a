// The page that is shown, kept in step with the browser's history.
import { route, type Route } from "./routes";

let current = $state.raw<Route>(route(location.pathname));
/** What the address says behind its question mark. */
let search = $state(location.search);
/** The secret after the # of a link, taken out of the address at once so that no history keeps it. */
let token = takeToken();

export const router = {
  get route(): Route {
    return current;
  },
  /** What the page is asked to show, from the question mark on. */
  get search(): string {
    return search;
  },
  /** Asks the page that is shown for something else; with `replace` there is no way back to what it showed. */
  ask(wanted: string, replace: boolean): void {
    if (wanted === search) return;
    const to = location.pathname + wanted;
    if (replace) history.replaceState(null, "", to);
    else history.pushState(null, "", to);
    search = wanted;
  },
  /** The secret of a link; it is there once. */
  takeToken(): string | null {
    const taken = token;
    token = null;
    return taken;
  },
  go(to: string): void {
    if (to !== location.pathname + location.search) history.pushState(null, "", to);
    show();
  },
  /** Goes there without a way back to here. */
  replace(to: string): void {
    history.replaceState(null, "", to);
    show();
  },
};

function show(): void {
  current = route(location.pathname);
  search = location.search;
  scrollTo(0, 0);
}

function takeToken(): string | null {
  const { page } = route(location.pathname);
  if ((page !== "set-up" && page !== "sign-in") || location.hash.length < 2) return null;
  const taken = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  return taken;
}

/** Follows links within the console without loading the page anew. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const inside = link?.origin === location.origin && !link.target && !link.pathname.startsWith("/docs") && !link.pathname.startsWith("/api");
  if (!link || !inside || link.hash) return;
  event.preventDefault();
  router.go(link.pathname + link.search);
}

addEventListener("popstate", () => {
  current = route(location.pathname);
  search = location.search;
  token = takeToken();
});
addEventListener("hashchange", () => {
  token = takeToken() ?? token;
});
document.addEventListener("click", follow);
