// Finishes a build: packs each file that packs well once, so that the server never does, and fails when what a first
// visit loads is larger than the goal.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Largest first load, in bytes as sent. */
const FIRST_LOAD_BYTES_MAX = 200_000;
/** The faces of a first visit; others load when their letters occur. */
const LATIN = /inter-latin-wght-normal.*\.woff2$/;
const ARABIC = /ibm-plex-sans-arabic-arabic-(400|600)-normal.*\.woff2$/;
const DIST = new URL("../dist/", import.meta.url).pathname;

// What imports what is needed here only; it is not served.
const manifest = JSON.parse(readFileSync(join(DIST, ".vite/manifest.json"), "utf8"));
rmSync(join(DIST, ".vite"), { recursive: true });

const files = readdirSync(DIST, { recursive: true, encoding: "utf8" })
  .filter((name) => statSync(join(DIST, name)).isFile() && !/\.(br|gz)$/.test(name));
const sent = new Map(files.map((name) => [name, pack(name)]));

/** Writes the packed twins of a file; answers how many bytes of it are sent. */
function pack(name) {
  const bytes = readFileSync(join(DIST, name));
  if (!/\.(html|js|css|svg|json|txt)$/.test(name)) return bytes.length;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const brotli = brotliCompressSync(bytes, { params });
  writeFileSync(join(DIST, `${name}.br`), brotli);
  writeFileSync(join(DIST, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  return brotli.length;
}

/** What the first visit in a language loads: the page, what it imports, its letters. */
function firstLoad(language) {
  const wanted = new Set(["index.html", "mark.svg"]);
  const take = (key) => {
    const chunk = manifest[key];
    if (wanted.has(chunk.file)) return;
    wanted.add(chunk.file);
    for (const name of chunk.css ?? []) wanted.add(name);
    for (const imported of chunk.imports ?? []) take(imported);
  };
  take("index.html");
  take(`src/i18n/${language}.ts`);
  const letters = language === "ar" ? [LATIN, ARABIC] : [LATIN];
  for (const name of files) if (letters.some((pattern) => pattern.test(name))) wanted.add(name);
  return [...wanted].map((name) => [name, sent.get(name)]);
}

let over = false;
for (const language of ["en", "ar"]) {
  const rows = firstLoad(language);
  const total = rows.reduce((sum, [, bytes]) => sum + bytes, 0);
  for (const [name, bytes] of rows) console.log(`${String(bytes).padStart(9)}  ${name}`);
  console.log(`${String(total).padStart(9)}  bytes: first load, ${language} (goal: at most ${FIRST_LOAD_BYTES_MAX})`);
  over ||= total > FIRST_LOAD_BYTES_MAX;
}
if (over) {
  console.error("The first load is larger than the goal.");
  process.exit(1);
}
