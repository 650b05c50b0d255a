// What the genealogy of a bank says. It comes with the bank's page.

export const en = {
  "title": "Which releases re-use which",
  "hint": "The oldest is on top. A line joins a release to a later one that has seconds of it; a broken line is sound.",
  "waiting": { one: "{n} entry is still being compared with those before it.", other: "{n} entries are still being compared with those before them." },
  "more": "There are more pairs than are shown.",
  "of": "{time} of it from",
  "of-sound": "{time} of its sound from",
  "used": { one: "{n} later release has seconds of it", other: "{n} later releases have seconds of it" },
  "released": "released {date}",
  "banked": "banked {date}",
  "bank": "in the bank {bank}",
  "table": "As a table",
  "younger": "Release",
  "older": "Has seconds of",
  "layer": "What agrees",
  "seconds": "How much",
  "where": "Where, and where in the older one",
  "picture": "Picture",
  "sound": "Sound",
} as const;
