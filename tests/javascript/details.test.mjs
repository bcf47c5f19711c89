// Details by pointer, click and keyboard: one stop for Tab, an order that makes sense, a card that follows its thing.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Kernel, changes, dom, fresh, item, opened, pass, whole } from "./page.mjs";

const { kubectlAge } = await import("../../labkit/board/browser/ages.js");
const { groups } = await import("../../labkit/board/browser/keyboard.js");
const { choose } = await import("../../labkit/board/browser/place.js");

/** What was copied. @type {string[]} */
let copied = [];
let mayCopy = true;

beforeEach(() => {
  fresh();
  copied = [];
  mayCopy = true;
  Object.defineProperty(globalThis.navigator, "clipboard", {
    configurable: true,
    value: {
      async writeText(text) {
        if (!mayCopy) throw new Error("not allowed");
        copied.push(text);
      },
    },
  });
});

const spot = (key, x, y, width = 10, height = 10) => ({ key, x, y, width, height });
const ROWS = [["Status", "Ready", "good", 0], ["Age", "{age}", "fg", 1000]];
const about = (view, key, more = {}) => ({
  type: "details", view, key, at: 1075, speed: 1,
  details: { kind: "Pod", name: "hello-1", rows: ROWS, command: "kubectl describe pod hello-1" }, ...more,
});
const at = (key, x, y, more = {}) => item(key, x, { y, ...more });
const PICTURE = [at("live", 0, 0, { title: "" }), at("node:a", 0, 100), at("node:b", 50, 100), at("pod:1", 0, 100), at("pod:2", 50, 100), at("service:s", 5, 40)];
const ORDER = ["service:s", "node:a", "pod:1", "node:b", "pod:2"];

function press(key, more = {}) {
  const event = new dom.window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  document.activeElement.dispatchEvent(event);
  return event;
}
const focused = () => document.activeElement.dataset?.key ?? document.activeElement.tagName;
const point = (node, type) => node.dispatchEvent(new dom.window.Event(type, { bubbles: true }));
/** As Tab does: to what the page lets it stop at. */
const tab = (view) => view.root.querySelector('svg [tabindex="0"]').focus();
const stops = (view) => [...view.root.querySelectorAll('svg [tabindex="0"]')].map((node) => node.dataset.key);
const settled = () => new Promise((done) => setImmediate(done));

test("the order: along the top, Services, Deployments, the Pods without a Node, Nodes with theirs, events", () => {
  const spots = [
    spot("event:2", 0, 520), spot("event:1", 0, 500), spot("pod:far", 320, 380), spot("node:b", 300, 200, 90, 250),
    spot("pod:low", 120, 380), spot("pod:right", 150, 300), spot("pod:left", 110, 303), spot("node:a", 100, 200, 90, 250),
    spot("ghost:x:0", 120, 150), spot("rs:new", 10, 230, 60, 20), spot("card:two", 0, 300, 80, 60), spot("card:one", 0, 200, 80, 60),
    spot("service:s", 110, 240), spot("requests", 0, 10, 400, 40), spot("history:1", 500, 10),
  ];
  assert.deepEqual(groups(spots), [
    ["requests"], ["service:s"], ["card:one", "rs:new"], ["card:two"], ["ghost:x:0"],
    ["node:a", "pod:left", "pod:right", "pod:low"], ["node:b", "pod:far"], ["history:1"], ["event:1", "event:2"],
  ]);
});

test("ages as kubectl writes them", () => {
  const said = [-1, -2, 0, 119.9, 120, 601, 605, 3 * 3600 - 1, 3 * 3600, 7 * 3600 + 300, 26 * 3600, 50 * 3600, 9 * 86400, 800 * 86400];
  const words = ["0s", "<invalid>", "0s", "119s", "2m", "10m", "10m", "179m", "3h", "7h5m", "26h", "2d2h", "9d", "2y70d"];
  assert.deepEqual(said.map(kubectlAge), words);
});

