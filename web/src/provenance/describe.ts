// A band in words, for those who hear the chart and for tooltips.
import type { Band } from "../api/client";
import { clock } from "../i18n/format";
import { plain } from "../text/visible";
import type { Drawn } from "./chart";
import { say } from "./words";

/** Rates that are closer to none than this are none. */
const RATE_LEAST = 0.015;

export function range(start_s: number, end_s: number): string {
  return start_s === end_s ? clock(start_s) : `${clock(start_s)}–${clock(end_s)}`;
}

/** What agrees, by name. */
export function layerName(layer: string): string {
  return say(layer === "sound" ? "sound" : layer === "whole" ? "whole" : "picture");
}

/** The playback rate, where it is worth a word. */
export function rateName(rate: number): string | null {
  return Math.abs(rate - 1) < RATE_LEAST ? null : rate.toFixed(2);
}

/** Middles of places that lie no farther from the middle of the picture are in the middle, in shares of its sides. */
const MIDDLE = 0.12;

/** Where in the picture it is seen, where that is not all of it. */
export function placeName({ place }: Band): string | null {
  if (!place) return null;
  const [x, y] = [place.x + place.width / 2 - 0.5, place.y + place.height / 2 - 0.5];
  const across = x < -MIDDLE ? "left" : x > MIDDLE ? "right" : null;
  const down = y < -MIDDLE ? "upper" : y > MIDDLE ? "lower" : null;
  if (across && down) return say(`place.${down}-${across}`);
  return say(`place.${down ?? across ?? "middle"}`);
}

export function describe({ source, band }: Drawn): string {
  const rate = rateName(band.rate);
  const notes = [placeName(band), band.borrowed ? say("borrowed") : null].filter((note) => note !== null);
  const values = {
    layer: [layerName(band.layer), ...notes.map((note) => `(${note})`)].join(" "),
    item: range(band.item_start_s, band.item_end_s),
    title: plain(source.title),
    entry: range(band.entry_start_s, band.entry_end_s),
  };
  return rate === null ? say("band", values) : say("band.rate", { ...values, rate });
}
