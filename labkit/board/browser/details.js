// The card beside the picture: what is known of one thing on it. It knows no kernel: it asks, and is shown what came.

import { Announcer } from "./announcer.js";
import { kubectlAge } from "./ages.js";
import { copyText } from "./clipboard.js";
import { html, say } from "./dom.js";
import { Lens, unfolded } from "./lens.js";
import { place } from "./place.js";

/** @import {Asked, Details, Row} from "./messages.js" */
/** @import {Picture} from "./picture.js" */

/** Milliseconds without an answer after which the card opens all the same, with what the picture itself says. */
const NO_ANSWER = 500;
/** Milliseconds for which it says that the command was copied. */
const COPIED_FOR = 2000;
/** What stands in a row's value where the age goes (labkit/board/details.py). */
const AGE_MARK = "{age}";

let cards = 0;

/** The details of one element of a picture. */
export class DetailsCard {
  /**
   * @param {HTMLElement} root - the board; the card stands in it, after the picture
   * @param {{picture: Picture, ask: (key: string) => void}} around - `ask` is called with the key of an element whose
   *   details are wanted, and with an empty one when none are any more; who is asked calls `show`, and again when they
   *   change
   */
  constructor(root, { picture, ask }) {
    this.root = root;
    this.picture = picture;
    this.ask = ask;
    /** The element whose details are wanted; empty while there is none. */
    this.key = "";
    /** Whether it stays when the pointer goes. */
    this.pinned = false;
    /** What is shown, null until it came. @type {Details | null} */
    this.details = null;
    /** The Node out of which a Pod was opened; empty for none: then the element itself was. */
    this.holder = "";
    /** What was said of that Pod there: a replay of many Pods has no details of each. */
    this.label = "";
    this.gone = false;
    this.asked = /** @type {Asked} */ ({ key: "", at: 0, speed: 0, details: null });
    this.came = 0;
    /** The side of the element on which it stands. */
    this.side = "";
    this.copying = false;
    this.onChange = () => {};
    this.timers = /** @type {Record<string, ReturnType<typeof setTimeout> | undefined>} */ ({});

    cards += 1;
    this.node = html("section", "lk-card");
    this.node.id = `lk-card-${cards}-${Math.random().toString(36).slice(2, 8)}`;
    this.node.hidden = true;
    this.kind = html("span", "lk-kind");
    this.name = html("span", "lk-name");
    const title = html("p", "lk-title");
    title.id = `${this.node.id}-title`;
    title.append(this.kind, " ", this.name);
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-labelledby", title.id);
    this.shut = html("button", "lk-shut", "×");
    this.shut.type = "button";
    this.shut.title = "Close (Esc)";
    this.shut.setAttribute("aria-label", "Close the details");
    this.shut.addEventListener("click", () => this.close(true));
    this.back = html("button", "lk-back", "‹");
    this.back.type = "button";
    this.back.setAttribute("aria-label", "Back to the Node (Escape)");
    this.back.addEventListener("click", () => this.leave());
    const head = html("header");
    head.append(this.back, title, this.shut);
    this.note = html("p", "lk-lost", "Gone. This is what was last known of it.");
    this.rows = html("dl");
    this.command = html("code");
    this.button = html("button", "lk-copy");
    this.button.type = "button";
    this.button.addEventListener("click", () => this.copy());
    this.copied = html("span");
    this.button.append(this.copied, html("kbd", "", "c"));
    this.foot = html("footer");
    this.foot.append(this.command, this.button);
    this.body = html("div", "lk-facts");
    this.lens = new Lens((key) => this.enter(key));
    this.body.append(this.note, this.lens.node, this.rows);
    this.node.append(head, this.body, this.foot);
    this.aloud = new Announcer();
    picture.svg.after(this.node);
    root.append(this.aloud.node);
    this.word("Copy");
  }

  /** Whether it is to be seen. */
  get shown() {
    return !this.node.hidden;
  }

  /**
   * Want the details of an element. They are shown when they have come.
   * @param {string} key @param {boolean} pinned - whether they stay when the pointer goes
   * @param {string} holder - the Node out of which a Pod is opened
   */
  open(key, pinned, holder = "") {
    this.pinned = pinned;
    if (key === this.key) {
      this.node.classList.toggle("lk-pinned", pinned);
      if (pinned && this.shown) this.speak();
      return;
    }
    this.mark("");
    const within = holder && (holder === this.holder || holder === this.key);
    this.key = key;
    this.holder = holder;
    this.label = "";
    this.details = null;
    this.gone = false;
    if (!within) this.side = "";
    this.copying = false;
    this.node.classList.toggle("lk-pinned", pinned);
    this.after("wait", () => this.draw(), NO_ANSWER);
    this.ask(key);
    this.mark(key);
    this.onChange();
  }

  /** Show the details of a Pod in the Node that is open. @param {string} key */
  enter(key) {
    this.back.hidden = false;
    this.back.focus();
    this.open(key, true, this.holder || this.key);
    this.label = this.lens.label(key); // nothing is drawn anew yet
  }

  /** Back to the Node from which a Pod was opened. */
  leave() {
    const { holder, key } = this;
    this.shut.focus();
    this.open(holder, true);
    this.lens.wanted = key;
  }

