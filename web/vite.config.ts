// How the console is built and tested. Nothing may be inlined: the Content-Security-Policy allows neither inline
// scripts and styles nor data: addresses.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const server = process.env["LAMASSU_URL"] ?? "http://127.0.0.1:8700";

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { host: "127.0.0.1", proxy: { "/api": server } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
