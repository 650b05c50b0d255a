// What goes wrong between the console and the server, by the server's own code.
import { isKey, t } from "../i18n/locale.svelte";

/** An answer that is an error, or no answer at all (`network`). */
export class Failure extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly request: string | null = null,
    readonly retry_after_s: number | null = null,
  ) {
    super(message);
    this.name = "Failure";
  }

  /** The failure that an error of any kind is. */
  static of(error: unknown): Failure {
    if (error instanceof Failure) return error;
    if (error instanceof DOMException && error.name === "TimeoutError") return new Failure("slow", error.message, 0);
    if (error instanceof TypeError) return new Failure("network", error.message, 0);
    return new Failure("unknown", error instanceof Error ? error.message : String(error), 0);
  }

  /** The failure in the body of an answer with this status. */
  static read(body: unknown, response: Response | { status: number }): Failure {
    const row = (body as { error?: Record<string, unknown> } | null)?.error;
    const retry = response instanceof Response ? Number(response.headers.get("retry-after")) || null : null;
    if (typeof row?.["code"] !== "string") return new Failure("unknown", `status ${response.status}`, response.status);
    // Why a file cannot be read has a code of its own.
    const code = row["code"] === "media-refused" && typeof row["reason"] === "string" ? row["reason"] : row["code"];
    return new Failure(code, String(row["message"] ?? ""), response.status, String(row["request_id"] ?? ""), retry);
  }
}

/** A failure in the reader's language; the server's own sentence when there is no translation. */
export function say(failure: Failure): string {
  if (failure.code.startsWith("limit-")) return t("code.limit", { code: failure.code });
  const key = `code.${failure.code}`;
  if (isKey(key) && key !== "code.limit") return t(key as "code.unknown");
  return failure.message || t("code.unknown");
}
