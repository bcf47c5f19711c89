// A recording that plays in a page: no kernel, no network, no cluster. labkit/board/page.py writes the page.
//
// Without scripts a reader has a still picture and the moments in words; with them, this takes their place.

import { Announcer } from "./announcer.js";
import { BeginButton } from "./begin.js";
import { clockTime, duration } from "./clock.js";
import { attribute, html, say } from "./dom.js";
import { Account, Frames, item, lastUntil, part } from "./frames.js";
import { Inspector } from "./inspector.js";
import { unfolded } from "./lens.js";
import { News } from "./news.js";
import { Outline } from "./outline.js";
import { Picture } from "./picture.js";
import { Player } from "./player.js";
import { tabulate } from "./table.js";
import { themeSwitch } from "./theme.js";
import { Timeline } from "./timeline.js";

/** @import {Behind, Packed} from "./messages.js" */

const DRAWN = "http://www.w3.org/2000/svg";
/** Milliseconds that one picture lets go by at most: what plays in a page that nobody saw does not run on meanwhile. */
const SLOWEST = 250;
/** Milliseconds after which the timeline is told anew where a replay is that plays. */
const SYNC = 500;
/** To be made smaller is worse for a picture than to be made larger: by this power of its factor. */
const SHRUNK = 3;

/** One recording in a page. */
export class Replay {
  /**
   * Put it into the page; where it cannot be read, what is there for readers without scripts stays.
   * @param {HTMLElement} root - as page.py writes it: what is read without scripts, and the recording's parts
   */
  static async open(root) {
    const replay = new Replay(root, new Account(await part(root, "story")));
    try {
      await replay.fit();
    } catch (error) {
      replay.close();
      throw error;
    }
    replay.seek(0);
    return replay;
  }

