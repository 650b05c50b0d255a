// Hands key presses to whatever is on top: a dialog, then the page, then the console.
import { help } from "./help.svelte";
import { command, type Command } from "./keymap";

type Hands = Partial<Record<Command, (event: KeyboardEvent) => void>>;

/** The last one that took the keys is asked first. */
const layers: Hands[] = [];

/** Takes commands until the function that it answers is called. */
export function onKeys(hands: Hands): () => void {
  layers.push(hands);
  return () => {
    layers.splice(layers.indexOf(hands), 1);
  };
}

/** Where keys write or choose, they are no commands. */
function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input:not([type=radio], [type=checkbox], [type=button], [type=range]), textarea, select");
}

/** Buttons and links are pressed by these, whatever else they mean. */
function isPressing(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  return (event.code === "Space" || event.code === "Enter") && target?.closest("button, a, summary, [role=option], input:not([type=range])") !== null;
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  const told = command(event);
  // What is typed into a dialog that is still being loaded is no command, either.
  if (!told || help.open || document.querySelector("dialog[open]")) return;
  if (told !== "palette" && (isWriting(event.target) || isPressing(event))) return;
  const hand = layers.findLast((hands) => hands[told]);
  if (!hand) return;
  event.preventDefault();
  if (!event.repeat || told === "next" || told === "previous" || told.startsWith("step")) hand[told]?.(event);
});
