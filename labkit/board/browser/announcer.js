// What a screen reader is told, but not in every moment.

import { html, say } from "./dom.js";

/** Milliseconds between two announcements; of what comes faster, the last is said. */
const SAY_EVERY = 2500;

/** A place on the page whose words are read aloud. */
export class Announcer {
  constructor() {
    this.node = html("div", "lk-live");
    this.node.setAttribute("aria-live", "polite");
    this.text = "";
    this.saidAt = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {string} text */
  say(text) {
    this.text = text;
    if (this.timer) return;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.saidAt = Date.now();
        say(this.node, this.text);
      },
      Math.max(0, this.saidAt + SAY_EVERY - Date.now()),
    );
  }

  close() {
    clearTimeout(this.timer);
  }
}
