// A page for board.js to stand on: a DOM, a width, a clock, and a kernel that notes what it is told.

import { mock } from "node:test";
import { JSDOM } from "jsdom";

export const dom = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });

/** Elements have no width in this DOM: it is whatever the test says. */
let width = 0;
/** @type {Set<() => void>} */
const observers = new Set();
let calm = false;
let hidden = false;

Object.assign(globalThis, {
  document: dom.window.document,
  getComputedStyle: dom.window.getComputedStyle,
  matchMedia: () => ({ get matches() { return calm; } }),
  requestAnimationFrame: (run) => setTimeout(run, 16),
  cancelAnimationFrame: (frame) => clearTimeout(frame),
  addEventListener: dom.window.addEventListener.bind(dom.window),
  removeEventListener: dom.window.removeEventListener.bind(dom.window),
  ResizeObserver: class {
    constructor(callback) { this.callback = callback; }
    observe() { observers.add(this.callback); }
    disconnect() { observers.delete(this.callback); }
  },
});
Object.defineProperty(dom.window.HTMLElement.prototype, "clientWidth", { get: () => width });
// Nothing is laid out in this DOM: each element of the picture is 10 × 10, from its own origin on.
dom.window.SVGElement.prototype.getBBox = () => ({ x: 0, y: 0, width: 10, height: 10 });
Object.defineProperty(dom.window.document, "hidden", { get: () => hidden });

export const { default: board } = await import("../../labkit/board/browser/board.js");

/** Begin anew: an empty page, and a clock that stands still until `pass`. */
export function fresh() {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  document.body.replaceChildren();
  observers.clear();
  width = 0;
  calm = false;
  hidden = false;
  delete globalThis.jupyterapp;
}

/** Let time go by, in small steps: what a timer starts is due in time too. */
export function pass(ms) {
  for (let gone = 0; gone < ms; gone += 10) mock.timers.tick(Math.min(10, ms - gone));
}

export function resize(now) {
  width = now;
  for (const callback of observers) callback();
}

export function prefersCalm() {
  calm = true;
}

export function hide(now) {
  hidden = now;
  document.dispatchEvent(new dom.window.Event("visibilitychange"));
}

/** One widget: what its views have told the kernel, and a way to tell them something. */
export class Kernel {
  heard = [];
  callbacks = new Set();
  deaf = false;
  made = 1;

  get(name) { return this[name]; }
  on(_event, callback) { this.callbacks.add(callback); }
  off(_event, callback) { this.callbacks.delete(callback); }
  send(message) {
    if (this.dead) throw new Error("the kernel is dead");
    this.heard.push(message);
  }
  say(message) { for (const callback of this.callbacks) callback(structuredClone(message)); }
  /** Take what was heard so far. */
  take() { return this.heard.splice(0); }
}

/** Put a view of a widget on the page. */
export function open(kernel, el = document.body) {
  const holder = document.createElement("div");
  el.append(holder);
  const close = board.render({ model: kernel, el: holder });
  const root = holder.querySelector(".lk-board");
  return {
    root,
    close,
    holder,
    keys: () => [...root.querySelectorAll("[data-key]")].map((node) => node.dataset.key),
    node: (key) => root.querySelector(`[data-key="${key}"]`),
    status: () => root.querySelector('[role="status"]').textContent,
    shown: () => !root.classList.contains("lk-empty"),
    details: root.querySelector("details"),
    card: root.querySelector(".lk-card"),
  };
}

export const item = (key, x = 0, more = {}) => ({
  key, x, y: 5, cls: "pod", layer: 2, title: `Pod ${key}`, parts: [["rect", { x: 0, width: 10 }, ""]], ...more,
});

const frame = { width: 640, height: 300, title: "Deployments", description: "hello: 1 of 1 ready.", stale: false };

export const whole = (view, number, items, more = {}) => ({
  type: "whole", view, number, room: 640, ...frame, elements: items, ...more,
});

export const changes = (view, number, put, remove = [], more = {}) => ({
  type: "changes", view, number, room: 640, ...frame, put, remove, ...more,
});

/** A view that is 640 wide and has been sent the whole, as message 1. */
export function opened(kernel, items = [item("a"), item("b", 20)]) {
  const view = open(kernel);
  resize(640);
  pass(200);
  const { view: id } = kernel.take().at(-1);
  kernel.say(whole(id, 1, items));
  return { ...view, id };
}
