// Names for those whom the audit log calls `person:ID` and `key:ID`.
import { answer, api } from "../api/client";
import { t } from "../i18n/locale.svelte";
import { session } from "../session/session.svelte";

let names = $state.raw<ReadonlyMap<string, string>>(new Map());
let asked = false;

/** Learns people's names, which only administrators may ask for; others see short ids. */
export async function learnNames(): Promise<void> {
  if (asked || !session.isAdministrator) return;
  asked = true;
  const page = await answer(api.GET("/api/v1/people", { params: { query: { limit: 500 } } })).catch(() => null);
  if (page) names = new Map(page.items.map((person) => [person.id, person.display_name ?? person.name]));
}

/** Without the isolates of a text that is filled in: an id turns no line around, and they would be shown as hidden. */
function bare(text: string): string {
  return text.replace(/[\u2068\u2069]/g, "");
}

/** What an actor is called on a page. */
export function nameOf(actor: string): string {
  if (actor === session.actor) return t("actor.you");
  const [kind, id = ""] = actor.split(":", 2);
  const known = names.get(id);
  if (known !== undefined) return known;
  const short = id.slice(-6);
  if (kind === "person") return bare(t("actor.person", { id: short }));
  if (kind === "key") return bare(t("actor.key", { id: short }));
  return kind === "lamassu" ? t("actor.system") : actor;
}
