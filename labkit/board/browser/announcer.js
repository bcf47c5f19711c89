// What a screen reader is told, but not in every moment.

import { html, say } from "./dom.js";

/** Milliseconds between two announcements; of what comes faster, the last is said. */
const SAY_EVERY = 2500;
/** Milliseconds between two announcements of what changes by itself: time to listen to one. */
const TELL_EVERY = 4000;
/** Milliseconds in which changes that belong together are gathered. */
const GATHER = 600;

/** A place on the page whose words are read aloud. */
export class Announcer {
  constructor() {
    this.node = html("div", "lk-live");
    this.node.setAttribute("aria-live", "polite");
    /** What is to be said. @type {string | null} */
    this.text = null;
    /** Where there are words about what changed, and since when. @type {(() => string) | null} */
    this.words = null;
    this.since = 0;
    this.saidAt = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Say it as soon as may be. @param {string} text */
  say(text) {
    this.text = text;
    this.wait();
  }

  /**
   * Ask for words about what changed when it is time to say them, so that they hold all that has changed until then.
   * @param {() => string} words - empty: there is nothing to say
   */
  tell(words) {
    if (!this.words) this.since = Date.now();
    this.words = words;
    this.wait();
  }

  wait() {
    clearTimeout(this.timer);
    if (this.text === null && !this.words) return;
    const told = Math.max(this.since + GATHER, this.saidAt + TELL_EVERY);
    const due = this.text === null ? told : this.saidAt + SAY_EVERY;
    this.timer = setTimeout(() => this.speak(), Math.max(0, due - Date.now()));
  }

  speak() {
    const words = this.words;
    if (this.text === null) this.words = null;
    const text = this.text ?? words?.() ?? "";
    this.text = null;
    if (text) {
      this.saidAt = Date.now();
      say(this.node, text);
    }
    this.wait();
  }

  close() {
    clearTimeout(this.timer);
  }
}
