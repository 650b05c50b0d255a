// What a reviewer chose for this browser: colours, blur, grey, when pictures are loaded. Never sent anywhere.

export type Theme = "system" | "light" | "dark";
export type Blur = "off" | "low" | "high";
export type Pictures = "always" | "needed" | "asked";

const STORED = "lamassu.preferences";
const FIRST = { theme: "system" as Theme, blur: "high" as Blur, grey: true, pictures: "needed" as Pictures };
type Preferences = typeof FIRST;

const chosen = $state<Preferences>({ ...FIRST, ...stored() });
const dark = matchMedia("(prefers-color-scheme: dark)");

export const preferences = {
  get theme(): Theme {
    return chosen.theme;
  },
  get blur(): Blur {
    return chosen.blur;
  },
  get grey(): boolean {
    return chosen.grey;
  },
  get pictures(): Pictures {
    return chosen.pictures;
  },
  set(change: Partial<Preferences>): void {
    Object.assign(chosen, change);
    localStorage.setItem(STORED, JSON.stringify(chosen));
    applyTheme();
  },
};

/** Colours the page as chosen. */
export function applyTheme(): void {
  const isDark = chosen.theme === "system" ? dark.matches : chosen.theme === "dark";
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
}

dark.addEventListener("change", applyTheme);

function stored(): Partial<Preferences> {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    return typeof read === "object" && read !== null ? (read as Partial<Preferences>) : {};
  } catch {
    return {};
  }
}
