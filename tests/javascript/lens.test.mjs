// The lens: a Node opened by key or pointer, its Pods reached, one of them opened, and back again by Escape.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Kernel, dom, fresh, item, opened, pass } from "./page.mjs";

const { unfolded } = await import("../../labkit/board/browser/lens.js");

beforeEach(() => fresh());

const pod = (number, status = "Ready", cls = "pod s-ready r0") => [`pod:${number}`, `0000${number}`, `web-h1-0000${number}`, status, cls, "M0 0Z", "M1 1"];
const node = (view, inside) => ({
  type: "details", view, key: "node:a", at: 1075, speed: 1,
  details: { kind: "Node", name: "a", rows: [["Status", "Ready", "good", 0]], command: "kubectl describe node a", inside },
});
const of = (view, number) => ({
  type: "details", view, key: `pod:${number}`, at: 1075, speed: 1,
  details: { kind: "Pod", name: `web-h1-0000${number}`, rows: [["Status", "Ready", "good", 0]], command: "kubectl describe pod x" },
});
// a tile: no Pod has an element of its own
const PICTURE = [item("node:a", 0), item("cell:a/web", 0, { y: 8 }), item("node:b", 50)];

function press(key) {
  const event = new dom.window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
  return event;
}
const pods = (view) => [...view.card.querySelectorAll(".lk-lens-pod")];
const said = (view) => pods(view).map((each) => each.dataset.label);
const title = (view) => view.card.querySelector(".lk-title").textContent;

/** A view with the Node open, and the focus on it. */
function open(inside) {
  const kernel = new Kernel();
  const view = opened(kernel, PICTURE);
  view.node("node:a").focus();
  press("Enter");
  kernel.say(node(view.id, inside));
  return { kernel, view };
}

test("Enter on a Node shows its Pods in their slots, with glyph, name and STATUS; Enter again closes", () => {
  const { view } = open([pod(1), null, pod(3, "ImagePullBackOff", "pod s-failing r1")]);
  assert.deepEqual(said(view), ["web-h1-00001: Ready", "web-h1-00003: ImagePullBackOff"]);
  const [first, second] = pods(view);
  assert.equal(first.nextElementSibling.nextElementSibling, second, "the slot between them is free");
  assert.equal(second.querySelector("g").getAttribute("class"), "pod s-failing r1");
  assert.deepEqual([...second.querySelectorAll("path")].map((each) => each.getAttribute("d")), ["M0 0Z", "M1 1"]);
  assert.equal(second.textContent, "00003 Image\u200bPull\u200bBack\u200bOff", "broken before capitals only");
  assert.equal(second.classList.contains("lk-failing"), true);
  press("Enter");
  assert.equal(view.card.hidden, true);
});

test("arrow keys go from Pod to Pod, Enter opens one, Escape goes back to it, and then closes", () => {
  const { kernel, view } = open([pod(1), pod(2), pod(3)]);
  pods(view)[0].focus();
  press("ArrowRight");
  assert.equal(document.activeElement, pods(view)[1]);
  press("End");
  assert.equal(document.activeElement, pods(view)[2]);
  press("Home");
  press("ArrowRight");
  kernel.take();
  document.activeElement.click();
  assert.deepEqual(kernel.take(), [{ type: "about", view: view.id, key: "pod:2" }]);
  assert.equal(document.activeElement, view.card.querySelector(".lk-back"), "the focus is not lost with the Pods");
  kernel.say(of(view.id, 2));
  assert.equal(title(view), "Pod web-h1-00002");
  assert.equal(view.card.hidden, false, "though nothing on the picture is the Pod's own");
  assert.equal(pods(view).length, 0);
  assert.equal(press("Escape").defaultPrevented, true);
  assert.deepEqual(kernel.take(), [{ type: "about", view: view.id, key: "node:a" }]);
  kernel.say(node(view.id, [pod(1), pod(2), pod(3)]));
  assert.equal(title(view), "Node a");
  assert.equal(document.activeElement, pods(view)[1]);
  press("Escape");
  assert.equal(view.card.hidden, true);
  assert.equal(document.activeElement, view.node("node:a"));
});

test("of Pods that are as they were only that is told, and those that stay are the same elements", () => {
  const { kernel, view } = open([pod(1), pod(2), pod(3)]);
  const before = pods(view);
  before[0].focus();
  kernel.say(node(view.id, [0, pod(2, "Terminating", "pod s-terminating r0"), 0]));
  assert.deepEqual(said(view), ["web-h1-00001: Ready", "web-h1-00002: Terminating", "web-h1-00003: Ready"]);
  kernel.say(node(view.id, [0, null, 0]));
  assert.deepEqual(said(view), ["web-h1-00001: Ready", "web-h1-00003: Ready"]);
  assert.equal(pods(view)[0], before[0]);
  assert.equal(pods(view)[1], before[2]);
  assert.equal(document.activeElement, before[0]);
});

test("of a Pod without details of its own the card says what the Node's said, and Escape leads back", () => {
  const { kernel, view } = open([pod(1)]);
  pods(view)[0].click();
  kernel.take();
  kernel.say({ ...of(view.id, 1), details: null });
  assert.equal(view.card.hidden, false);
  assert.equal(title(view).trim(), "web-h1-00001: Ready");
  press("Escape");
  assert.deepEqual(kernel.take(), [{ type: "about", view: view.id, key: "node:a" }]);
  kernel.say(node(view.id, [pod(1)]));
  assert.equal(title(view), "Node a");
});

test("a recording's details are unfolded from their beginning, and anew after the thing was gone", () => {
  const told = (inside) => ({ kind: "Node", name: "a", rows: [], command: "", inside });
  assert.equal(unfolded([]), null);
  assert.deepEqual(unfolded([told([pod(1), pod(2)]), told([0, pod(2, "Error"), pod(3)]), told([0, 0, null])]).inside, [pod(1), pod(2, "Error"), null]);
  assert.deepEqual(unfolded([told([pod(1)]), null, told([pod(2)])]).inside, [pod(2)]);
  assert.equal(unfolded([told([pod(1)]), null]), null);
});
