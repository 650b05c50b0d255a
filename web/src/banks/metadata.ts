// What is said about an entry, as a form holds it and as the server takes it.
import type { Metadata } from "../api/client";
import { STANDINGS, type Standing } from "../catalogue/filter";

export type Form = { title: string; source: string; outlet: string; series: string; standing: Standing; published: string; event: string; labels: string };
export const FIELDS = ["source", "outlet", "series", "published", "event"] as const;

/** Longest text, in characters. */
export const TEXT_CHARACTERS_MAX = 500;

export function emptyForm(): Form {
  return { title: "", source: "", outlet: "", series: "", standing: "unknown", published: "", event: "", labels: "" };
}

export function formOf(metadata: Metadata): Form {
  const { title, source, outlet, series, standing, published, event, labels } = metadata;
  return {
    title,
    source: source ?? "",
    outlet: outlet ?? "",
    series: series ?? "",
    standing: STANDINGS.find((known) => known === standing) ?? "unknown",
    published: published ?? "",
    event: event ?? "",
    labels: (labels ?? []).join(", "),
  };
}

/** Empty fields are left out; labels are told apart by Latin or Arabic commas. */
export function metadataOf(form: Form): Metadata {
  const text = (value: string): string | null => value.trim() || null;
  return {
    title: form.title.trim(),
    source: text(form.source),
    outlet: text(form.outlet),
    series: text(form.series),
    standing: form.standing,
    published: text(form.published),
    event: text(form.event),
    labels: form.labels.split(/[,،]/).map((label) => label.trim()).filter(Boolean),
  };
}

/** A title for a file that has none yet: its name without the ending. */
export function titleOf(fileName: string): string {
  return fileName.replace(/\.[^.]{1,8}$/, "").slice(0, TEXT_CHARACTERS_MAX);
}
