// Which key does what. Keys are told by their place on the keyboard, so that they work in an Arabic layout too, and
// printed as on a Latin one.

export type Command =
  | "next" | "previous" | "open" | "hold" | "reveal" | "grey" | "blur" | "step-back" | "step-on" | "compare" | "less" | "more"
  | "match" | "first" | "second" | "reason" | "submit" | "submit-next" | "bank" | "play" | "hear" | "undo" | "undo-act" | "unsent" | "skip"
  | "help" | "palette";

/** A key's place, what is printed for it, and where it works. */
export type Binding = {
  readonly command: Command;
  readonly codes: readonly string[];
  readonly printed: string;
  readonly where: "everywhere" | "queue" | "case";
};

export const BINDINGS: readonly Binding[] = [
  { command: "next", codes: ["KeyJ"], printed: "J", where: "everywhere" },
  { command: "previous", codes: ["KeyK"], printed: "K", where: "everywhere" },
  { command: "help", codes: ["Slash", "F1"], printed: "?", where: "everywhere" },
  { command: "palette", codes: ["Control+KeyK", "Meta+KeyK"], printed: "Ctrl K", where: "everywhere" },
  { command: "undo", codes: ["KeyU"], printed: "U", where: "everywhere" },
  { command: "unsent", codes: ["KeyF"], printed: "F", where: "everywhere" },
  { command: "open", codes: ["Enter"], printed: "Enter", where: "queue" },
  { command: "first", codes: ["Digit1", "Numpad1"], printed: "1", where: "case" },
  { command: "second", codes: ["Digit2", "Numpad2"], printed: "2", where: "case" },
  { command: "reason", codes: ["KeyR"], printed: "R", where: "case" },
  { command: "submit", codes: ["KeyS"], printed: "S", where: "case" },
  { command: "submit-next", codes: ["KeyN"], printed: "N", where: "case" },
  { command: "skip", codes: ["KeyX"], printed: "X", where: "case" },
  { command: "bank", codes: ["KeyB"], printed: "B", where: "case" },
  { command: "undo-act", codes: ["KeyZ"], printed: "Z", where: "case" },
  { command: "hold", codes: ["Space"], printed: "Space", where: "case" },
  { command: "reveal", codes: ["KeyV"], printed: "V", where: "case" },
  { command: "grey", codes: ["KeyG"], printed: "G", where: "case" },
  { command: "blur", codes: ["KeyL"], printed: "L", where: "case" },
  { command: "match", codes: ["KeyM"], printed: "M", where: "case" },
  { command: "compare", codes: ["KeyC"], printed: "C", where: "case" },
  { command: "less", codes: ["Comma"], printed: ",", where: "case" },
  { command: "more", codes: ["Period"], printed: ".", where: "case" },
  { command: "play", codes: ["KeyP"], printed: "P", where: "case" },
  { command: "hear", codes: ["KeyH"], printed: "H", where: "case" },
  { command: "step-back", codes: ["BracketLeft"], printed: "[", where: "case" },
  { command: "step-on", codes: ["BracketRight"], printed: "]", where: "case" },
];

const COMMANDS = new Map(BINDINGS.flatMap((binding) => binding.codes.map((code) => [code, binding.command] as const)));

/** What is printed for a command. */
export function printed(command: Command): string {
  return BINDINGS.find((binding) => binding.command === command)?.printed ?? "";
}

/** The part of a key press that says which command it is. */
export type Press = Pick<KeyboardEvent, "code" | "ctrlKey" | "metaKey" | "altKey">;

/** The command of a key press, if it is one. With Shift it is the same, with Alt none. */
export function command(press: Press): Command | undefined {
  if (press.altKey) return undefined;
  const held = press.ctrlKey ? "Control+" : press.metaKey ? "Meta+" : "";
  return COMMANDS.get(held + press.code);
}
