// One board on one page: what it tells the kernel, what it hears, and what it says when it hears nothing.
//
// What a view (one board on one page) and the kernel say to each other:
//   here    view → kernel, every 3 s and whenever anything about it changes: its width, whether its table is open, and
//           whether it needs the whole picture. A view that is not heard for 10 s is forgotten.
//   gone    view → kernel, when it is taken away or hidden.
//   whole   kernel → view, the whole picture, laid out for the width that the view said.
//   changes kernel → view, what is different since its message before, which had the number before.
//   timeline kernel → view, where the recording and its cursor are, when a page cannot reckon it by itself, and the moments
//           that are new, from which number on; view → kernel, what a reader wants of it, or that moments are missing.
//   pulse   kernel → all, every 2 s: the number of the last message to each view, and of how many moments it was told. Who
//           has a lower one has missed some. And where the recording and its cursor are.
//   closed  kernel → all, the board has ended.
//   about   view → kernel, the key of the element whose details it shows; empty when it shows none any more.
//   details kernel → view, these details, and again when they change.
// Nothing is shown before the whole has come, and after a message was missed nothing is changed until it has come again.

import { Announcer } from "./announcer.js";
import { html } from "./dom.js";
import { Inspector } from "./inspector.js";
import { News } from "./news.js";
import { onlyTheNewest, roomBeside } from "./panels.js";
import { MomentsTold } from "./phrases.js";
import { Picture } from "./picture.js";
import { tabulate } from "./table.js";
import { Timeline } from "./timeline.js";

/** @import {Changes, Message, Model, TimelineNews, Whole} from "./messages.js" */

const SVG_NS = "http://www.w3.org/2000/svg";
/** Milliseconds without a message after which the board says that it is not live any more (Python: a pulse every 2 s). */
const SILENCE = 7000;
/** Milliseconds between two signs of life of a view (Python forgets it after 10 s). */
const HERE_EVERY = 3000;
/** Milliseconds after which a view that has asked for the whole asks again; doubled each time. */
const ASK_AGAIN = 400;
/** Milliseconds that a new width must stand before it counts: panels and scrollbars take a few frames to settle. */
const SETTLE = 120;
/** Milliseconds in which a view has just appeared: JupyterLab may still move the panels about. */
const NEW = 2000;
/** Milliseconds of catching up before it is said in words; most of the time the answer is there sooner. */
const SAY_LATE = 400;