test("the card stands where it fits, never over its element, and stays on its side", () => {
  const area = { left: 0, top: 0, right: 480, bottom: 700 };
  const tall = () => 300;
  const clear = (box, got) =>
    got.left >= box.right || got.left + got.width <= box.left || got.top >= box.bottom || got.top + got.height <= box.top;
  for (let x = 0; x < 440; x += 20) {
    for (let y = 0; y < 660; y += 20) {
      const box = { left: x, top: y, right: x + 40, bottom: y + 40 };
      const got = choose(box, area, tall);
      assert.ok(clear(box, got), `over it at ${x}, ${y}`);
      assert.ok(got.left >= 0 && got.left + got.width <= 480, `outside at ${x}, ${y}`);
      assert.ok(got.top >= 0 && got.top + got.height <= 700, `outside at ${x}, ${y}`);
      assert.ok(got.height >= 300, "whole");
    }
  }
  const box = { left: 300, top: 300, right: 340, bottom: 340 };
  assert.equal(choose(box, { ...area, right: 900 }, tall).side, "right");
  assert.equal(choose(box, { ...area, right: 900 }, tall, "left").side, "left");
  // as wide as the board and as tall: there is no room beside it
  const all = { left: 0, top: 20, right: 480, bottom: 650 };
  assert.equal(choose(all, area, tall).top, 660);
});

test("Tab stops once in the picture, at the first of its things; arrows go on from there", () => {
  const view = opened(new Kernel(), PICTURE);
  assert.equal(stops(view).length, 1);
  tab(view);
  assert.equal(focused(), "service:s");
  const seen = [focused()];
  for (let i = 0; i < 4; i++) {
    assert.equal(press("ArrowDown").defaultPrevented, true);
    seen.push(focused());
    assert.deepEqual(stops(view), [focused()]);
  }
  assert.deepEqual(seen, ORDER);
  press("ArrowDown");
  assert.equal(focused(), "pod:2", "there is none after it");
  press("ArrowUp");
  press("ArrowUp");
  assert.equal(focused(), "pod:1");
  press("ArrowRight");
  assert.equal(focused(), "node:b", "the next group");
  press("ArrowLeft");
  assert.equal(focused(), "node:a");
  press("End");
  press("ArrowLeft");
  assert.equal(focused(), "node:b", "first to the head of its own");
  press("Home");
  assert.equal(focused(), "service:s");
  // who comes back by Tab is where they were
  press("ArrowDown");
  document.activeElement.blur();
  tab(view);
  assert.equal(focused(), "node:a");
});

test("keys that are for others are left to them", () => {
  const view = opened(new Kernel(), PICTURE);
  tab(view);
  for (const [key, more] of [["c", { ctrlKey: true }], ["ArrowDown", { altKey: true }], ["x", {}], ["Escape", {}], ["Tab", {}]]) {
    assert.equal(press(key, more).defaultPrevented, false, key);
  }
  assert.equal(focused(), "service:s");
  document.activeElement.blur();
  assert.equal(press("c").defaultPrevented, false, "the focus is elsewhere");
  assert.equal(view.card.hidden, true);
});

test("Enter shows the details, that are asked for, with an age that goes on; Escape closes them", () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  tab(view);
  press("ArrowDown");
  press("ArrowDown");
  kernel.take();
  press("Enter");
  assert.deepEqual(kernel.take(), [{ type: "about", view: view.id, key: "pod:1" }]);
  assert.equal(view.card.hidden, true, "nothing is shown before it came");
  kernel.say(about(view.id, "pod:2"));
  assert.equal(view.card.hidden, true, "it is about another");
  kernel.say(about(view.id, "pod:1"));
  assert.equal(view.card.hidden, false);
  const values = () => [...view.card.querySelectorAll("dd")].map((each) => each.textContent);
  assert.deepEqual(values(), ["Ready", "75s"]);
  pass(3000);
  assert.deepEqual(values(), ["Ready", "78s"]);
  const node = view.node("pod:1");
  assert.equal(node.getAttribute("aria-controls"), view.card.id);
  const title = document.getElementById(view.card.getAttribute("aria-labelledby"));
  assert.equal(title.textContent, "Pod hello-1");
  assert.equal(focused(), "pod:1", "the focus stays");
  // while it is open it goes along
  press("ArrowDown");
  assert.deepEqual(kernel.take().at(-1), { type: "about", view: view.id, key: "node:b" });
  press("ArrowUp");
  kernel.say(about(view.id, "pod:1"));
  assert.equal(press("Escape").defaultPrevented, true);
  assert.equal(view.card.hidden, true);
  assert.equal(node.hasAttribute("aria-controls"), false);
  assert.deepEqual(kernel.take().at(-1), { type: "about", view: view.id, key: "" });
  assert.equal(focused(), "pod:1");
});

