// A decision on its way: what is chosen and typed, and what became of sending it.
import { answer, api, type Case, type Verdict } from "../api/client";
import { Failure, say } from "../api/failure";
import { t } from "../i18n/locale.svelte";
import { draft, keep } from "./drafts";

export const REASON_CHARACTERS_MAX = 4_000;

/** Somebody else was faster: the case as it stands, which nothing was written over. */
const CONFLICTS = new Set(["case-changed", "case-decided"]);

export class Decision {
  #verdict = $state<Verdict | null>(null);
  #reason = $state("");
  #sending = $state(false);
  #problem = $state<string | null>(null);
  /** Names this decision, so that sending it twice decides once. */
  #request: string | null = null;

  constructor(readonly id: string) {
    const kept = draft(id);
    this.#verdict = kept.verdict;
    this.#reason = kept.reason;
  }

  get verdict(): Verdict | null {
    return this.#verdict;
  }
  set verdict(verdict: Verdict | null) {
    this.#verdict = verdict;
    this.#changed();
  }

  get reason(): string {
    return this.#reason;
  }
  set reason(reason: string) {
    this.#reason = reason;
    this.#changed();
  }

  get sending(): boolean {
    return this.#sending;
  }

  get problem(): string | null {
    return this.#problem;
  }

  get isTouched(): boolean {
    return this.#verdict !== null || this.#reason !== "";
  }

  /** Adds a sentence that people often need; a second press takes it out again. */
  quick(sentence: string): void {
    const lines = this.#reason.split("\n").filter((line) => line.trim() !== "");
    this.reason = lines.includes(sentence) ? lines.filter((line) => line !== sentence).join("\n") : [...lines, sentence].join("\n");
  }

  /**
   * Sends it. Answers the decided case, `"conflict"` when the case is not what it was, and `null` when something is
   * missing or went wrong, which `problem` tells. While it is on its way, nothing is sent again.
   */
  async send(row: Case): Promise<Case | "conflict" | null> {
    if (this.#sending) return null;
    this.#problem = this.#missing();
    if (this.#problem || !this.#verdict) return null;
    this.#sending = true;
    this.#request ??= crypto.randomUUID();
    const body = { verdict: this.#verdict, reason: this.#reason.trim(), version: row.version, request: this.#request };
    try {
      return await answer(api.POST("/api/v1/cases/{case}/review", { params: { path: { case: row.id } }, body }));
    } catch (error) {
      const failure = Failure.of(error);
      if (CONFLICTS.has(failure.code)) return "conflict";
      this.#problem = say(failure);
      return null;
    } finally {
      this.#sending = false;
    }
  }

  /** Forgets what was typed, once it is kept elsewhere. */
  clear(): void {
    this.#verdict = null;
    this.#reason = "";
    this.#changed();
  }

  #missing(): string | null {
    if (this.#verdict === null) return t("decide.verdict.missing");
    if (this.#reason.trim() === "") return t("decide.reason.missing");
    if ([...this.#reason.trim()].length > REASON_CHARACTERS_MAX) return t("decide.reason.long");
    return null;
  }

  #changed(): void {
    this.#request = null;
    this.#problem = null;
    keep(this.id, { verdict: this.#verdict, reason: this.#reason });
  }
}
