// The timeline by itself: what the reader wants is said, once in a frame, and what is shown is true.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Timeline } from "../../labkit/board/browser/timeline.js";
import { clockTime, duration } from "../../labkit/board/browser/clock.js";
import { merged, railLength } from "../../labkit/board/browser/rail.js";
import { dom, fresh, pass, resize } from "./page.mjs";

beforeEach(fresh);

const BEGIN = 900;
const moment = (at, text = `at ${at}`, kind = "pod ready") => ({ at: BEGIN + at, kind, text, app: "hello" });
const shown = (more = {}) => ({
  begin: BEGIN, end: BEGIN + 60, at: BEGIN + 60, live: true, growing: true, playing: false, speed: 1, offset: 0, ...more,
});

/** A timeline of a minute on a rail of 600 pixels, and what it asks for. */
function made(more = {}) {
  const root = document.createElement("div");
  document.body.append(root);
  const asked = [];
  const note = (name) => (...given) => asked.push([name, ...given]);
  const timeline = new Timeline(root, {
    seek: note("seek"), play: note("play"), pause: note("pause"), step: note("step"), now: note("now"),
  });
  resize(600);
  timeline.show(shown(more));
  const find = (css) => root.querySelector(css);
  return { root, timeline, find, take: () => asked.splice(0), all: (css) => [...root.querySelectorAll(css)] };
}

