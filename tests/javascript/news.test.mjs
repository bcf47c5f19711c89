// What a screen reader hears of a board: what changed, summed up, and not too often.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { News, news } from "../../labkit/board/browser/news.js";
import { Announcer } from "../../labkit/board/browser/announcer.js";
import { Kernel, changes, fresh, item, opened, pass, whole } from "./page.mjs";

beforeEach(fresh);

const pod = (name, kind, app = "hello") => ({
  kind: `pod ${kind}`,
  text: `Pod hello-5d8f7c-${name} (2.0.0) ${{ ready: "Ready", terminating: "Terminating" }[kind] ?? kind}`,
  app,
});
const many = (count, kind) => Array.from({ length: count }, (_, i) => pod(`p${i}`, kind));

test("a Pod that is Ready is named, with how far its Deployment is", () => {
  const [before, after] = ["auth: 1 of 1 ready. hello: 1 of 3 ready, 2 Pending.", "auth: 1 of 1 ready. hello: 2 of 3 ready, 1 Pending."];
  assert.equal(news([pod("x2b", "ready")], before, after), "Pod x2b (2.0.0) Ready; hello: 2 of 3 ready");
});

test("of the steps of one Pod the last is said, and a Service that it joins is no more than its being Ready", () => {
  const steps = ["scheduled", "started", "ready", "joined"].map((kind) => pod("x2b", kind));
  assert.equal(news(steps, "", ""), "Pod x2b (2.0.0) Ready");
  assert.equal(news([...steps, pod("x2b", "terminating"), pod("x2b", "left")], "", ""), "Pod x2b (2.0.0) Terminating");
  assert.equal(news([pod("x2b", "not ready"), pod("x2b", "ready")], "", ""), "Pod x2b (2.0.0) Ready");
  assert.match(news([pod("x2b", "ready"), pod("x2b", "not ready")], "", ""), /not ready$/);
  const joined = { ...pod("x2b", "joined"), text: "Pod hello-5d8f7c-x2b joined Service hello: it receives requests" };
  assert.equal(news([joined], "", ""), "Pod x2b joined Service hello");
});

test("a crowd is counted, by what it has come to and by whose it is", () => {
  assert.equal(news(many(12, "ready"), "", ""), "12 Pods of hello Ready");
  const apart = [...many(4, "scheduled"), ...many(3, "ready").map((each) => ({ ...each, app: "" }))];
  assert.equal(news(apart, "", ""), "3 Pods Ready; Pod p3 (2.0.0) scheduled");
  assert.equal(news(many(2, "ready"), "", "").split("; ").length, 2, "two are named");
  const lost = Array.from({ length: 9 }, (_, i) => ({ kind: "request lost", text: `A request was lost: ${i}`, app: "" }));
  assert.equal(news(lost, "", ""), "9 requests were lost");
});

test("what was done comes first, and no more than six things are said at once", () => {
  const done = { kind: "scaled", text: "Deployment hello scaled from 1 to 3 replicas", app: "hello" };
  assert.match(news([pod("a", "scheduled"), done], "", ""), /^Deployment hello scaled .*; Pod a /);
  const nodes = Array.from({ length: 8 }, (_, i) => ({ kind: "node lost", text: `Node ${i} NotReady`, app: "" }));
  assert.match(news(nodes, "", ""), /Node 5 NotReady; and 2 more changes$/);
});

test("what is not the present, and what stands under another owner, is said when it changes", () => {
  const well = "hello: 3 of 3 ready.";
  assert.equal(news([], well, `Not live: the API server does not answer. ${well}`), "Not live: the API server does not answer");
  assert.equal(news([], `Not live: the API server does not answer. ${well}`, well), "Live again");
  assert.equal(news([], well, `${well} StatefulSet web: 1 Pending.`), "StatefulSet web: 1 Pending");
  assert.equal(news([], well, "hello: 3 of 3 ready, 3 Pods + 1 Terminating."), "", "nothing that is worth an interruption");
});

