// When a view shows what: nothing of another width, nothing old, nothing that was missed.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Kernel, changes, dom, fresh, hide, item, open, opened, pass, prefersCalm, resize, whole } from "./page.mjs";

beforeEach(fresh);

test("a view says its width, once it stands, before anything is shown", () => {
  const kernel = new Kernel();
  const view = open(kernel);
  assert.deepEqual(kernel.take(), []);
  for (const width of [200, 420, 640]) {
    resize(width);
    pass(50);
  }
  assert.deepEqual(kernel.take(), [], "panels are still being moved about");
  pass(100);
  const said = kernel.take();
  assert.equal(said.length, 1);
  const { view: id, ...rest } = said[0];
  assert.deepEqual(rest, { type: "here", width: 640, table: false, whole: true });
  assert.equal(view.shown(), false);
  assert.equal(view.root.dataset.state, "late");

  kernel.say(whole(id, 1, [item("other")], { room: 420, width: 420 }));
  assert.equal(view.shown(), false, "it is for another width");
  kernel.say(whole("somebody else", 1, [item("other")]));
  assert.equal(view.shown(), false, "it is for another view");
  kernel.say(changes(id, 2, [item("other")]));
  assert.deepEqual(view.keys(), []);

  kernel.say(whole(id, 3, [item("a"), item("b")]));
  assert.equal(view.shown(), true);
  assert.equal(view.root.dataset.state, "live");
  assert.deepEqual(view.keys(), ["a", "b"]);
});

test("a view asks again until it is heard", () => {
  const kernel = new Kernel();
  open(kernel);
  resize(640);
  pass(130);
  assert.equal(kernel.take().length, 1);
  pass(400);
  assert.equal(kernel.take().length, 1);
  pass(800);
  assert.equal(kernel.take().length, 1);
  for (let i = 0; i < 20; i++) pass(1000);
  const rest = kernel.take();
  assert.ok(rest.length >= 6);
  assert.ok(rest.every((message) => message.type === "here" && message.whole));
});

test("another width is drawn at once: no element goes from its old place to its new one", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  pass(5000);
  const before = view.node("a");
  kernel.take();
  resize(900);
  pass(130);
  assert.deepEqual(kernel.take(), [{ type: "here", view: view.id, width: 900, table: false, whole: false }]);
  // until the answer is there, the cluster goes on
  kernel.say(changes(view.id, 2, [item("a", 50)]));
  assert.equal(view.node("a").style.transform, "translate(50px, 5px)");
  assert.equal(view.node("a"), before, "what happens in the cluster moves");

  kernel.say(whole(view.id, 3, [item("a", 80), item("c")], { room: 900, width: 900 }));
  assert.notEqual(view.node("a"), before);
  assert.equal(view.root.querySelectorAll(".lk-enter, .lk-leave, [data-left]").length, 0);
  assert.deepEqual(view.keys(), ["a", "c"]);
});

test("while JupyterLab moves its panels about, the picture for the width before is not shown", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  resize(420);
  assert.equal(view.shown(), false);
  pass(130);
  assert.equal(kernel.take().at(-1).width, 420);
  kernel.say(changes(view.id, 2, [item("z")]));
  assert.equal(view.shown(), false);
  kernel.say(whole(view.id, 3, [item("a")], { room: 420, width: 420 }));
  assert.equal(view.shown(), true);
  assert.deepEqual(view.keys(), ["a"]);
});

test("a width that goes there and back is none", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  resize(420);
  pass(50);
  resize(640);
  pass(500);
  assert.equal(view.shown(), true);
  assert.deepEqual(kernel.take(), []);
});

test("a scrollbar is no new width", () => {
  const kernel = new Kernel();
  opened(kernel);
  resize(634);
  pass(500);
  assert.deepEqual(kernel.take(), []);
});

test("a view that missed a message asks for the whole, says so, and changes nothing until it comes", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(changes(view.id, 2, [item("c")]));
  assert.deepEqual(kernel.take(), []);
  kernel.say(changes(view.id, 4, [item("d")], ["a"])); // 3 was lost
  assert.deepEqual(kernel.take(), [{ type: "here", view: view.id, width: 640, table: false, whole: true }]);
  assert.equal(view.root.dataset.state, "late");
  kernel.say(changes(view.id, 5, [item("e")]));
  assert.deepEqual(view.keys(), ["a", "b", "c"]);
  pass(500);
  assert.match(view.status(), /Catching up/);
  kernel.say(whole(view.id, 6, [item("b"), item("d"), item("e")]));
  assert.deepEqual(view.keys(), ["b", "d", "e"]);
  assert.equal(view.root.dataset.state, "live");
  assert.equal(view.status(), "");
  kernel.say(changes(view.id, 7, [], ["d"]));
  assert.deepEqual(view.keys(), ["b", "e"]);
});

