// What the linter holds the console to.
import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

export default ts.config(
  { ignores: ["dist/", "src/api/schema.d.ts", "e2e/screenshots/", "test-results/"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
  },
  {
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-console": "error",
      "svelte/no-at-html-tags": "error",
      // Sets and maps are replaced as a whole where pages depend on them ($state.raw), and plain where they do not.
      "svelte/prefer-svelte-reactivity": "off",
      // Our own router takes every link of the page by itself.
      "svelte/no-navigation-without-resolve": "off",
      // TypeScript knows better what is defined.
      "no-undef": "off",
    },
  },
  { files: ["tools/**", "e2e/**"], rules: { "no-console": "off" } },
);
