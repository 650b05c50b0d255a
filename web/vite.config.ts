// How the console is built and tested. Nothing may be inlined: the Content-Security-Policy allows neither inline
// scripts and styles nor data: addresses.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const server = process.env["LAMASSU_URL"] ?? "http://127.0.0.1:8700";

/** What several pages share is one piece: together it packs better, and a first visit asks for fewer. */
const SHARED = [
  /node_modules\/(svelte|esm-env|clsx|openapi-fetch)\//,
  /src\/(api|router|session|text)\//,
  /src\/shell\/(?!AccountPanel|Table)/,
  /src\/i18n\/(locale|format|catalogue)/,
  /src\/keys\/(key|help|Key)/,
  /src\/case\/(medium|exposure|rising\.ts|segments|Steps)/,
  /src\/(banks\/lookBacks|pages\/Gate)/,
];

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { output: { manualChunks: (id) => (SHARED.some((part) => part.test(id)) ? "shared" : undefined) } },
  },
  server: { host: "127.0.0.1", proxy: { "/api": server } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