  /** The key of the element beside which the card stands. */
  get anchor() {
    return this.picture.node(this.key) ? this.key : this.holder || this.key;
  }

  /** What stands on the card came from somebody who may have forgotten that it is open: ask anew. */
  again() {
    if (this.key) this.ask(this.key);
  }

  /**
   * Show the details of the element that is open.
   * @param {Asked} asked - without details: there is no such thing, or no more
   */
  show(asked) {
    if (asked.key !== this.key) return;
    const first = !this.shown;
    this.asked = asked;
    this.came = Date.now();
    if (asked.details) this.details = unfolded([this.details, asked.details]);
    const gone = !asked.details && this.details !== null;
    if (gone && !this.gone) this.aloud.say(`${this.words()} is gone.`);
    this.gone = gone;
    this.draw();
    if (first && this.pinned && !gone) this.speak();
    if (this.copying) this.copy();
  }

  /** Draw what is known. */
  draw() {
    clearTimeout(this.timers.wait);
    const { details } = this;
    const label = this.picture.label(this.key) || this.label;
    say(this.kind, details?.kind ?? "");
    say(this.name, details?.name ?? label);
    this.note.hidden = !this.gone;
    this.node.classList.toggle("lk-gone-thing", this.gone);
    this.tabulate(details?.rows ?? []);
    this.back.hidden = !this.holder;
    this.lens.show(details?.inside ?? [], details?.name ?? "");
    say(this.command, details?.command ?? "");
    this.foot.hidden = !details?.command;
    this.node.hidden = !this.key || !(details || label);
    this.tick();
    this.move();
    this.onChange();
  }

  /** Write the rows; what stands there already is not written anew: somebody may have marked it. @param {Row[]} rows */
  tabulate(rows) {
    const { children } = this.rows;
    while (children.length > rows.length) children[rows.length].remove();
    rows.forEach(([label, , tone], i) => {
      const line = children[i] ?? this.rows.appendChild(html("div"));
      if (!line.firstChild) line.append(html("dt"), html("dd"));
      say(/** @type {Element} */ (line.firstElementChild), label);
      line.className = `lk-tone-${tone}`;
    });
    this.ages();
  }

  /** Write the values, with the ages that they have now. */
  ages() {
    const { at, speed } = this.asked;
    const now = at + (speed * (Date.now() - this.came)) / 1000;
    (this.details?.rows ?? []).forEach(([, value, , since], i) => {
      const said = value.replace(AGE_MARK, kubectlAge(now - since));
      const written = this.rows.children[i]?.lastElementChild;
      if (written) say(written, said);
    });
  }

  /** The time on the picture does not go on by itself any more. */
  halt() {
    const { at, speed } = this.asked;
    if (!speed) return;
    this.asked = { ...this.asked, at: at + (speed * (Date.now() - this.came)) / 1000, speed: 0 };
  }

  tick() {
    if (!this.shown) return;
    this.ages();
    this.after("tick", () => this.tick(), 1000);
  }

  /** Stand beside the element, where it is now or is going to. */
  move() {
    if (!this.shown) return;
    const box = this.picture.box(this.anchor);
    if (box) this.side = place(this.node, this.root, this.picture.svg, box, this.side, this.lens.wide);
  }

  /** @param {boolean} back - whether the focus goes back to the element */
  close(back = false) {
    const { anchor: key } = this;
    if (!key) return;
    this.mark("");
    this.key = "";
    this.holder = "";
    this.details = null;
    this.node.hidden = true;
    this.pinned = false;
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.word("Copy");
    this.ask("");
    this.onChange();
    if (back) this.picture.node(key)?.focus({ preventScroll: true });
  }

  /** Copy the command; if the details have not come yet, as soon as they have. */
  async copy() {
    this.copying = !this.details;
    if (!this.details?.command) return;
    const done = await copyText(this.details.command, this.command);
    this.word(done ? "Copied" : "Press Ctrl+C");
    this.aloud.say(done ? `Copied: ${this.command.textContent}` : "The command is marked: press Control and C.");
    this.after("copied", () => this.word("Copy"), COPIED_FOR);
  }

  /** @param {string} text */
  word(text) {
    say(this.copied, text);
    this.button.classList.toggle("lk-done", text === "Copied");
  }

  /** Read it aloud. */
  speak() {
    const rows = [...this.rows.children].map((line) => [...line.children].map((word) => word.textContent).join(": "));
    this.aloud.say([this.words(), ...rows].join(". "));
  }

  words() {
    return `${this.kind.textContent} ${this.name.textContent}`.trim();
  }

  /** Say which element the card belongs to. @param {string} key */
  mark(key) {
    this.picture.node(this.key)?.removeAttribute("aria-controls");
    this.picture.node(key)?.setAttribute("aria-controls", this.node.id);
  }

  /**
   * Start a timer of that name; the one before is forgotten.
   * @param {string} name @param {() => unknown} run @param {number} ms
   */
  after(name, run, ms) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(run, ms);
  }

  end() {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.aloud.close();
    this.node.remove();
    this.aloud.node.remove();
  }
}