test("time on the card stands when it stands on the picture, and when the board is not live any more", () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  tab(view);
  press("Enter");
  const age = () => view.card.querySelectorAll("dd")[1].textContent;
  kernel.say(about(view.id, "service:s", { speed: 0 }));
  pass(5000);
  assert.equal(age(), "75s");
  kernel.say(about(view.id, "service:s", { speed: 4 }));
  pass(2000);
  assert.equal(age(), "83s");
  kernel.say({ type: "closed", why: "the board was closed" });
  pass(5000);
  assert.equal(age(), "83s");
});

test("a screen reader hears the details when they open, and that the thing is gone", () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  const aloud = () => [...view.root.querySelectorAll("[aria-live]")].at(-1).textContent;
  tab(view);
  press("Enter");
  kernel.say(about(view.id, "service:s"));
  pass(10);
  assert.equal(aloud(), "Pod hello-1. Status: Ready. Age: 75s");
  kernel.say(changes(view.id, 2, [], ["service:s"]));
  kernel.say(about(view.id, "service:s", { details: null }));
  pass(3000);
  assert.equal(aloud(), "Pod hello-1 is gone.");
  assert.match(view.card.textContent, /Gone\. This is what was last known of it\..*Ready/);
  assert.equal(view.card.querySelector(".lk-lost").hidden, false);
  assert.equal(view.card.hidden, false);
});

test("c copies the command, from the picture and from the card; where that is forbidden it is marked", async () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  tab(view);
  assert.equal(press("c").defaultPrevented, true);
  assert.deepEqual(copied, [], "it is not known yet");
  kernel.say(about(view.id, "service:s"));
  await settled();
  assert.deepEqual(copied, ["kubectl describe pod hello-1"]);
  assert.equal(view.card.querySelector(".lk-copy").textContent, "Copiedc");
  pass(2100);
  assert.equal(view.card.querySelector(".lk-copy").textContent, "Copyc");
  view.card.querySelector(".lk-copy").focus();
  press("c");
  await settled();
  assert.equal(copied.length, 2);
  mayCopy = false;
  press("c");
  await settled();
  assert.match(view.card.querySelector(".lk-copy").textContent, /Ctrl\+C/);
  assert.equal(document.getSelection().toString(), "kubectl describe pod hello-1");
  press("Escape");
  assert.equal(focused(), "service:s", "the focus goes back to what it was about");
});

test("a pointer that rests is told, and not any more when it has gone; a click stays", () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  kernel.take();
  const svg = view.root.querySelector("svg");
  point(view.node("pod:1").firstChild, "pointermove");
  pass(200);
  assert.deepEqual(kernel.take(), [], "it only passes by");
  point(view.node("pod:2").firstChild, "pointermove");
  pass(400);
  assert.deepEqual(kernel.take(), [{ type: "about", view: view.id, key: "pod:2" }]);
  kernel.say(about(view.id, "pod:2"));
  assert.equal(view.card.hidden, false);
  svg.dispatchEvent(new dom.window.Event("pointerleave"));
  pass(100);
  view.card.dispatchEvent(new dom.window.Event("pointerenter"));
  pass(1000);
  assert.equal(view.card.hidden, false, "it went into the card");
  view.card.dispatchEvent(new dom.window.Event("pointerleave"));
  pass(300);
  assert.equal(view.card.hidden, true);
  point(view.node("pod:1").firstChild, "click");
  kernel.say(about(view.id, "pod:1"));
  svg.dispatchEvent(new dom.window.Event("pointerleave"));
  pass(3000);
  assert.equal(view.card.hidden, false, "it is pinned");
  point(view.node("pod:2").firstChild, "pointermove");
  pass(1000);
  assert.deepEqual(kernel.take().filter((m) => m.type === "about").at(-1).key, "pod:1");
  point(svg, "click");
  assert.equal(view.card.hidden, true);
});

