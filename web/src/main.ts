// Where the console starts.
import { mount } from "svelte";
import App from "./App.svelte";
import { preferred, speak } from "./i18n/locale.svelte";
import { applyTheme } from "./shell/preferences.svelte";
import "./style/fonts.css";
import "./style/tokens.css";
import "./style/elements.css";

applyTheme();
const target = document.getElementById("console");
if (!target) throw new Error("index.html has no place for the console");
await speak(preferred());
mount(App, { target });
