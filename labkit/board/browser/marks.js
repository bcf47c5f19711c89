// The moments of a recording as marks on a rail: what a mark looks like, and what it says when it is pointed at.

import { attribute, html } from "./dom.js";
import { clockTime } from "./clock.js";

/** @import {Mark, Moment} from "./messages.js" */

/** Of so many moments of one mark each is told. */
const LISTED = 40;
/** Milliseconds for which the words stay when the pointer has left a mark: enough to get to them. */
const LINGER = 200;

/** How a moment looks, by its kind (labkit/recording/moment.py); of several at one mark, the first in this list counts. */
const TONES = /** @type {[string, RegExp][]} */ ([
  ["bad", /lost|stuck|not ready/],
  ["act", /created|deleted|scaled|began|paused|resumed|cordoned/],
  ["good", /complete|back|first|ready|joined/],
  ["leave", /terminating|gone|left/],
]);
const RANKS = [...TONES.map(([tone]) => tone), ""];

/** @param {string} kind - such as `pod ready` */
export function toneOf(kind) {
  return TONES.find(([, words]) => words.test(kind))?.[0] ?? "";
}

/** The moment that a mark looks like. @param {Moment[]} moments */
function chief(moments) {
  const ranks = moments.map(({ kind }) => RANKS.indexOf(toneOf(kind)));
  return moments[ranks.indexOf(Math.min(...ranks))];
}

/** What stands on a mark: how many moments it has, if several. @param {Moment[]} moments */
function countOf(moments) {
  if (moments.length > 99) return "99+";
  return moments.length > 1 ? String(moments.length) : "";
}

/** The marks on one rail. One of them is in the order of the Tab key; arrows lead from mark to mark. */
export class Marks {
  /**
   * @param {HTMLElement} rail - what they stand on
   * @param {(at: number) => void} choose - called with the time of a moment that was chosen
   */
  constructor(rail, choose) {
    this.rail = rail;
    this.choose = choose;
    this.offset = /** @type {number | undefined} */ (undefined);
    this.group = html("div", "lk-tl-marks");
    this.group.setAttribute("role", "group");
    this.group.setAttribute("aria-label", "Moments");
    this.tip = html("div", "lk-tl-tip");
    this.tip.hidden = true;
    rail.append(this.group, this.tip);
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
    this.chosen = 0;
    this.told = -1;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.closing = undefined;
    this.group.addEventListener("keydown", (event) => this.key(event));
    this.group.addEventListener("focusout", () => this.hideSoon());
    this.tip.addEventListener("pointerenter", () => clearTimeout(this.closing));
    this.tip.addEventListener("pointerleave", () => this.hideSoon());
    this.tip.addEventListener("focusin", () => clearTimeout(this.closing));
    this.tip.addEventListener("focusout", () => this.hideSoon());
    this.tip.addEventListener("keydown", (event) => this.keyInList(event));
  }

  /** @param {Mark[]} marks */
  show(marks) {
    this.marks = marks;
    while (this.buttons.length > marks.length) this.buttons.pop()?.remove();
    while (this.buttons.length < marks.length) this.add(this.buttons.length);
    this.chosen = Math.max(0, Math.min(this.chosen, marks.length - 1));
    marks.forEach(({ place, moments }, i) => {
      const button = this.buttons[i];
      const tone = toneOf(chief(moments).kind);
      attribute(button, "style", `left: ${(place * 100).toFixed(3)}%`);
      attribute(button, "class", `lk-tl-mark lk-tl-${tone || "plain"}${moments.length > 1 ? " lk-tl-many" : ""}`);
      attribute(button, "aria-label", this.words(moments));
      attribute(button, "tabindex", i === this.chosen ? "0" : "-1");
      const count = countOf(moments);
      const face = /** @type {HTMLElement} */ (button.firstElementChild);
      if (face.textContent !== count) face.textContent = count;
    });
    if (this.told >= marks.length) this.hide();
  }

  /** What a mark is called: what stands on it first, so that who speaks to the page can say it. @param {Moment[]} moments */
  words(moments) {
    const begin = `${clockTime(moments[0].at, this.offset)} ${chief(moments).text}`;
    const count = countOf(moments);
    return count ? `${count} moments: ${begin}, and ${moments.length - 1} more` : begin;
  }

  /** @param {number} i */
  add(i) {
    const button = html("button");
    button.type = "button";
    button.append(html("span"));
    button.addEventListener("pointerenter", () => this.tell(i));
    button.addEventListener("pointerleave", () => this.hideSoon());
    button.addEventListener("focus", () => {
      this.chosen = i;
      this.buttons.forEach((each, n) => attribute(each, "tabindex", n === i ? "0" : "-1"));
      this.tell(i);
    });
    button.addEventListener("click", () => this.choose(this.marks[i].moments[0].at));
    this.buttons.push(button);
    this.group.append(button);
  }

  /** Say what a mark stands for, beside it. @param {number} i */
  tell(i) {
    clearTimeout(this.closing);
    if (!this.marks[i]) return;
    const { place, moments } = this.marks[i];
    this.told = i;
    const list = html("ul");
    for (const { at, text, kind } of moments.slice(0, LISTED)) {
      const item = html("button", `lk-tl-said lk-tl-${toneOf(kind) || "plain"}`);
      item.type = "button";
      item.tabIndex = -1;
      item.append(html("time", "", clockTime(at, this.offset)), html("span", "", text));
      item.addEventListener("click", () => this.choose(at));
      const line = html("li");
      line.append(item);
      list.append(line);
    }
    this.tip.replaceChildren(list);
    const rest = moments.length - LISTED;
    if (rest > 0) this.tip.append(html("p", "", `and ${rest} more: the keys , and . go through them`));
    this.tip.hidden = false;
    // Beside the mark, and never beyond the rail's ends.
    const room = this.rail.clientWidth;
    const half = this.tip.offsetWidth / 2;
    const left = Math.max(half - 8, Math.min(place * room, room - half + 8));
    this.tip.style.left = `${Math.round(left)}px`;
  }

  hideSoon() {
    clearTimeout(this.closing);
    this.closing = setTimeout(() => this.hide(), LINGER);
  }

  hide() {
    clearTimeout(this.closing);
    this.tip.hidden = true;
    this.told = -1;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const steps = /** @type {Record<string, number>} */ ({
      ArrowLeft: this.chosen - 1,
      ArrowRight: this.chosen + 1,
      Home: 0,
      End: this.marks.length - 1,
    });
    if (event.key === "Escape") this.hide();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.items()[0]?.focus();
    else if (event.key in steps) this.buttons[Math.max(0, Math.min(this.marks.length - 1, steps[event.key]))]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @returns {HTMLButtonElement[]} */
  items() {
    return this.tip.hidden ? [] : [...this.tip.querySelectorAll("button")];
  }

  /** @param {KeyboardEvent} event */
  keyInList(event) {
    const items = this.items();
    const i = items.findIndex((item) => item === document.activeElement);
    const mark = this.buttons[this.told];
    if (event.key === "ArrowDown") items[Math.min(items.length - 1, i + 1)]?.focus();
    else if (event.key === "ArrowUp" && i > 0) items[i - 1].focus();
    else if (event.key === "ArrowUp" || event.key === "Escape") mark?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  close() {
    clearTimeout(this.closing);
  }
}
