// A board's view and its timeline: what it asks the kernel, what it is told, and how another time is drawn.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Kernel, changes, dom, fresh, item, open, opened, pass, resize, whole } from "./page.mjs";

beforeEach(fresh);

const where = (more = {}) => ({
  begin: 940, end: 1000, at: 1000, live: true, growing: true, playing: false, speed: 1, offset: 0, ...more,
});
const news = (view, from, texts, more = {}) => ({
  type: "timeline", view, from, ...where(more),
  since: 950,
  moments: texts.map((text, i) => [10e6 * (from + i), 0, text]),
  phrases: { from: 0, all: [["pod ready", "hello", "\0"]] },
});
const marks = (view) => [...view.root.querySelectorAll(".lk-tl-mark")].map((mark) => mark.getAttribute("aria-label"));
const band = (view) => view.root.querySelector(".lk-tl-band").textContent;
const press = (view, key) =>
  view.root.dispatchEvent(new dom.window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

test("the timeline appears with the picture, below it, and not before", () => {
  const kernel = new Kernel();
  const view = open(kernel);
  resize(640);
  pass(200);
  const { view: id } = kernel.take().at(-1);
  kernel.say(news(id, 0, ["first"]));
  assert.equal(view.shown(), false);
  kernel.say(whole(id, 1, [item("a")]));
  const order = [...view.root.children].map((each) => each.tagName === "svg" ? "svg" : each.className);
  assert.ok(order.indexOf("svg") < order.findIndex((cls) => cls.startsWith("lk-timeline")));
  assert.match(band(view), /^Live · 00:16:40 · first$/);
});

test("what a reader does is said to the kernel, and no more", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(news(view.id, 0, ["a", "b"]));
  kernel.take();
  press(view, ",");
  kernel.say({ ...news(view.id, 2, []), ...where({ live: false, at: 960 }) });
  assert.ok(view.root.classList.contains("lk-in-past"));
  assert.match(band(view), /^In the past: 40\.0 s ago · 00:16:00 · b$/);
  view.root.querySelector(".lk-tl-play").click();
  view.root.querySelector('[role="slider"]').dispatchEvent(
    new dom.window.KeyboardEvent("keydown", { key: "Home", bubbles: true, cancelable: true }));
  pass(20);
  press(view, "n");
  const { id } = view;
  assert.deepEqual(kernel.take(), [
    { type: "timeline", view: id, do: "step", by: -1 },
    { type: "timeline", view: id, do: "play", speed: 1 },
    { type: "timeline", view: id, do: "seek", at: 940 },
    { type: "timeline", view: id, do: "now" },
  ]);
});

test("moments come once each; who lacks some asks for them", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(news(view.id, 0, ["a", "b"]));
  kernel.say(news(view.id, 1, ["b", "c"]));
  assert.deepEqual(marks(view), ["00:15:50 a", "00:16:00 b", "00:16:10 c"]);
  kernel.say(news("somebody else", 0, ["x"]));
  kernel.say(news(view.id, 4, ["e"])); // "d" was lost
  assert.equal(marks(view).length, 3);
  kernel.take();
  const pulse = (told) => kernel.say({ type: "pulse", views: { [view.id]: 1 }, told: { [view.id]: told }, timeline: where() });
  pulse(3);
  assert.deepEqual(kernel.take(), []);
  pulse(5);
  assert.deepEqual(kernel.take(), [{ type: "timeline", view: view.id, do: "tell" }]);
  kernel.say(news(view.id, 0, ["a", "b", "c", "d", "e"]));
  assert.deepEqual(marks(view).map((label) => label.slice(-1)), ["a", "b", "c", "d", "e"]);
});

test("a moment that was heard late stands in its place", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(news(view.id, 0, ["a", "b", "d"]));
  kernel.say(news(view.id, 2, ["c", "d"]));
  assert.deepEqual(marks(view).map((label) => label.slice(-1)), ["a", "b", "c", "d"]);
  kernel.say({ ...news(view.id, 4, ["x", "y$&"]), phrases: { from: 1, all: [["pod gone", "hello", "Pod p-\0 (1.0) gone"]] }, moments: [[40e6, 1, "x"], [41e6, 1, "y$&"]] });
  assert.match(band(view), /Pod p-y\$& \(1\.0\) gone/);
});

test("another time is drawn at once, and after it changes move again", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(changes(view.id, 2, [item("a", 70), item("c")], ["b"], { jump: true }));
  assert.ok(view.root.classList.contains("lk-jump"));
  pass(20);
  kernel.say(changes(view.id, 3, [item("a", 80)], [], { jump: true }));
  pass(20);
  assert.ok(view.root.classList.contains("lk-jump"), "the slider is still being pulled");
  pass(40);
  assert.equal(view.root.classList.contains("lk-jump"), false);
  assert.equal(view.root.querySelectorAll(".lk-enter").length, 0);
  kernel.say(changes(view.id, 4, [item("a", 90)]));
  assert.equal(view.root.classList.contains("lk-jump"), false);
});

test("the pulse says where the cursor is, also to a view that was told wrong", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(news(view.id, 0, []));
  kernel.say({ type: "pulse", views: { [view.id]: 1 }, told: {}, timeline: where({ live: false, at: 970 }) });
  assert.match(band(view), /^In the past: 30\.0 s ago/);
});

test("a view that is taken away takes its timeline with it", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(news(view.id, 0, ["a"], { live: false, at: 950, playing: true }));
  view.close();
  kernel.take();
  pass(5000);
  press(view, "n");
  assert.deepEqual(kernel.take(), []);
});

test("while the cluster is not heard, the present is not called live; the past is the past", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(news(view.id, 0, ["a"]));
  const said = () => view.root.querySelector(".lk-tl-slider").getAttribute("aria-valuetext");
  const marked = () => view.root.querySelector(".lk-tl-cut-off") !== null;
  kernel.say(changes(view.id, 2, [], [], { stale: true }));
  assert.match(band(view), /^Not live · 00:16:40 · a$/);
  assert.deepEqual([said(), marked()], ["now, not live", true]);
  kernel.say({ type: "pulse", views: { [view.id]: 2 }, timeline: where({ end: 1002, at: 1002 }) });
  assert.match(band(view), /^Not live · 00:16:42 /);
  kernel.say({ type: "pulse", views: { [view.id]: 2 }, timeline: where({ live: false, at: 960 }) });
  assert.match(band(view), /^In the past: 40\.0 s ago /);
  assert.equal(marked(), false);
  kernel.say({ type: "pulse", views: { [view.id]: 2 }, timeline: where() });
  kernel.say(changes(view.id, 3, [], [], { stale: false }));
  assert.match(band(view), /^Live · 00:16:40 · a$/);
  assert.deepEqual([said(), marked()], ["now", false]);
});