test("changes are gathered, and said at most every four seconds, with nothing left out", () => {
  const aloud = new Announcer();
  const told = new News(aloud);
  told.whole("hello: 0 of 9 ready.");
  pass(10);
  const heard = [aloud.node.textContent];
  const seen = () => heard.at(-1) !== aloud.node.textContent && heard.push(aloud.node.textContent);
  for (let i = 0; i < 9; i++) {
    told.happened([pod(`p${i}`, "ready")]);
    told.shows(`hello: ${i + 1} of 9 ready.`);
    for (let ms = 0; ms < 1000; ms += 100) {
      pass(100);
      seen();
    }
  }
  for (let ms = 0; ms < 5000; ms += 100) {
    pass(100);
    seen();
  }
  assert.deepEqual(heard, [
    "hello: 0 of 9 ready.",
    "4 Pods of hello Ready; hello: 4 of 9 ready",
    "4 Pods of hello Ready; hello: 8 of 9 ready",
    "Pod p8 (2.0.0) Ready; hello: 9 of 9 ready",
  ]);
  pass(60_000);
  assert.equal(aloud.node.textContent, heard.at(-1), "nothing changed, nothing is said");
});

test("what lies before a place that one goes to is not told", () => {
  const told = new News(new Announcer());
  told.happened(many(5, "ready"));
  told.from("hello: 9 of 9 ready.");
  told.happened([pod("x2b", "terminating")]);
  assert.equal(told.take(), "Pod x2b (2.0.0) Terminating");
});

const line = (view, from, moments, more = {}) => ({
  type: "timeline", view, from, begin: 100, end: 200, at: 200, live: true, growing: true, playing: false, speed: 1,
  since: 100,
  moments: moments.map(({ at }, i) => [(at - 100) * 1e6, from + i]),
  phrases: { from, all: moments.map(({ kind, app, text }) => [kind, app, text]) },
  ...more,
});
const at = (time, moment) => ({ at: time, ...moment });

test("a view says what there is once, then what changes; what was before it is no news", () => {
  const kernel = new Kernel();
  const view = opened(kernel, [item("a")]);
  const heard = () => view.root.querySelector(":scope > [aria-live]").textContent;
  kernel.say(line(view.id, 0, [at(150, pod("old", "ready"))]));
  kernel.say(whole(view.id, 2, [item("a")], { at: 160 }));
  pass(10);
  assert.equal(heard(), "hello: 1 of 1 ready.");
  pass(8000);
  assert.equal(heard(), "hello: 1 of 1 ready.");
  kernel.say(changes(view.id, 3, [item("b")], [], { at: 190, description: "hello: 2 of 2 ready." }));
  kernel.say(line(view.id, 1, [at(190, pod("new", "ready"))]));
  pass(700);
  assert.equal(heard(), "Pod new (2.0.0) Ready; hello: 2 of 2 ready");
});

test("a jump in time says what there was then; what is played says what happened between two pictures", () => {
  const kernel = new Kernel();
  const view = opened(kernel, [item("a")]);
  const heard = () => view.root.querySelector(":scope > [aria-live]").textContent;
  const moments = [at(110, pod("a", "ready")), at(120, pod("b", "ready")), at(130, pod("c", "ready"))];
  kernel.say(line(view.id, 0, moments));
  kernel.say(whole(view.id, 2, [item("a")], { at: 190 }));
  pass(5000);
  kernel.say(line(view.id, 3, [], { live: false, at: 115, playing: true }));
  kernel.say(changes(view.id, 3, [], [], { at: 115, jump: true, description: "hello: 1 of 3 ready, 2 Pending." }));
  pass(5000);
  assert.equal(heard(), "hello: 1 of 3 ready, 2 Pending.");
  kernel.say(changes(view.id, 4, [], [], { at: 121, description: "hello: 2 of 3 ready, 1 Pending." }));
  pass(5000);
  assert.equal(heard(), "Pod b (2.0.0) Ready; hello: 2 of 3 ready");
});
