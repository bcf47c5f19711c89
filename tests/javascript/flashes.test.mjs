// What lasts less than 200 ms does not flash. How the page's style does its part: tests/browser/test_flashes.py.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Kernel, changes, fresh, item, opened, pass, prefersCalm } from "./page.mjs";

beforeEach(fresh);

const said = (word, x = 0) => item("a", 0, { parts: [["text", { x, class: "t-strong" }, word]] });
const word = (view) => view.node("a").textContent;

test("what comes and goes before it was drawn has never been seen", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(changes(view.id, 2, [item("c")]));
  const node = view.node("c");
  pass(10);
  assert.ok(node.classList.contains("lk-enter"));
  kernel.say(changes(view.id, 3, [], ["c"]));
  assert.ok(node.classList.contains("lk-enter"), "it does not show because it leaves");
  assert.ok(node.classList.contains("lk-leave"));
  pass(600);
  assert.equal(node.isConnected, false);
});

test("what changes while it comes fades in all the same", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(changes(view.id, 2, [item("c")]));
  kernel.say(changes(view.id, 3, [item("c", 0, { cls: "pod s-ready" })]));
  assert.equal(view.node("c").getAttribute("class"), "pod s-ready lk-enter");
  kernel.say(changes(view.id, 4, [], [], { patch: [["c", { cls: "pod s-terminating" }, []]] }));
  assert.equal(view.node("c").getAttribute("class"), "pod s-terminating lk-enter");
  pass(100);
  assert.equal(view.node("c").getAttribute("class"), "pod s-terminating");
});

test("what goes and comes back while it still fades is the same element, and comes back from where it is", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  const node = view.node("a");
  for (const number of [2, 4]) {
    kernel.say(changes(view.id, number, [], ["a"]));
    assert.ok(node.classList.contains("lk-leave"));
    assert.equal(view.node("a"), null);
    pass(300);
    kernel.say(changes(view.id, number + 1, [item("a", 7)]));
    assert.equal(view.node("a"), node);
    assert.equal(node.getAttribute("class"), "pod");
    assert.equal(node.getAttribute("tabindex"), "-1");
    assert.equal(node.dataset.left, undefined);
    pass(300);
  }
  pass(2000);
  assert.ok(node.isConnected, "no timer of its leaving takes it away");
});

test("a word that is true for less than 200 ms is passed over, and the last one is shown", () => {
  const kernel = new Kernel();
  const view = opened(kernel, [said("1 Pending")]);
  pass(1000);
  kernel.say(changes(view.id, 2, [said("2 Pending", 1)]));
  assert.equal(word(view), "2 Pending", "the first one at once");
  pass(50);
  kernel.say(changes(view.id, 3, [said("1 Pending", 2)]));
  pass(50);
  kernel.say(changes(view.id, 4, [], [], { patch: [["a", {}, [[0, { x: 3 }, "2 Ready"]]]] }));
  assert.equal(word(view), "2 Pending");
  assert.equal(view.node("a").firstChild.getAttribute("x"), "1", "where it was written");
  pass(90);
  assert.equal(word(view), "2 Pending");
  pass(20);
  assert.equal(word(view), "2 Ready");
  assert.equal(view.node("a").firstChild.getAttribute("x"), "3");
  pass(180);
  kernel.say(changes(view.id, 5, [said("1 Ready")]));
  assert.equal(word(view), "2 Ready", "it has stood for less than 200 ms");
  pass(20);
  assert.equal(word(view), "1 Ready");
});

test("so too for who prefers no motion", () => {
  prefersCalm();
  const kernel = new Kernel();
  const view = opened(kernel, [said("1 Pending")]);
  kernel.say(changes(view.id, 2, [said("2 Pending")]));
  kernel.say(changes(view.id, 3, [said("1 Pending")]));
  assert.equal(word(view), "2 Pending");
  pass(210);
  assert.equal(word(view), "1 Pending");
});

test("another time is shown at once, whatever was about to be written", () => {
  const kernel = new Kernel();
  const view = opened(kernel, [said("1 Pending")]);
  kernel.say(changes(view.id, 2, [said("2 Pending")]));
  kernel.say(changes(view.id, 3, [said("3 Pending")]));
  kernel.say(changes(view.id, 4, [said("0 Pods")], [], { jump: true }));
  assert.equal(word(view), "0 Pods");
  pass(1000);
  assert.equal(word(view), "0 Pods");
});
