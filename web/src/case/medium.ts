// Kinds of content, as the server names them.

const MEDIA = ["image", "video", "audio", "document", "text"] as const;
export type Medium = (typeof MEDIA)[number] | "unknown";

export function mediumOf(name: string | null | undefined): Medium {
  return MEDIA.find((medium) => medium === name) ?? "unknown";
}

/** Whether a picture can be made of it. */
export function isSeen(medium: Medium): boolean {
  return medium === "image" || medium === "video" || medium === "unknown";
}

/** Whether there may be something to hear in it. */
export function isHeard(medium: Medium): boolean {
  return medium === "video" || medium === "audio" || medium === "unknown";
}
