// A decision that is being made: what is chosen and typed, and what keeps it from being sent.
import type { Case, Verdict } from "../api/client";
import { type Failure, say } from "../api/failure";
import { t } from "../i18n/locale.svelte";
import { draft, keep, type Draft } from "./drafts";
import { isConflict, outgoing } from "./outgoing.svelte";

export const REASON_CHARACTERS_MAX = 4_000;

export class Decision {
  #verdict = $state<Verdict | null>(null);
  #reason = $state("");
  #problem = $state<string | null>(null);
  #request: string | null = null;

  constructor(readonly id: string) {
    this.restore(draft(id));
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
    return outgoing.isOnItsWay(this.id);
  }

  /** What is missing, or why it did not arrive. A conflict is told by what the case became. */
  get problem(): string | null {
    const failure = outgoing.of(this.id)?.failure;
    return this.#problem ?? (failure && !isConflict(failure) ? say(failure) : null);
  }

  get isTouched(): boolean {
    return this.#verdict !== null || this.#reason !== "";
  }

  /** Adds a sentence that people often need; a second press takes it out again. */
  quick(sentence: string): void {
    const lines = this.#reason.split("\n").filter((line) => line.trim() !== "");
    this.reason = lines.includes(sentence) ? lines.filter((line) => line !== sentence).join("\n") : [...lines, sentence].join("\n");
  }

  /** Sends it, unless something is missing, which `problem` tells, or it is on its way already. */
  send(row: Case): Promise<Case | Failure> | null {
    if (this.sending) return null;
    this.#problem = this.#missing();
    if (this.#problem !== null || this.#verdict === null) return null;
    this.#request ??= crypto.randomUUID();
    this.#keep();
    return outgoing.send({ row, verdict: this.#verdict, reason: this.#reason.trim(), request: this.#request });
  }

  /** Takes up what was kept. */
  restore({ verdict, reason, request }: Draft): void {
    this.#verdict = verdict;
    this.#reason = reason;
    this.#request = request;
    this.#problem = null;
  }

  #missing(): string | null {
    if (this.#verdict === null) return t("decide.verdict.missing");
    if (this.#reason.trim() === "") return t("decide.reason.missing");
    if ([...this.#reason.trim()].length > REASON_CHARACTERS_MAX) return t("decide.reason.long");
    return null;
  }

  /** Other words are another decision. */
  #changed(): void {
    this.#request = null;
    this.#problem = null;
    outgoing.dismiss(this.id);
    this.#keep();
  }

  #keep(): void {
    keep(this.id, { verdict: this.#verdict, reason: this.#reason, request: this.#request });
  }
}
