import { expect, test } from "vitest";
import { path, route } from "./routes";

test.each([
  ["/", { page: "queue" }],
  ["/queue", { page: "queue" }],
  ["/queue/", { page: "queue" }],
  ["/setup", { page: "set-up" }],
  ["/sign-in", { page: "sign-in" }],
  ["/cases/01a2", { page: "case", id: "01a2" }],
  ["/banks", { page: "banks" }],
  ["/banks/releases-2026", { page: "bank", name: "releases-2026" }],
  ["/banks/a/b", { page: "not-found" }],
  ["/cases", { page: "not-found" }],
  ["/nowhere", { page: "not-found" }],
  ["/banks/%E0%A4%A", { page: "not-found" }],
])("%s", (address, expected) => {
  expect(route(address)).toEqual(expected);
});

test("a name that means something in addresses comes back whole", () => {
  for (const name of ["a b", "a/b", "a?b#c", "بنك", "%2F"]) {
    expect(route(path.bank(name))).toEqual({ page: "bank", name });
    expect(route(path.case(name))).toEqual({ page: "case", id: name });
  }
});
