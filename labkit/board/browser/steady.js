// Words that stand long enough to be read: one that is true for a moment only does not flash by.

/** Milliseconds for which a changed word stands at least, before the next one takes its place. */
export const STANDS = 200;

/** When words were last changed, and what waits until they have been seen. */
export class Steady {
  constructor() {
    /** @type {WeakMap<Element, number>} */
    this.since = new WeakMap();
    /** @type {Map<Element, {changes: (() => void)[], timer: ReturnType<typeof setTimeout>}>} */
    this.waiting = new Map();
  }

  /**
   * Change a word: at once, or as soon as the one that stands there has stood long enough. What comes in between is
   * passed over: the last one is shown.
   * @param {Element} part @param {() => void} change
   */
  write(part, change) {
    const waiting = this.waiting.get(part);
    if (waiting) {
      waiting.changes.push(change);
      return;
    }
    const now = Date.now();
    const left = (this.since.get(part) ?? -Infinity) + STANDS - now;
    if (left <= 0) {
      this.since.set(part, now);
      change();
      return;
    }
    this.waiting.set(part, { changes: [change], timer: setTimeout(() => this.settle(part), left) });
  }

  /** Whether something waits to be written there. @param {Element} part */
  waits(part) {
    return this.waiting.has(part);
  }

  /** @param {Element} part */
  settle(part) {
    const waiting = this.waiting.get(part);
    this.waiting.delete(part);
    clearTimeout(waiting?.timer);
    this.since.set(part, Date.now());
    for (const change of waiting?.changes ?? []) change();
  }

  /** Write all that waits: another time is shown at once. */
  now() {
    for (const part of [...this.waiting.keys()]) this.settle(part);
  }

  /** Forget what waits: its words are taken from the picture. */
  clear() {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }
}