/** One board on one page. */
export class View {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.id = [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("");
    this.root = html("div", "lk-board lk-empty");
    this.root.dataset.made = String(model.get("made") ?? 0);
    this.status = html("p", "lk-gone");
    this.status.setAttribute("role", "status");
    this.svg = document.createElementNS(SVG_NS, "svg");
    this.svg.setAttribute("class", "lk-pic");
    this.aloud = new Announcer();
    this.news = new News(this.aloud);
    this.details = html("details");
    this.scroll = html("div", "lk-scroll");
    this.details.append(html("summary", "", "The same as a table"), this.scroll);
    const past = html("div", "lk-past-tab", "In the past");
    past.setAttribute("aria-hidden", "true"); // the timeline says it
    this.root.append(this.status, this.svg, past, this.aloud.node);
    const ask = (/** @type {object} */ asked) => this.send({ type: "timeline", view: this.id, ...asked });
    this.timeline = new Timeline(this.root, {
      seek: (at) => ask({ do: "seek", at }),
      play: (speed) => ask({ do: "play", speed }),
      pause: () => ask({ do: "pause" }),
      step: (by) => ask({ do: "step", by }),
      now: () => ask({ do: "now" }),
    });
    this.told = new MomentsTold();
    /** Whether it has been told what happened up to now. */
    this.acquainted = false;
    this.root.append(this.details);
    el.append(this.root);
    this.picture = new Picture(this.svg);
    this.inspector = new Inspector(this.root, this.picture, (key) => this.send({ type: "about", view: this.id, key }));

    /** The width that the kernel was told; 0 while nothing is to be seen of the view. */
    this.width = 0;
    /** The height that the kernel was told: that of a panel which the board has to itself; 0 in a cell. */
    this.height = 0;
    /** The width that the picture was laid out for; 0 while there is none. */
    this.room = 0;
    /** The number of the last message to this view; null while it lacks one, and needs the whole. */
    this.number = /** @type {number | null} */ (null);
    this.closed = "";
    this.born = this.heard = Date.now();
    this.pause = ASK_AGAIN;
    this.jump = {};
    this.timers = /** @type {Record<string, ReturnType<typeof setTimeout> | undefined>} */ ({});

    this.hear = this.hear.bind(this);
    model.on("msg:custom", this.hear);
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.root);
    this.onVisible = () => {
      this.tell();
      this.here();
    };
    document.addEventListener("visibilitychange", this.onVisible);
    this.details.addEventListener("toggle", () => {
      this.scroll.replaceChildren(html("p", "", "The table is on its way …"));
      this.here();
    });
    this.pulse = setInterval(() => this.closed || this.here(), HERE_EVERY);
    this.watchdog = setInterval(() => this.tell(), 1000);
    this.tell();
  }

  /**
   * Start a timer of that name; the one before is forgotten.
   * @param {string} name @param {() => unknown} run @param {number} ms
   */
  after(name, run, ms) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(() => {
      this.timers[name] = undefined;
      run();
    }, ms);
  }

  // -- what the view says ----------------------------------------------------------------------------------------------

  /** @param {object} message */
  send(message) {
    try {
      this.model.send(message);
    } catch {
      // The kernel has gone first.
    }
  }

  /** Say that the view is there, and what it needs; nothing while nobody sees it: then nothing is drawn for it. */
  here() {
    if (!this.width || document.hidden) return;
    const whole = this.number === null;
    const height = this.height ? { height: this.height } : {};
    this.send({ type: "here", view: this.id, width: this.width, ...height, table: this.details.open, whole });
  }

  /** Return the height that is left for the picture in the board's own panel; 0 in a cell. */
  left() {
    const { panel, height } = roomBeside(this.root, [this.svg, this.details]);
    if (panel) this.observer.observe(panel);
    return height;
  }

  /**
   * Ask for the whole until it comes. In a kernel without subshells the first question may land behind the cells that are
   * queued (labkit/board/aside.py).
   */
  ask() {
    this.here();
    if (this.pause < HERE_EVERY) {
      this.after("ask", () => this.number === null && this.ask(), this.pause);
      this.pause *= 2;
    }
  }

  /** Something is missing, or nothing has come yet: what is there is not the present. */
  lack() {
    if (this.number !== null || !this.timers.ask) {
      this.number = null;
      this.pause = ASK_AGAIN;
      this.ask();
    }
    this.tell();
  }

  resized() {
    const now = Math.round(this.root.clientWidth);
    // A scrollbar that comes and goes is no new width.
    if (Math.abs(now - this.width) < 8 && Math.abs(this.left() - this.height) < 24) {
      clearTimeout(this.timers.settle);
      if (this.number !== null) this.root.classList.remove("lk-empty");
      return;
    }
    // While panels are still being moved about, a picture for another width would only flash by.
    if (this.room && Date.now() - this.born < NEW) this.root.classList.add("lk-empty");
    this.after("settle", () => this.settle(now), SETTLE);
  }

  /** @param {number} now */
  settle(now) {
    if (now < 50) {
      // Hidden behind another tab. When it is seen again, it begins anew.
      this.send({ type: "gone", view: this.id });
      this.width = 0;
      this.number = null;
      this.born = Date.now();
      return;
    }
    if (!this.width) onlyTheNewest();
    this.width = now;
    this.height = this.left();
    // A picture that is seen goes on for the width it has, until the whole comes for the new one.
    if (this.root.classList.contains("lk-empty")) this.number = null;
    this.pause = ASK_AGAIN;
    if (this.number === null) this.ask();
    else this.here();
    this.tell();
  }

  // -- what the view hears ---------------------------------------------------------------------------------------------

  /** @param {Message} message */
  hear(message) {
    this.heard = Date.now();
    if (message.type === "closed") this.closed = message.why;
    else if (message.type === "pulse") {
      // Not in there: the kernel has forgotten this view, or has not heard of it yet.
      if (this.width && message.views[this.id] !== this.number) this.lack();
      if (message.timeline) this.timeline.show(message.timeline);
      if ((message.told?.[this.id] ?? 0) > this.told.moments.length) this.send({ type: "timeline", view: this.id, do: "tell" });
    } else if (message.type === "timeline") {
      if (message.view === this.id) this.takeMoments(message);
    } else if (message.view === this.id) {
      if (message.type === "details") this.inspector.show(message);
      else this.take(message);
    }
    this.tell();
  }

  /** @param {TimelineNews} message */
  takeMoments(message) {
    const came = this.told.take(message);
    // What was before this view is no news; and what happened while one looks at the past is none either.
    if (this.acquainted && message.live) this.news.happened(came ?? []);
    this.acquainted = true;
    this.timeline.show({ ...message, moments: came ? this.told.moments : undefined });
  }

  /** @param {Whole | Changes} message */
  take(message) {
    if (message.type === "whole") {
      if (message.room !== this.width) {
        this.number = null; // the one for the present width is on its way
        return;
      }
      this.inspector.before();
      this.picture.replace(message);
      this.inspector.after(true);
      this.room = message.room;
      this.root.classList.remove("lk-empty");
    } else {
      if (this.number === null) return;
      if (message.number !== this.number + 1) {
        this.lack();
        return;
      }
      if (message.jump) this.atOnce();
      this.inspector.before();
      this.picture.change(message, !message.jump);
      this.inspector.after(false);
    }
    this.number = message.number;
    const { description, stale } = this.picture.about;
    this.root.classList.toggle("lk-stale", stale);
    this.timeline.trust(stale);
    this.news.picture({ ...message, description }, this.told.moments, this.timeline.shown);
    if (message.at) this.root.dataset.at = String(message.at);
    if (message.table && this.details.open) tabulate(this.scroll, message.table);
  }

  /** What is drawn next is drawn without movement: it is no change of the cluster, but another time. */
  atOnce() {
    this.root.classList.add("lk-jump");
    const jump = (this.jump = {});
    requestAnimationFrame(() =>
      requestAnimationFrame(() => this.jump === jump && this.root.classList.remove("lk-jump")),
    );
  }

  // -- what a reader is told -------------------------------------------------------------------------------------------

  /** Say how far the picture can be trusted. */
  tell() {
    const silent = Date.now() - this.heard > SILENCE;
    const state = this.closed ? "closed" : silent ? "silent" : this.number === null ? "late" : "live";
    this.root.dataset.state = state;
    this.root.classList.toggle("lk-dead", state === "closed" || state === "silent");
    if (state === "closed" || state === "silent") this.inspector.halt();
    this.root.classList.toggle("lk-late", state === "late");
    if (state === "late") {
      if (!this.timers.late) this.after("late", () => this.word("Catching up with the cluster …"), SAY_LATE);
      return;
    }
    clearTimeout(this.timers.late);
    this.timers.late = undefined;
    const last = this.room ? "This is the last picture." : "There is no picture yet.";
    if (state === "closed") this.word(`Not live any more: ${this.closed}. ${last}`);
    else if (state === "silent") this.word(`Not live any more: the notebook's kernel does not answer. ${last}`);
    else this.word("");
  }

  /** @param {string} text */
  word(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  close() {
    clearInterval(this.watchdog);
    clearInterval(this.pulse);
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.aloud.close();
    this.timeline.close();
    this.inspector.end();
    this.observer.disconnect();
    document.removeEventListener("visibilitychange", this.onVisible);
    this.model.off("msg:custom", this.hear);
    this.send({ type: "gone", view: this.id });
  }
}
