// What is said about an entry, as a form holds it and as the server takes it.
import type { Metadata } from "../api/client";

export type Form = { title: string; source: string; outlet: string; published: string; event: string; labels: string };
export const FIELDS = ["source", "outlet", "published", "event"] as const;

/** Longest text, in characters. */
export const TEXT_CHARACTERS_MAX = 500;

export function emptyForm(): Form {
  return { title: "", source: "", outlet: "", published: "", event: "", labels: "" };
}

export function formOf(metadata: Metadata): Form {
  const { title, source, outlet, published, event, labels } = metadata;
  return {
    title,
    source: source ?? "",
    outlet: outlet ?? "",
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
    published: text(form.published),
    event: text(form.event),
    labels: form.labels.split(/[,،]/).map((label) => label.trim()).filter(Boolean),
  };
}

/** A title for a file that has none yet: its name without the ending. */
export function titleOf(fileName: string): string {
  return fileName.replace(/\.[^.]{1,8}$/, "").slice(0, TEXT_CHARACTERS_MAX);
}
