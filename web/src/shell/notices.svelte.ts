// Short messages at the foot of the page, told to screen readers, too.

export type Notice = { readonly id: number; readonly text: string; readonly tone: "calm" | "problem" };

const SHOWN_MS = 6_000;
const SHOWN_MAX = 3;

let shown = $state.raw<readonly Notice[]>([]);
let last = 0;

export const notices = {
  get shown(): readonly Notice[] {
    return shown;
  },
  tell(text: string, tone: Notice["tone"] = "calm"): void {
    const id = ++last;
    shown = [...shown, { id, text, tone }].slice(-SHOWN_MAX);
    setTimeout(() => notices.dismiss(id), SHOWN_MS);
  },
  dismiss(id: number): void {
    shown = shown.filter((notice) => notice.id !== id);
  },
};
