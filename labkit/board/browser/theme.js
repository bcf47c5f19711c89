// Light or dark, in a page of the kit's own.

import { say } from "./dom.js";

/** The switch between light and dark, in a page that has one; until it is used, the reader's system says. */
export function themeSwitch() {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-theme-switch]"));
  if (!button) return;
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const tell = () => say(button, dark() ? "Light" : "Dark");
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    tell();
  });
  tell();
}