test("Escape closes what a resting pointer opened, wherever the focus is", () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  point(view.node("pod:1"), "pointermove");
  pass(400);
  kernel.say(about(view.id, "pod:1"));
  assert.equal(view.card.hidden, false);
  document.body.dispatchEvent(new dom.window.KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  assert.equal(view.card.hidden, true);
});

test("an element without details, and a kernel that does not answer: the card says what the picture says", () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  point(view.node("pod:1"), "click");
  pass(400);
  assert.equal(view.card.hidden, true);
  pass(200);
  assert.equal(view.card.hidden, false);
  assert.match(view.card.textContent, /Pod pod:1/);
  assert.equal(view.card.querySelector("footer").hidden, true);
});

test("the focus stays where it is while the picture changes, and goes to the nearest when its thing has gone", () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  tab(view);
  press("End");
  assert.equal(focused(), "pod:2");
  kernel.say(changes(view.id, 2, [at("pod:2", 52, 100), at("pod:3", 60, 110)]));
  assert.equal(focused(), "pod:2");
  kernel.say(whole(view.id, 3, [...PICTURE, at("pod:3", 60, 110)]));
  assert.equal(focused(), "pod:2", "it is another node, and the same thing");
  assert.deepEqual(stops(view), ["pod:2"]);
  kernel.say(changes(view.id, 4, [], ["pod:2", "node:b"]));
  assert.equal(focused(), "pod:3");
  assert.deepEqual(stops(view), ["pod:3"]);
  pass(1000);
  assert.equal(focused(), "pod:3");
  document.activeElement.blur();
  kernel.say(changes(view.id, 5, [], ["pod:3"]));
  assert.equal(focused(), "BODY", "nobody who is elsewhere is taken back");
  assert.equal(stops(view).length, 1);
});

test("a ring stands around what has the focus by keyboard, and around what the card is about", () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  const ring = view.root.querySelector(".lk-ring");
  const around = () => (ring.style.display === "none" ? "" : ring.style.transform);
  assert.equal(around(), "");
  tab(view);
  assert.equal(around(), "translate(3px, 35px)", "5 around it, and never over the edge");
  assert.equal(ring.nextSibling, null, "above all else");
  document.activeElement.blur();
  assert.equal(around(), "");
  view.node("pod:2").dispatchEvent(new dom.window.Event("pointerdown", { bubbles: true }));
  view.node("pod:2").focus();
  assert.equal(around(), "", "who points sees where");
  point(view.node("pod:2"), "click");
  kernel.say(about(view.id, "pod:2"));
  assert.equal(around(), "translate(45px, 95px)");
  kernel.say(changes(view.id, 2, [at("pod:2", 150, 100)]));
  assert.equal(around(), "translate(145px, 95px)");
});

test("a view that the kernel forgot asks again for what is open", () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  point(view.node("pod:1"), "click");
  kernel.take();
  kernel.say(whole(view.id, 9, PICTURE));
  assert.deepEqual(kernel.take().filter(({ type }) => type === "about"), [{ type: "about", view: view.id, key: "pod:1" }]);
});

test("what is only drawn has no name and cannot be reached", () => {
  const view = opened(new Kernel(), PICTURE);
  const live = view.node("live");
  assert.equal(live.getAttribute("aria-hidden"), "true");
  assert.equal(live.hasAttribute("tabindex"), false);
  const pod = view.node("pod:1");
  assert.equal(pod.getAttribute("role"), "img");
  assert.equal(view.root.querySelector("svg").getAttribute("role"), "group", "an image has no parts");
  assert.equal(pod.getAttribute("aria-label"), "Pod pod:1");
  assert.equal(pod.querySelector("title"), null, "no second tooltip");
});

test("a view that is taken away takes its keys with it", () => {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  tab(view);
  view.close();
  assert.equal(press("ArrowDown").defaultPrevented, false);
});
