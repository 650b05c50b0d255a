// The time, a second fine, for what is counted down on pages. It stands still while nobody looks.
import { createSubscriber } from "svelte/reactivity";

const tick = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

/** Now, in milliseconds since 1970; read in a page, it goes on by itself. */
export function now_ms(): number {
  tick();
  return Date.now();
}
