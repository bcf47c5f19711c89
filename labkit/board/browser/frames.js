// A recording as a page has it: frames that each say what differs from the one before (labkit/board/replay_data.py).

/** @import {Frame, Item, Layout, Packed, Step, Story} from "./messages.js" */

/** So many frames lie between two of which all elements are kept: from one of these any other is reached. */
const BETWEEN = 64;

/**
 * Read what Python has compressed: JSON, gzip, base64.
 * @param {string} text
 */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/**
 * Read a part of the recording that stands in the page.
 * @param {HTMLElement} root @param {string} name @param {number} [width]
 */
export function part(root, name, width) {
  const found = root.querySelector(`script[data-part="${name}"]${width ? `[data-width="${width}"]` : ""}`);
  return unpacked(found?.textContent ?? "");
}

/**
 * Write ticks of requests out again: Python has them by their distances.
 * @param {string | number} value
 */
function written(value) {
  if (typeof value !== "string" || !value.startsWith("~")) return value;
  const [base, numbers] = value.slice(1).split(" ");
  let [place, path] = [0, ""];
  const rest = numbers.split(",").map(Number);
  for (let i = 0; i < rest.length; i += 2) {
    place += rest[i];
    path += `M${(place / 10).toFixed(1)} ${base}v${(-rest[i + 1] / 10).toFixed(1)}`;
  }
  return path;
}

/**
 * Return an element as the picture draws it.
 * @param {Packed} packed @returns {Item}
 */
export function item([key, x, y, cls, layer, title, parts]) {
  const out = parts.map(([tag, attributes, text]) => {
    const entries = Object.entries(attributes).map(([name, value]) => [name, written(value)]);
    return /** @type {[string, Record<string, string | number>, string]} */ ([tag, Object.fromEntries(entries), text]);
  });
  return { key, x, y, cls, layer, title, parts: out };
}

/**
 * Return the place of the last number that is not greater than another; -1 where all are.
 * @param {readonly number[]} numbers - in ascending order
 * @param {number} most
 */
export function lastUntil(numbers, most) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= most) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** All frames of a recording at one width: any of them at once, wherever it is. */
export class Frames {
  /** @param {Layout} layout */
  constructor({ width, frames }) {
    this.width = width;
    this.numbers = frames.map((frame) => frame.i);
    this.frames = frames;
    /** @type {{elements: Map<string, Packed>, frame: Frame}[]} */
    this.kept = [];
    /** @type {Map<string, Packed>} */
    const elements = new Map();
    // as tall as the tallest, all of them: nothing below the picture moves while it plays
    const height = frames.reduce((most, { h = 0 }) => Math.max(most, h), 0);
    let frame = { width, height, title: "", description: "", stale: false };
    frames.forEach((each, place) => {
      // one that was only moved is all that it was before: said once, here
      each.p = each.p?.map((packed) => /** @type {Packed} */ (
        packed.length === 3 ? [...packed, .../** @type {Packed} */ (elements.get(packed[0])).slice(3)] : packed));
      frame = Frames.step(elements, frame, each);
      if (place % BETWEEN === 0) this.kept.push({ elements: new Map(elements), frame });
    });
    this.place = 0;
    this.now = { elements: new Map(this.kept[0].elements), frame: this.kept[0].frame };
  }

  /**
   * Lead elements to the next frame, and return what else is true of it.
   * @param {Map<string, Packed>} elements @param {Frame} frame @param {Step} change
   */
  static step(elements, frame, { p = [], r = [], t = frame.title, d = frame.description, s = frame.stale }) {
    for (const key of r) elements.delete(key);
    for (const packed of p) elements.set(packed[0], /** @type {Packed} */ (packed));
    return { ...frame, title: t, description: d, stale: s };
  }

  /**
   * Return a frame's elements by key, and what else is true of it; valid until another frame is asked for.
   * @param {number} number
   */
  at(number) {
    const to = Math.max(0, lastUntil(this.numbers, number));
    if (to < this.place || to - this.place > BETWEEN) {
      const near = Math.floor(to / BETWEEN);
      this.place = near * BETWEEN;
      this.now = { elements: new Map(this.kept[near].elements), frame: this.kept[near].frame };
    }
    while (this.place < to) {
      this.place += 1;
      this.now.frame = Frames.step(this.now.elements, this.now.frame, this.frames[this.place]);
    }
    return this.now;
  }
}

/** What happened, when, and in which words; and when nothing did. */
export class Account {
  /** @param {Story} story */
  constructor(story) {
    this.story = story;
    /** When it begins, in seconds since the epoch, and how many seconds its clock is ahead of UTC. */
    this.begin = story.begin;
    this.offset = story.offset;
    /** Milliseconds since the beginning: of the moments, and of every frame in which something happens. */
    this.moments = story.moments.map(([at, kind, text, app, key]) => ({ at, kind, text, app, key }));
    this.times = this.moments.map((moment) => moment.at);
    const quiet = new Set(story.quiet);
    const changes = story.times.filter((_, i) => !quiet.has(i));
    this.changes = [...changes, ...this.times].sort((a, b) => a - b);
    this.tables = story.tables.map(([frame]) => frame);
  }

  /** How long it lasts, in milliseconds. */
  get length() {
    return this.story.times[this.story.times.length - 1];
  }

  /** @param {number} at - milliseconds since the beginning */
  frame(at) {
    return Math.max(0, lastUntil(this.story.times, at));
  }

  /**
   * Return when something last happened and when something happens next, in milliseconds since the beginning.
   * @param {number} at
   */
  around(at) {
    const last = lastUntil(this.changes, at);
    return { before: this.changes[last] ?? 0, after: this.changes[last + 1] ?? this.length };
  }

  /** Return what happened at a moment, in words; with it what was heard in the same instant. @param {number} number */
  words(number) {
    const at = this.moments[number]?.at;
    return this.moments.filter((moment) => moment.at === at).map((moment) => moment.text).join(" · ");
  }

  /** @param {number} number - of a frame */
  table(number) {
    const [, rows] = this.story.tables[Math.max(0, lastUntil(this.tables, number))];
    return { head: this.story.head, rows: rows.map((row) => this.story.rows[row]) };
  }
}
