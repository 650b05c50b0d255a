// Says the catalogue's texts in the language that is shown.
import { speaker } from "../i18n/locale.svelte";
import { ar } from "./ar";
import { en } from "./en";

export const say = speaker({ en, ar });
