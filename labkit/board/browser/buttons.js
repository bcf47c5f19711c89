// The timeline's buttons: to the moment before and the next one, play and pause, the speeds, and "now".

import { attribute, html } from "./dom.js";

/** @import {Shown} from "./messages.js" */

const SPEEDS = /** @type {[number, string, string][]} */ ([
  [0.25, "¼×", "a quarter"],
  [0.5, "½×", "half"],
  [1, "1×", "as it was"],
  [4, "4×", "four times"],
]);

const ICONS = {
  before: "M5 3.5v9M13 3.5v9L6.5 8z",
  next: "M11 3.5v9M3 3.5v9L9.5 8z",
  play: "M4.5 3v10l8.5-5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  now: "M3 3.5v9L9.5 8zM11.5 3.5v9",
};

/** @param {keyof typeof ICONS} name */
function icon(name) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = /** @type {Element} */ (document.createElementNS(ns, "svg"));
  for (const [key, value] of [["viewBox", "0 0 16 16"], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
  svg.append(document.createElementNS(ns, "path"));
  svg.firstElementChild?.setAttribute("d", ICONS[name]);
  return svg;
}

/**
 * @param {keyof typeof ICONS} face @param {string} words @param {string} keys - as aria-keyshortcuts has it
 * @param {() => void} press
 */
function button(face, words, keys, press) {
  const made = html("button", `lk-tl-button lk-tl-${face}`);
  made.type = "button";
  made.append(icon(face));
  made.setAttribute("aria-label", words);
  made.title = keys ? `${words} (${keys})` : words;
  if (keys) made.setAttribute("aria-keyshortcuts", keys);
  made.addEventListener("click", press);
  return made;
}

/** The buttons of a timeline. */
export class Buttons {
  /** @param {{step(by: number): void, toggle(): void, now(): void, callbacks: {play(speed: number): void}}} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    /** The speed at which it will play. */
    this.speed = 1;
    this.told = 0;
    this.playing = false;
    this.left = html("div", "lk-tl-left");
    this.right = html("div", "lk-tl-right");
    this.toggle = button("play", "Play", "", () => timeline.toggle());
    this.left.append(
      button("before", "To the moment before", ",", () => timeline.step(-1)),
      this.toggle,
      button("next", "To the next moment", ".", () => timeline.step(1)),
    );
    this.speeds = html("div", "lk-tl-speeds");
    this.speeds.setAttribute("role", "radiogroup");
    this.speeds.setAttribute("aria-label", "Speed");
    for (const [speed, face, words] of SPEEDS) {
      const made = html("button", "lk-tl-speed", face);
      made.type = "button";
      made.setAttribute("role", "radio");
      made.setAttribute("aria-label", words);
      made.title = `Speed: ${words}`;
      made.addEventListener("click", () => this.choose(speed));
      this.speeds.append(made);
    }
    this.speeds.addEventListener("keydown", (event) => this.key(event));
    this.now = button("now", "To now, the present", "n", () => timeline.now());
    this.now.append(html("span", "", "now"));
    this.right.append(this.speeds, this.now);
  }

  /** @param {Shown} shown @param {boolean} nothing - whether there is nothing to play yet */
  show(shown, nothing) {
    if (shown.speed !== this.told) this.speed = this.told = shown.speed;
    this.playing = shown.playing;
    const face = shown.live || shown.playing ? "pause" : "play";
    if (this.toggle.dataset.face !== face) {
      this.toggle.dataset.face = face;
      this.toggle.replaceChildren(icon(face));
      const words = face === "play" ? "Play" : "Pause";
      attribute(this.toggle, "aria-label", words);
      attribute(this.toggle, "title", words);
    }
    for (const each of this.left.children) attribute(each, "aria-disabled", String(nothing));
    attribute(this.now, "aria-disabled", String(shown.live));
    [...this.speeds.children].forEach((each, i) => {
      const chosen = SPEEDS[i][0] === this.speed;
      attribute(each, "aria-checked", String(chosen));
      attribute(each, "tabindex", chosen ? "0" : "-1");
    });
  }

  /** @param {number} speed */
  choose(speed) {
    this.speed = speed;
    if (this.playing) this.timeline.callbacks.play(speed);
    [...this.speeds.children].forEach((each, i) => {
      attribute(each, "aria-checked", String(SPEEDS[i][0] === speed));
      attribute(each, "tabindex", SPEEDS[i][0] === speed ? "0" : "-1");
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (by === undefined) return;
    const i = SPEEDS.findIndex(([speed]) => speed === this.speed);
    const next = Math.max(0, Math.min(SPEEDS.length - 1, i + by));
    this.choose(SPEEDS[next][0]);
    /** @type {HTMLElement} */ (this.speeds.children[next]).focus();
    event.preventDefault();
    event.stopPropagation();
  }
}
