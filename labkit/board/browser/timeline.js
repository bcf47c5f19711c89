// The timeline of a recording: a slider with the moments as marks on it, and what plays it. It knows nothing of kernels.
//
//   const timeline = new Timeline(root, { seek, play, pause, step, now });
//   timeline.show({ begin, end, at, live, growing, playing, speed, moments });
//
// It is put at the end of `root`. The callbacks say what the reader wants; what is shown is what `show` was told, and,
// until the answer is there, where the reader has moved the slider to. Between two calls of `show` time goes on: the
// end of a recording that grows, and the cursor while it plays. Times are seconds since the epoch.

import { Announcer } from "./announcer.js";
import { Buttons } from "./buttons.js";
import { clockTime } from "./clock.js";
import { attribute, html, say } from "./dom.js";
import { Marks } from "./marks.js";
import { followPointer } from "./pull.js";
import { merged, railLength } from "./rail.js";
import { arrived, whereabouts } from "./whereabouts.js";

/** @import {Moment, Shown, TimelineCallbacks} from "./messages.js" */

/** Milliseconds for which the slider stays where the reader put it, whatever is heard. */
const HELD = 600;
/** Milliseconds between two looks at the clock while nothing plays. */
const TICK = 250;
/** A recording's timeline. */
export class Timeline {
  /**
   * @param {HTMLElement} root - where it is put at the end; the keys , . n work anywhere in there
   * @param {TimelineCallbacks} callbacks
   * @param {{keys?: HTMLElement | Document}} [more] - where the keys work, if elsewhere
   */
  constructor(root, callbacks, { keys = root } = {}) {
    this.root = root;
    this.callbacks = callbacks;
    this.bar = html("div", "lk-timeline lk-tl-nothing");
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute("aria-label", "Timeline");
    // JupyterLab leaves keys alone that are pressed in here: arrows would go on to the next cell.
    this.bar.setAttribute("data-lm-suppress-shortcuts", "true");
    this.band = html("p", "lk-tl-band");
    this.state = html("strong");
    this.when = html("span", "lk-tl-when");
    this.moment = html("span", "lk-tl-moment");
    this.dot = html("span", "lk-tl-dot");
    this.band.append(this.state, this.when, this.dot, this.moment);
    this.track = html("div", "lk-tl-track");
    this.slider = html("div", "lk-tl-slider");
    this.slider.tabIndex = 0;
    for (const [name, value] of [["role", "slider"], ["aria-label", "Time"], ["aria-valuemin", "0"]]) {
      this.slider.setAttribute(name, value);
    }
    const rail = html("div", "lk-tl-rail");
    this.recorded = html("div", "lk-tl-recorded");
    this.gone = html("div", "lk-tl-gone");
    rail.append(this.recorded, this.gone);
    this.thumb = html("div", "lk-tl-thumb");
    this.slider.append(rail, this.thumb);
    this.track.append(this.slider);
    this.marks = new Marks(this.track, (at) => this.choose(at));
    this.from = html("span", "lk-tl-from");
    this.to = html("span", "lk-tl-to");
    this.track.append(this.from, this.to);
    this.buttons = new Buttons(this);
    this.aloud = new Announcer();
    const inside = html("div", "lk-tl-inside");
    inside.append(this.band, this.buttons.left, this.track, this.buttons.right);
    this.bar.append(inside, this.aloud.node);
    root.append(this.bar);

    /** @type {Moment[]} */
    this.moments = [];
    this.shown = /** @type {Shown} */ ({ begin: 0, end: 0, at: 0, live: true, growing: true, playing: false, speed: 1 });
    /** Whether the cluster is not heard any more: the present is not known then, and not called live. */
    this.cutOff = false;
    this.heardAt = Date.now();
    /** Where the reader has put the slider, until the answer is there. */
    this.held = /** @type {number | null} */ (null);
    this.heldAt = 0;
    this.pulling = false;
    this.frame = 0;
    this.moving = 0;
    this.layout = "";
    this.sayMoment = false;

    this.key = this.key.bind(this);
    this.keys = keys;
    /** @type {EventTarget} */ (keys).addEventListener("keydown", /** @type {EventListener} */ (this.key));
    this.slider.addEventListener("keydown", (event) => this.slide(event));
    this.track.addEventListener("pointerdown", (event) => this.press(event));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.track);
    this.ticking = setInterval(() => document.hidden || this.moving || this.draw(), TICK);
    this.draw();
  }

  // -- what it is told -------------------------------------------------------------------------------------------------

  /** @param {Shown & {moments?: Moment[]}} told - `moments`: all of them, in the order of their time; or as before */
  show({ moments, ...told }) {
    if (moments) {
      this.moments = moments;
      this.layout = "";
    }
    told.live &&= told.growing;
    const waits = this.held !== null && (this.pulling || Date.now() - this.heldAt < HELD);
    const answered = this.held !== null && !this.pulling && Math.abs(told.at - this.held) < 0.002;
    const before = this.shown;
    // Until the kernel has heard of it, what it says of the cursor is old.
    this.shown = waits && !answered ? { ...told, at: before.at, live: before.live, playing: before.playing } : told;
    if (!waits || answered) this.held = null;
    this.heardAt = Date.now();
    this.draw();
    if (this.sayMoment && !waits) this.sayWhere();
    else if (before.live !== this.shown.live && before.begin) this.aloud.say(this.words().spoken);
  }

  /** @param {boolean} cutOff - whether the picture of the present is the last one that is known, and not the present */
  trust(cutOff) {
    if (this.cutOff === cutOff) return;
    this.cutOff = cutOff;
    this.draw();
  }

  words() {
    return whereabouts(this.shown, this.present(), this.moments, this.cutOff);
  }

  /** Where the recording and its cursor are by now. */
  present() {
    const { begin, end, at, live, growing, playing, speed } = this.shown;
    const gone = (Date.now() - this.heardAt) / 1000;
    const last = growing ? end + gone : end;
    const moved = live ? last : playing ? Math.min(last, at + gone * speed) : at;
    return { begin, end: last, at: this.held ?? moved };
  }

  // -- what the reader wants -------------------------------------------------------------------------------------------

  /** @param {number} at */
  seek(at) {
    const { begin, end } = this.present();
    this.held = Math.max(begin, Math.min(end, at));
    this.heldAt = Date.now();
    this.shown = { ...this.shown, at: this.held, end, live: false, playing: this.shown.playing && !this.pulling };
    this.heardAt = this.heldAt;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.flush());
    this.draw();
  }

  /** Say the last of the places that the slider was moved to: one in each frame of the page. */
  flush() {
    if (!this.frame) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.held !== null) this.callbacks.seek(this.held);
  }

  /** Go to a moment, and say which. @param {number} at */
  choose(at) {
    this.seek(at);
    this.sayWhere();
  }

  /** @param {number} by - 1: to the next moment, -1: to the one before */
  step(by) {
    this.flush();
    this.sayMoment = true;
    this.held = null;
    this.callbacks.step(by);
  }

  now() {
    if (!this.shown.growing || this.shown.live) return;
    this.flush();
    this.held = null;
    this.callbacks.now();
  }

  toggle() {
    this.flush();
    this.held = null;
    if (this.shown.live || this.shown.playing) this.callbacks.pause();
    else this.callbacks.play(this.buttons.speed);
  }

  // -- keys and the pointer --------------------------------------------------------------------------------------------

  /** Keys that work wherever the focus is in the board. @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable) return;
    if (event.key === ",") this.step(-1);
    else if (event.key === ".") this.step(1);
    else if (event.key === "n") this.now();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event */
  slide(event) {
    const { begin, end, at } = this.present();
    const far = Math.max(5, (end - begin) / 10);
    const by = /** @type {Record<string, number>} */ ({
      ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -far, PageUp: far, Home: -Infinity, End: Infinity,
    })[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") this.toggle();
    else if (by === undefined) return;
    else if (this.shown.growing && at + by >= end) this.now();
    else this.seek(Math.max(begin, at + by * (event.shiftKey ? 0.1 : 1)));
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {PointerEvent} down */
  press(down) {
    const target = /** @type {Element} */ (down.target);
    if (down.button !== 0 || target.closest(".lk-tl-tip")) return;
    const mark = target.closest(".lk-tl-mark") !== null;
    if (!mark) {
      down.preventDefault(); // no text is selected
      this.slider.focus({ preventScroll: true });
    }
    followPointer(down, mark, {
      pull: (x) => {
        this.pulling = true;
        this.marks.hide();
        this.seek(this.timeAt(x));
      },
      end: () => {
        this.pulling = false;
        this.heldAt = Date.now();
        const { end } = this.present();
        const last = this.held !== null && this.held >= end - 2 * this.secondsPerPixel();
        if (this.shown.growing && last) this.now();
        else this.flush();
      },
    });
  }

  secondsPerPixel() {
    const { begin, end } = this.present();
    return railLength(end - begin, this.shown.growing) / Math.max(1, this.slider.clientWidth);
  }

  /** The time at a place of the page. @param {number} x - in pixels from the left of the page */
  timeAt(x) {
    return this.present().begin + (x - this.slider.getBoundingClientRect().left) * this.secondsPerPixel();
  }

  // -- what is shown ---------------------------------------------------------------------------------------------------

  /** Show what is true now, and go on while it plays. */
  draw() {
    const { growing, live, playing, offset } = this.shown;
    const { begin, end, at } = this.present();
    const nothing = !(end > begin);
    const length = railLength(end - begin, growing);
    const place = nothing ? 0 : (at - begin) / length;
    this.bar.classList.toggle("lk-tl-nothing", nothing);
    this.bar.classList.toggle("lk-tl-replay", !growing);
    this.root.classList.toggle("lk-in-past", growing && !live && !nothing);
    this.thumb.style.left = `${(place * 100).toFixed(3)}%`;
    this.gone.style.transform = `scaleX(${place.toFixed(5)})`;
    this.recorded.style.transform = `scaleX(${nothing ? 0 : Math.min(1, (end - begin) / length).toFixed(5)})`;
    this.tell(begin, end, at, nothing);
    this.buttons.show(this.shown, nothing);
    this.marks.offset = offset;
    const width = this.track.clientWidth;
    const layout = [begin, length, width].join();
    if (layout !== this.layout) {
      this.layout = layout;
      this.marks.show(nothing ? [] : merged(this.moments, begin, length, width));
    }
    if (playing && !this.moving && !document.hidden && at < end) {
      this.moving = requestAnimationFrame(() => {
        this.moving = 0;
        this.draw();
      });
    }
  }

  /** @param {number} begin @param {number} end @param {number} at @param {boolean} nothing */
  tell(begin, end, at, nothing) {
    const { growing, live, offset, playing } = this.shown;
    const words = this.words();
    say(this.state, nothing ? "Nothing recorded yet" : words.state);
    say(this.when, nothing ? "" : words.when);
    say(this.moment, nothing ? "" : words.moment);
    say(this.dot, this.moment.textContent ? " · " : "");
    attribute(this.moment, "title", this.moment.textContent ?? "");
    this.bar.classList.toggle("lk-tl-cut-off", this.cutOff && live && !nothing);
    say(this.from, nothing ? "" : clockTime(begin, offset));
    say(this.to, nothing || growing ? "" : clockTime(end, offset));
    attribute(this.slider, "aria-valuemax", (end - begin).toFixed(0));
    attribute(this.slider, "aria-valuenow", (at - begin).toFixed(live ? 0 : 1));
    // While it goes on by itself, the place is not read aloud again and again.
    if (!playing || !this.slider.hasAttribute("aria-valuetext")) attribute(this.slider, "aria-valuetext", words.value);
  }

  // -- for screen readers ----------------------------------------------------------------------------------------------

  /** Say at which moment the cursor is. */
  sayWhere() {
    this.sayMoment = false;
    this.aloud.say(arrived(this.moments, this.present().at, this.words()));
  }

  close() {
    clearInterval(this.ticking);
    this.aloud.close();
    cancelAnimationFrame(this.moving);
    cancelAnimationFrame(this.frame);
    this.marks.close();
    this.observer.disconnect();
    /** @type {EventTarget} */ (this.keys).removeEventListener("keydown", /** @type {EventListener} */ (this.key));
    this.root.classList.remove("lk-in-past");
    this.bar.remove();
  }
}