test("catching up is not said in words when it is over at once", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(changes(view.id, 3, []));
  pass(100);
  assert.equal(view.root.dataset.state, "late");
  assert.equal(view.status(), "");
  kernel.say(whole(view.id, 4, [item("a")]));
  pass(1000);
  assert.equal(view.status(), "");
});

test("the last message before a quiet time is missed too: the pulse says its number", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say({ type: "pulse", views: { [view.id]: 1 } });
  assert.deepEqual(kernel.take(), []);
  assert.equal(view.root.dataset.state, "live");
  kernel.say({ type: "pulse", views: { [view.id]: 2 } });
  assert.equal(view.root.dataset.state, "late");
  assert.equal(kernel.take().at(-1).whole, true);
});

test("a view that the kernel has forgotten asks for the whole", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say({ type: "pulse", views: {} });
  assert.equal(view.root.dataset.state, "late");
  assert.equal(kernel.take().at(-1).whole, true);
});

test("an answer that was lost is asked for again", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(changes(view.id, 3, []));
  kernel.take();
  pass(401);
  assert.equal(kernel.take().length, 1);
  kernel.say(whole(view.id, 4, [item("a")]));
  pass(2000);
  assert.deepEqual(kernel.take().filter((message) => message.whole), []);
});

test("a view says every three seconds that it is there, and not while nobody looks at it", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.take();
  pass(3000);
  kernel.say({ type: "pulse", views: { [view.id]: 1 } });
  pass(3000);
  assert.equal(kernel.take().length, 2);
  hide(true);
  pass(30_000);
  assert.deepEqual(kernel.take(), []);
  kernel.say({ type: "pulse", views: {} });
  assert.equal(view.root.dataset.state, "late");
  assert.deepEqual(kernel.take(), []);
  hide(false);
  assert.equal(kernel.take().at(-1).whole, true);
});

test("a panel behind another one goes, and begins anew when it is seen again", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.take();
  resize(0);
  pass(200);
  assert.deepEqual(kernel.take(), [{ type: "gone", view: view.id }]);
  pass(10_000);
  assert.deepEqual(kernel.take(), []);
  resize(640);
  pass(130);
  assert.equal(kernel.take().at(-1).whole, true);
  assert.notEqual(view.root.dataset.state, "live");
});

test("the table is asked for while it is open, and shown only then", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  const table = { head: ["Pod", "Ready"], rows: [["hello-1", "yes"]] };
  kernel.say(changes(view.id, 2, [], [], { table }));
  assert.equal(view.root.querySelector("table"), null);
  kernel.take();
  view.details.open = true;
  view.details.dispatchEvent(new dom.window.Event("toggle"));
  assert.deepEqual(kernel.take(), [{ type: "here", view: view.id, width: 640, table: true, whole: false }]);
  kernel.say(changes(view.id, 3, [], [], { table }));
  assert.equal(view.root.querySelector("th").getAttribute("scope"), "col");
  assert.equal(view.root.querySelector("td").textContent, "hello-1");
  view.details.open = false;
  view.details.dispatchEvent(new dom.window.Event("toggle"));
  assert.equal(kernel.take().at(-1).table, false);
  assert.equal(view.root.querySelector("table"), null, "an old one is not kept");
});

test("a kernel that says nothing for seven seconds is not live, and one that speaks again is", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  pass(6000);
  assert.equal(view.root.dataset.state, "live");
  pass(2000);
  assert.equal(view.root.dataset.state, "silent");
  assert.ok(view.root.classList.contains("lk-dead"));
  assert.match(view.status(), /does not answer. This is the last picture/);
  kernel.say({ type: "pulse", views: { [view.id]: 1 } });
  assert.equal(view.root.dataset.state, "live");
  assert.equal(view.status(), "");
});

test("a board that has ended says why, also to a view that opens after that", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say({ type: "closed", why: "the notebook was started over" });
  assert.match(view.status(), /^Not live any more: the notebook was started over. This is the last picture.$/);
  pass(60_000);
  assert.match(view.status(), /started over/);

  const late = open(kernel);
  resize(640);
  pass(130);
  const { view: id } = kernel.take().at(-1);
  kernel.say(whole(id, 1, [item("a")]));
  kernel.say({ type: "closed", why: "the notebook was started over" });
  assert.deepEqual(late.keys(), ["a"]);
  assert.equal(late.root.dataset.state, "closed");
});