const press = (node, key, more = {}) =>
  node.dispatchEvent(new dom.window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
const point = (node, type, clientX) =>
  node.dispatchEvent(new dom.window.MouseEvent(type, { clientX, button: 0, bubbles: true, cancelable: true }));
const place = (node) => Number.parseFloat(node.style.left);

test("times in words", () => {
  assert.equal(clockTime(14 * 3600 + 3 * 60 + 22.9, 0), "14:03:22");
  assert.equal(clockTime(0, 8 * 3600), "08:00:00");
  assert.equal(duration(12.44), "12.4 s");
  assert.equal(duration(59.97), "1 min 00 s");
  assert.equal(duration(125), "2 min 05 s");
  assert.equal(duration(3600 + 119), "1 h 02 min");
});

test("before anything is recorded the bar is calm", () => {
  const { root, find, all } = made({ begin: 0, end: 0, at: 0 });
  assert.ok(find(".lk-tl-nothing"));
  assert.equal(find(".lk-tl-band").textContent, "Nothing recorded yet");
  assert.equal(all(".lk-tl-mark").length, 0);
  assert.equal(root.classList.contains("lk-in-past"), false);
});

test("moments that stand close together are one mark with their number; what comes at the end moves none", () => {
  const moments = [moment(1), moment(2), moment(30), moment(50)];
  const marks = merged(moments, BEGIN, 60, 600);
  assert.deepEqual(marks.map((mark) => mark.moments.length), [2, 1, 1]);
  assert.deepEqual(merged([...moments, moment(50.5)], BEGIN, 60, 600).slice(0, 2), marks.slice(0, 2));
  assert.equal(railLength(61, true), railLength(89, true));
  assert.equal(railLength(61, false), 61);
});

test("a mark says its moments when it is pointed at or focused, and leads there", () => {
  const { timeline, find, all, take } = made();
  timeline.show({ ...shown(), moments: [moment(1, "scaled"), moment(1.5, "started"), moment(30, "Node lost", "node lost")] });
  const marks = all(".lk-tl-mark");
  assert.deepEqual(marks.map((mark) => mark.textContent), ["2", ""]);
  assert.deepEqual(marks.map((mark) => mark.style.left), ["1.667%", "50%"]);
  assert.ok(marks[1].classList.contains("lk-tl-bad"));
  const names = marks.map((mark) => mark.getAttribute("aria-label"));
  assert.deepEqual(names, ["2 moments: 00:15:01 scaled, and 1 more", "00:15:30 Node lost"]);
  assert.deepEqual(marks.map((mark) => mark.tabIndex), [0, -1], "one stop for the Tab key");
  marks[0].dispatchEvent(new dom.window.Event("pointerenter"));
  assert.deepEqual(all(".lk-tl-said").map((line) => line.textContent), ["00:15:01scaled", "00:15:01started"]);
  marks[0].dispatchEvent(new dom.window.Event("pointerleave"));
  pass(300);
  assert.equal(find(".lk-tl-tip").hidden, true);

  marks[0].focus();
  press(marks[0], "ArrowRight");
  assert.equal(document.activeElement, marks[1]);
  assert.deepEqual(all(".lk-tl-said").map((line) => line.textContent), ["00:15:30Node lost"]);
  press(marks[1], "ArrowLeft");
  press(marks[0], "ArrowDown");
  press(document.activeElement, "ArrowDown");
  assert.equal(document.activeElement.textContent, "00:15:01started");
  document.activeElement.click();
  pass(20);
  assert.deepEqual(take(), [["seek", BEGIN + 1.5]]);
  marks[1].click();
  pass(20);
  assert.deepEqual(take(), [["seek", BEGIN + 30]]);
});

test("the slider goes with the arrows, Home and End", () => {
  const { root, timeline, find, take } = made();
  const slider = find('[role="slider"]');
  press(slider, "ArrowLeft");
  assert.match(find(".lk-tl-band").textContent, /^In the past: 1\.0 s ago · 00:15:59/, "at once");
  assert.ok(root.classList.contains("lk-in-past"));
  press(slider, "ArrowLeft");
  press(slider, "PageDown");
  pass(20);
  assert.deepEqual(take(), [["seek", BEGIN + 52]], "the last in a frame of the page");
  timeline.show(shown({ at: BEGIN + 52, live: false }));
  press(slider, "ArrowRight", { shiftKey: true });
  pass(20);
  assert.ok(Math.abs(take()[0][1] - (BEGIN + 52.1)) < 1e-6);
  press(slider, "Home");
  pass(20);
  assert.deepEqual(take(), [["seek", BEGIN]]);
  assert.equal(slider.getAttribute("aria-valuenow"), "0.0");
  assert.match(slider.getAttribute("aria-valuetext"), /^1 min 00 s ago, 00:15:00$/);
  press(slider, "End");
  assert.deepEqual(take(), [["now"]]);
});

test("comma and period step, n goes to the present, and not while somebody types", () => {
  const { root, timeline, take } = made();
  press(root, "n");
  assert.deepEqual(take(), [], "it is there");
  press(root, ",");
  timeline.show(shown({ at: BEGIN + 30, live: false }));
  press(root, ".");
  timeline.show(shown({ at: BEGIN + 31, live: false }));
  press(root, "n");
  assert.deepEqual(take(), [["step", -1], ["step", 1], ["now"]]);
  press(root, ",", { ctrlKey: true });
  const input = document.createElement("input");
  root.append(input);
  press(input, ",");
  assert.deepEqual(take(), []);
});

test("a pointer pulls the slider: at once on the page, once in a frame to the kernel, at the right end to the present", () => {
  const { timeline, find, take } = made();
  const slider = find('[role="slider"]');
  point(slider, "pointerdown", 100);
  point(slider, "pointermove", 200);
  point(slider, "pointermove", 300);
  assert.equal(place(find(".lk-tl-thumb")), 50);
  assert.deepEqual(take(), []);
  pass(20);
  assert.deepEqual(take(), [["seek", BEGIN + 30]]);
  timeline.show(shown({ at: BEGIN + 10, live: false })); // the answer to what was wanted before
  assert.equal(place(find(".lk-tl-thumb")), 50);
  point(slider, "pointermove", 400);
  point(slider, "pointerup", 400);
  assert.deepEqual(take(), [["seek", BEGIN + 40]]);
  timeline.show(shown({ at: BEGIN + 40, live: false }));
  point(slider, "pointermove", 500);
  pass(20);
  assert.deepEqual(take(), [], "it was let go");
  point(slider, "pointerdown", 500);
  point(slider, "pointermove", 600);
  point(slider, "pointerup", 600);
  assert.deepEqual(take().at(-1), ["now"]);
});

test("while the past is looked at, the recording goes on: its end moves, the cursor does not", () => {
  const { find } = made({ at: BEGIN + 30, live: false });
  const before = place(find(".lk-tl-thumb"));
  assert.equal(before, 50);
  pass(5000);
  assert.match(find(".lk-tl-band").textContent, /^In the past: 35\.0 s ago · 00:15:30/);
  // a minute was full: the rail is longer now
  assert.equal(place(find(".lk-tl-thumb")), 33.333);
  pass(10_000);
  assert.equal(place(find(".lk-tl-thumb")), 33.333, "and does not creep");
});

test("while it plays the cursor goes on, at its speed, up to the end", () => {
  const { timeline, find, take } = made({ growing: false, live: false, at: BEGIN + 10 });
  const moved = () => place(find(".lk-tl-thumb"));
  assert.match(find(".lk-tl-band").textContent, /^10\.0 s of 1 min 00 s · 00:15:10/);
  find(".lk-tl-play").click();
  assert.deepEqual(take(), [["play", 1]]);
  timeline.show(shown({ growing: false, live: false, playing: true, speed: 4, at: BEGIN + 10 }));
  pass(2000);
  assert.ok(Math.abs(moved() - 30) < 0.2, String(moved()));
  assert.equal(find(".lk-tl-play").getAttribute("aria-label"), "Pause");
  find(".lk-tl-play").click();
  assert.deepEqual(take(), [["pause"]]);
  pass(60_000);
  assert.equal(moved(), 100);
});

test("the speed is chosen before it plays, or while it does", () => {
  const { timeline, find, all, take } = made({ at: BEGIN + 30, live: false });
  const [quarter, , , four] = all('[role="radio"]');
  quarter.click();
  assert.deepEqual(take(), []);
  assert.equal(quarter.getAttribute("aria-checked"), "true");
  timeline.show(shown({ at: BEGIN + 30, live: false }));
  find(".lk-tl-play").click();
  assert.deepEqual(take(), [["play", 0.25]]);
  timeline.show(shown({ at: BEGIN + 30, live: false, playing: true, speed: 0.25 }));
  four.click();
  assert.deepEqual(take(), [["play", 4]]);
});

test("live there is one way on: the present is shown, and can be paused", () => {
  const { root, find, take } = made();
  assert.match(find(".lk-tl-band").textContent, /^Live · 00:16:00$/);
  assert.equal(find(".lk-tl-now").getAttribute("aria-disabled"), "true");
  find(".lk-tl-play").click();
  assert.deepEqual(take(), [["pause"]]);
  assert.equal(root.classList.contains("lk-in-past"), false);
});

test("a screen reader hears where a step led, and not more often than every 2.5 seconds", () => {
  const { root, timeline, find } = made();
  timeline.show({ ...shown(), moments: [moment(1, "scaled"), moment(2, "started"), moment(30, "Ready")] });
  const heard = new Set();
  const step = (key, at) => {
    press(root, key);
    timeline.show(shown({ at: BEGIN + at, live: false }));
    pass(100);
    heard.add(find('.lk-live').textContent);
  };
  step(",", 30);
  step(",", 2);
  step(",", 1);
  pass(2600);
  heard.add(find('.lk-live').textContent);
  assert.deepEqual([...heard], ["Ready. In the past: 30.0 s ago, 00:15:30.", "scaled. In the past: 59.0 s ago, 00:15:01."]);
});

test("a timeline that is taken away leaves nothing running", () => {
  const { root, timeline, take } = made({ playing: true, live: false, at: BEGIN });
  timeline.close();
  assert.equal(root.childElementCount, 0);
  press(root, "n");
  pass(5000);
  assert.deepEqual(take(), []);
});