  /** @param {HTMLElement} root @param {Account} account */
  constructor(root, account) {
    this.root = root;
    this.account = account;
    this.player = new Player(account);
    /** @type {Map<string, Packed>} */
    this.shown = new Map();
    /** @type {Map<number, Frames>} */
    this.layouts = new Map();
    /** @type {Frames | null} */
    this.frames = null;
    this.number = -1;
    this.moment = -2;
    this.begun = false;
    this.last = 0;
    this.synced = 0;
    this.drawing = 0;
    /** @type {object | null} */
    this.rows = null;
    this.widths = [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('script[data-part="layout"]'))]
      .map((each) => Number(each.dataset.width)).sort((one, other) => one - other);
    this.stage = html("div", "lk-stage");
    this.svg = document.createElementNS(DRAWN, "svg");
    attribute(this.svg, "class", "lk-pic");
    this.picture = new Picture(this.svg);
    this.big = new BeginButton(() => this.toggle());
    this.note = html("p", "lk-quiet");
    this.note.setAttribute("role", "status");
    this.stage.append(this.svg, this.big.node);
    this.inspector = new Inspector(this.stage, this.picture, (key) => void this.about(key));
    /** What is behind the elements: read when somebody asks. @type {Promise<Behind> | null} */
    this.behind = null;
    /** The element that is asked about. */
    this.asked = "";
    const caption = html("p", "lk-caption");
    this.caption = html("span");
    caption.append(this.caption);
    this.details = html("details");
    this.scroll = html("div", "lk-scroll");
    attribute(this.scroll, "tabindex", "0");
    attribute(this.scroll, "role", "group");
    attribute(this.scroll, "aria-label", "Table");
    this.details.append(html("summary", "", "The same as a table"), this.scroll);
    this.details.addEventListener("toggle", () => this.tabulate());
    this.news = new News(this.aloud = new Announcer());
    const bar = html("div", "lk-bar");
    bar.append(this.note, caption);
    const main = html("div", "lk-main");
    main.append(this.stage, bar, this.details, this.aloud.node);
    this.outline = new Outline(account, (at) => this.leapTo(at));
    this.whole = html("div", "lk-player");
    this.whole.append(main, this.outline.node);
    root.append(this.whole);
    root.classList.add("lk-plays");
    // On a page of its own its keys work wherever the focus is: who has just opened it has pressed nothing yet.
    this.keys = root.closest(".lk-alone") ? document : root;
    this.timeline = new Timeline(bar, {
      seek: (at) => this.seek((at - account.begin) * 1000),
      play: (speed) => this.play(speed),
      pause: () => this.pause(),
      step: (by) => this.step(by),
      now: () => this.seek(account.length),
    }, { keys: this.keys });
    this.tell({ moments: account.moments.map((moment) => ({ ...moment, at: account.begin + moment.at / 1000 })) });
    this.key = this.key.bind(this);
    /** @type {EventTarget} */ (this.keys).addEventListener("keydown", /** @type {EventListener} */ (this.key));
    this.observer = new ResizeObserver(() => void this.fit());
    this.observer.observe(this.stage);
  }

  /** Take the picture that was laid out for about this width. */
  async fit() {
    const room = this.stage.clientWidth;
    const bad = (/** @type {number} */ width) => (room > width ? room / width : (width / room) ** SHRUNK);
    const width = this.widths.reduce((best, each) => (bad(each) < bad(best) ? each : best));
    if (this.frames?.width === width) return;
    const frames = this.layouts.get(width) ?? new Frames(await part(this.root, "layout", width));
    this.layouts.set(width, frames);
    this.frames = frames;
    const { elements, frame } = frames.at(this.number);
    const whole = { ...frame, elements: [...elements.values()].map(item) };
    this.inspector.before();
    this.picture.replace({ ...whole, type: "whole", view: "", number: 0, room });
    this.inspector.after(true);
    this.shown = new Map(elements);
  }

  // -- what a reader wants ---------------------------------------------------------------------------------------------

  /** @param {number} [speed] */
  play(speed) {
    if (this.player.atEnd) this.seek(0);
    this.player.play(speed);
    this.begun = true;
    this.last = Date.now();
    this.tell();
    if (!this.drawing) this.next();
  }

  pause() {
    this.player.pause();
    this.tell();
  }

  toggle() {
    if (this.player.playing) this.pause();
    else this.play(this.timeline.buttons.speed);
  }

  /** Go there at once. @param {number} at - milliseconds since the beginning */
  seek(at) {
    this.player.seek(at);
    this.draw(false);
    this.tell();
  }

  /** Go there at once, and say what is there. @param {number} at */
  leapTo(at) {
    this.seek(at);
    this.aloud.say(this.spoken());
  }

  /** @param {number} by - 1: to the next moment; -1: to the one before */
  step(by) {
    this.player.step(by);
    this.draw(by > 0);
    this.tell();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {Element} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target.closest("input, textarea, select, .lk-scroll")) return;
    // a button, and the table's heading, are pressed by the space bar themselves
    if (event.key === " " && !target.closest("button, summary, a")) this.toggle();
    else if (!this.root.contains(target)) return; // elsewhere on the page they scroll it
    else if (event.key === "Home") this.leapTo(0);
    else if (event.key === "End") this.leapTo(this.account.length);
    else return;
    event.preventDefault();
  }

  // -- what is shown ---------------------------------------------------------------------------------------------------

  next() {
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      const now = Date.now();
      this.player.advance(Math.min(SLOWEST, Math.max(0, now - this.last)));
      this.last = now;
      this.draw(true);
      if (!this.player.playing || this.player.leap || now - this.synced > SYNC) this.tell();
      if (this.player.playing) this.next();
    });
  }

  /** Show what was there at the cursor. @param {boolean} moving - whether what changed is seen to move */
  draw(moving) {
    const { account, frames, picture, player } = this;
    if (!frames) return;
    const number = account.frame(player.at);
    this.root.classList.toggle("lk-jump", !moving || player.leap !== null);
    if (number !== this.number) {
      this.number = number;
      const { elements, frame } = frames.at(number);
      const put = [...elements.values()].filter((each) => this.shown.get(each[0]) !== each).map(item);
      const remove = [...this.shown.keys()].filter((key) => !elements.has(key));
      this.inspector.before();
      picture.change({ ...frame, put, remove, type: "changes", view: "", number: 0, room: 0 }, moving);
      this.inspector.after(false);
      this.shown = new Map(elements);
      this.tabulate();
      if (this.asked) void this.about(this.asked);
    }
    const moment = lastUntil(account.times, player.at);
    if (moment !== this.moment) {
      if (player.playing && moving) this.news.happened(account.moments.slice(this.moment + 1, moment + 1));
      this.moment = moment;
      this.outline.mark(moment);
      say(this.caption, account.words(moment) || frames.at(number).frame.description);
    }
    const { description } = frames.at(number).frame;
    if (player.playing && moving) this.news.shows(description);
    else this.news.from(description);
    this.point(account.moments[moment]?.key ?? "");
    const { leap } = player;
    const quiet = leap ? `Nothing changed for ${Math.round(leap.quiet / 1000)} s` : "";
    say(this.note, quiet);
    this.root.classList.toggle("lk-leaps", leap !== null);
  }

  /** Point at what the present moment is about, where it is on the picture. @param {string} key */
  point(key) {
    const node = key ? this.svg.querySelector(`[data-key="${key.replace(/["\\]/g, "\\$&")}"]`) : null;
    for (const each of this.svg.querySelectorAll(".lk-spot")) if (each !== node) each.classList.remove("lk-spot");
    node?.classList.add("lk-spot");
  }

  /** Tell the timeline, and whoever looks at the page, where it is. @param {object} more */
  tell(more = {}) {
    const { account, big, player, timeline } = this;
    this.synced = Date.now();
    const { begin, length, offset } = account;
    const at = begin + player.at / 1000;
    const { playing, speed } = player;
    const end = begin + length / 1000;
    timeline.show({ begin, end, at, live: false, growing: false, playing, speed, offset, ...more });
    if (this.asked) void this.about(this.asked);
    this.root.dataset.at = String(Math.round(player.at));
    this.root.dataset.state = playing ? "playing" : player.atEnd ? "ended" : "standing";
    big.show(player, this.begun, length);
  }

  tabulate() {
    if (!this.details.open) return;
    const table = this.account.table(this.number);
    if (table.rows === this.rows) return;
    this.rows = table.rows;
    tabulate(this.scroll, table);
  }

  /** Show what is behind an element at this time. @param {string} key - empty: nothing any more */
  async about(key) {
    this.asked = key;
    if (!key) return;
    this.behind ??= part(this.root, "details");
    const told = (await this.behind)[key] ?? [];
    if (this.asked !== key) return;
    const details = unfolded(told.slice(0, lastUntil(told.map(([frame]) => frame), this.number) + 1).map(([, each]) => each));
    const { playing, speed } = this.player;
    this.inspector.show({ key, at: this.account.begin + this.player.at / 1000, speed: playing ? speed : 0, details });
  }

  /** Where it is and what there is to see, for a screen reader. */
  spoken() {
    const { account, frames, number, player } = this;
    const clock = clockTime(account.begin + player.at / 1000, account.offset);
    return `${duration(player.at / 1000)}, ${clock}. ${frames?.at(number).frame.description ?? ""}`;
  }

  close() {
    if (this.drawing) cancelAnimationFrame(this.drawing);
    this.observer.disconnect();
    /** @type {EventTarget} */ (this.keys).removeEventListener("keydown", /** @type {EventListener} */ (this.key));
    this.timeline.close();
    this.inspector.end();
    this.aloud.close();
    this.whole.remove();
    this.root.classList.remove("lk-plays");
  }
}

/** All replays of the page, each settled when it can be played. */
export const replays = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".lk-replay"))].map(Replay.open);
themeSwitch();