test("two views of one widget each have their own width, number and elements", () => {
  const kernel = new Kernel();
  const first = opened(kernel);
  const second = open(kernel);
  resize(640);
  pass(130);
  const id = kernel.take().at(-1).view;
  assert.notEqual(id, first.id);
  kernel.say(whole(id, 1, [item("x")]));
  kernel.say(changes(first.id, 2, [item("y")]));
  assert.deepEqual(first.keys(), ["a", "b", "y"]);
  assert.deepEqual(second.keys(), ["x"]);
  assert.equal(second.root.dataset.state, "live");
});

test("what comes fades in, what goes fades out and is taken away", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(changes(view.id, 2, [item("c")], ["a"]));
  assert.ok(view.node("c").classList.contains("lk-enter"));
  assert.equal(view.root.querySelectorAll(".lk-leave").length, 1);
  pass(100);
  assert.ok(!view.node("c").classList.contains("lk-enter"));
  pass(500);
  assert.equal(view.root.querySelectorAll(".lk-leave").length, 0);
});

test("an element that comes back while it still fades out is there once", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(changes(view.id, 2, [], ["a"]));
  kernel.say(changes(view.id, 3, [item("a", 7)]));
  pass(1000);
  assert.deepEqual(view.keys().sort(), ["a", "b"]);
  assert.equal(view.root.querySelectorAll("[data-left]").length, 0);
});

test("who prefers no motion sees none: what goes is gone at once", () => {
  prefersCalm();
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(changes(view.id, 2, [item("c")], ["a"]));
  assert.equal(view.root.querySelectorAll(".lk-leave, [data-left]").length, 0);
  assert.deepEqual(view.keys(), ["b", "c"]);
  pass(100);
  assert.equal(view.root.querySelectorAll(".lk-enter").length, 0);
});

test("a screen reader hears the picture in words, the latest, and not more often than every 2.5 seconds", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  const live = view.root.querySelector('[aria-live="polite"]');
  pass(1);
  assert.equal(live.textContent, "hello: 1 of 1 ready.");
  kernel.say(changes(view.id, 2, [], [], { description: "hello: 1 of 3 ready." }));
  kernel.say(changes(view.id, 3, [], [], { description: "hello: 2 of 3 ready." }));
  pass(2000);
  assert.equal(live.textContent, "hello: 1 of 1 ready.");
  pass(600);
  assert.equal(live.textContent, "hello: 2 of 3 ready.");
  const svg = view.root.querySelector("svg");
  assert.equal(svg.getAttribute("role"), "group");
  assert.equal(svg.getAttribute("aria-label"), "Deployments. hello: 2 of 3 ready.");
  assert.equal(view.root.querySelector("summary").textContent, "The same as a table");
});

test("a stale picture is marked", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.say(changes(view.id, 2, [], [], { stale: true }));
  assert.ok(view.root.classList.contains("lk-stale"));
  kernel.say(changes(view.id, 3, [], [], { stale: false }));
  assert.ok(!view.root.classList.contains("lk-stale"));
});

test("of two boards beside the notebooks, the newer one stays", () => {
  const disposed = [];
  const panels = ["old", "new"].map((id) => {
    const panel = document.createElement("div");
    panel.className = "jupyterlab-sidecar";
    panel.id = id;
    document.body.append(panel);
    return { id, panel, dispose: () => disposed.push(id) };
  });
  globalThis.jupyterapp = { shell: { widgets: () => panels } };
  const kernels = [new Kernel(), new Kernel()];
  kernels[1].made = 2;
  kernels.forEach((kernel, i) => open(kernel, panels[i].panel));
  resize(640);
  pass(130);
  assert.deepEqual([...new Set(disposed)], ["old"]);
});

test("a view that is taken away says so, and leaves nothing running", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.take();
  view.close();
  assert.deepEqual(kernel.take(), [{ type: "gone", view: view.id }]);
  assert.equal(kernel.callbacks.size, 0);
  hide(true);
  hide(false);
  pass(60_000);
  assert.deepEqual(kernel.take(), []);
});

test("a kernel that is dead raises nothing in the page", () => {
  const kernel = new Kernel();
  const view = opened(kernel);
  kernel.dead = true;
  pass(10_000);
  view.close();
});

test("in a panel of its own a view says how tall the picture may be, and again when that changes", () => {
  const kernel = new Kernel();
  const panel = document.createElement("div");
  panel.className = "jupyterlab-sidecar";
  let tall = 900;
  Object.defineProperty(panel, "clientHeight", { get: () => tall });
  document.body.append(panel);
  open(kernel, panel);
  resize(640);
  pass(130);
  const [first] = kernel.take();
  assert.equal(first.width, 640);
  assert.ok(first.height > 800 && first.height < 900, "less what stands below the picture");
  tall = 910;
  resize(640);
  pass(130);
  assert.deepEqual(kernel.take(), [], "a few pixels are no new height");
  tall = 1200;
  resize(640);
  pass(130);
  assert.equal(kernel.take()[0].height, first.height + 300);
});
