import { expect, test } from "vitest";
import { ar } from "../i18n/ar";
import { BINDINGS, command, printed } from "./keymap";

const press = (code: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey", boolean>> = {}) => ({
  code,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...held,
});

test("keys are told by their place, whatever an Arabic layout writes there", () => {
  expect(command(press("KeyJ"))).toBe("next");
  expect(command(press("Digit1"))).toBe("first");
  expect(command(press("Numpad2"))).toBe("second");
});

test("the browser's own keys stay the browser's", () => {
  expect(command(press("KeyN", { ctrlKey: true }))).toBeUndefined();
  expect(command(press("KeyS", { metaKey: true }))).toBeUndefined();
  expect(command(press("KeyX", { altKey: true }))).toBeUndefined();
  expect(command(press("KeyK", { ctrlKey: true }))).toBe("palette");
});

test("no place does two things", () => {
  const codes = BINDINGS.flatMap((binding) => binding.codes);
  expect(new Set(codes).size).toBe(codes.length);
});

test("every command is printed and named", () => {
  for (const { command: told } of BINDINGS) {
    expect(printed(told)).not.toBe("");
    if (!told.startsWith("step")) expect(ar).toHaveProperty([`key.${told}`]);
  }
});
