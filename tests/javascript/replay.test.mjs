// The replay page's player on the recorded rollout (record.py): what it shows at any time is what Python laid out for it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeEach, test } from "node:test";
import { byKey, seen, sent } from "./seen.mjs";
import { dom, fresh, pass, prefersCalm, resize } from "./page.mjs";

const { Replay } = await import("../../labkit/board/browser/replay.js");
const { lastUntil } = await import("../../labkit/board/browser/frames.js");
const recorded = JSON.parse(readFileSync(path.join(path.dirname(process.env.LABKIT_MESSAGES), "replay.json"), "utf8"));
const { frames, moments } = recorded;
const END = frames.at(-1).at;

beforeEach(fresh);

/** The replay in an empty page that is so wide. */
async function opened(width = 960) {
  document.body.innerHTML = recorded.html;
  resize(width);
  const root = document.querySelector(".lk-replay");
  const replay = await Replay.open(root);
  const find = (css) => root.querySelector(css);
  return { root, replay, find, all: (css) => [...root.querySelectorAll(css)], at: () => replay.player.at };
}

/** What is pointed at has one class more than Python gave it. */
const plain = (element) => ({ ...element, cls: element.cls.replace(/ ?lk-spot$/, "") });

/** The picture in a page must be this one. */
function shows(root, scene) {
  const nodes = [...root.querySelectorAll(".lk-player svg [data-key]")];
  assert.deepEqual(nodes.map(seen).map(plain).sort(byKey), scene.elements.map(sent).sort(byKey));
  const svg = root.querySelector(".lk-player .lk-pic");
  assert.equal(svg.getAttribute("aria-label"), `${scene.title}. ${scene.description}`);
}

/** Numbers that seem to come by chance, and are the same in each run. */
function* dice(seed) {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    yield x / 2 ** 32;
  }
}

const press = (node, key, more = {}) => {
  const event = new dom.window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  node.dispatchEvent(event);
  return event;
};

for (const width of [480, 960]) {
  test(`wherever one goes, the picture is the whole one of that time: ${width} pixels wide`, async () => {
    prefersCalm();
    const { root, replay, find } = await opened(width);
    find("details").open = true;
    const chance = dice(width);
    for (let i = 0; i < 60; i += 1) {
      const frame = frames[Math.floor(chance.next().value * frames.length)];
      replay.seek(frame.at);
      shows(root, frame.scenes[width]);
      assert.deepEqual(replay.account.table(replay.number).rows, frame.table.rows);
    }
  });
}

test("playing on, and stepping, leads to the same pictures", async () => {
  prefersCalm();
  const { root, replay } = await opened();
  for (const frame of frames) {
    replay.player.seek(frame.at);
    replay.draw(true);
    pass(250); // until the last word has been written
    shows(root, frame.scenes[960]);
  }
});

test("another width takes the picture that was laid out for it, of the same time", async () => {
  prefersCalm();
  const { root, replay } = await opened(960);
  const frame = frames[Math.floor(frames.length / 2)];
  replay.seek(frame.at);
  resize(470);
  await replay.fit();
  shows(root, frame.scenes[480]);
  assert.equal(replay.number, replay.account.frame(frame.at));
});

test("the picture is as tall as the tallest, whatever is on it", async () => {
  const { replay, find } = await opened();
  const box = () => find(".lk-player .lk-pic").getAttribute("viewBox");
  const before = box();
  for (const frame of frames) {
    replay.seek(frame.at);
    assert.equal(box(), before);
  }
  const tallest = Math.max(...frames.map((frame) => frame.scenes[960].height));
  assert.ok(Number(before.split(" ")[3]) >= tallest);
});

test("the play button begins, stands on the picture only then, and comes back at the end", async () => {
  const { root, find, at } = await opened();
  const big = find(".lk-begin");
  assert.match(big.textContent, /^Play · /);
  big.click();
  assert.equal(big.hidden, true);
  assert.equal(root.dataset.state, "playing");
  pass(1000);
  assert.ok(at() > 900 && at() <= 1000, `${at()}`);
  press(root, "End");
  assert.equal(root.dataset.state, "ended");
  assert.match(big.textContent, /^Play again/);
  big.click();
  assert.ok(at() < 100);
  assert.equal(root.dataset.state, "playing");
});

test("it plays to its end by itself, shows every moment, and leaves out stretches in which nothing happens", async () => {
  const { root, replay, find, at } = await opened();
  find(".lk-begin").click();
  const said = new Set();
  const quiet = new Set();
  let took = 0;
  while (root.dataset.state === "playing") {
    pass(50);
    took += 50;
    said.add(find(".lk-caption").textContent);
    quiet.add(find(".lk-quiet").textContent);
    assert.ok(took < END + 20_000, `still at ${at()}`);
  }
  assert.equal(at(), END);
  shows(root, frames.at(-1).scenes[960]);
  assert.ok(took < END * 0.75, `${took} ms for ${END} ms`);
  // what is said of a stretch is how long nothing changed: the longest one of the recording is there
  const changes = replay.account.changes;
  const longest = Math.max(...changes.slice(1).map((time, i) => time - changes[i]));
  assert.ok(quiet.has(`Nothing changed for ${Math.round(longest / 1000)} s`), [...quiet].join());
  const words = [...said].join(" · ");
  const missed = moments.filter((moment) => !words.includes(moment.words));
  // those of one instant are told together; those that others follow at once may not be read by anybody
  assert.ok(missed.length < moments.length / 2, `${missed.length} of ${moments.length}`);
});

test("a stretch in which something happens is left as it was", async () => {
  const { replay } = await opened();
  const { changes } = replay.account;
  for (const [before, after] of changes.slice(1).map((time, i) => [changes[i], time])) {
    replay.player.at = (before + after) / 2;
    assert.equal(replay.player.stretch() !== null, after - before >= 4000 && after - before > 1800);
  }
});

test("the list says what happened, marks where one is, and leads there", async () => {
  const { root, replay, all, find } = await opened();
  const lines = all(".lk-outline li");
  assert.deepEqual(lines.map((line) => line.querySelector("span").textContent), moments.map((moment) => moment.words));
  const i = Math.floor(moments.length / 2);
  lines[i].querySelector("button").click();
  assert.equal(replay.player.at, moments[i].at);
  const marked = all('[aria-current="step"]');
  assert.equal(marked.length, 1);
  const last = lastUntil(moments.map((moment) => moment.at), moments[i].at);
  assert.equal(marked[0], lines[last].firstElementChild);
  assert.ok(find(".lk-caption").textContent.includes(moments[i].words));
  const key = moments[last].key;
  const spot = all(".lk-spot").map((node) => node.dataset.key);
  assert.deepEqual(spot, root.querySelector(`svg [data-key="${key}"]`) ? [key] : []);
});

test("keys: space plays and pauses, comma and full stop step, Home and End", async () => {
  const { root, at } = await opened();
  press(root, " ");
  assert.equal(root.dataset.state, "playing");
  press(root, " ");
  assert.equal(root.dataset.state, "standing");
  press(root, "Home");
  const times = [...new Set(moments.map((moment) => moment.at))].filter((time) => time > 0);
  press(root, ".");
  assert.equal(at(), times[0]);
  press(root, ".");
  assert.equal(at(), times[1]);
  press(root, ",");
  assert.equal(at(), times[0]);
  press(root, "End");
  assert.equal(at(), END);
  press(root, "Home");
  assert.equal(at(), 0);
});

test("a button is pressed by the space bar itself, and keys with Ctrl are the browser's", async () => {
  const { root, find } = await opened();
  assert.equal(press(find(".lk-told"), " ").defaultPrevented, false);
  assert.equal(press(find("summary"), " ").defaultPrevented, false);
  assert.equal(press(root, "End", { ctrlKey: true }).defaultPrevented, false);
  assert.equal(root.dataset.state, "standing");
});

test("the table is that of the time, and goes with it", async () => {
  const { replay, find, all } = await opened();
  find("details").open = true;
  find("details").dispatchEvent(new dom.window.Event("toggle"));
  for (const frame of [frames[0], frames[Math.floor(frames.length / 2)], frames.at(-1)]) {
    replay.seek(frame.at);
    const rows = all("tbody tr").map((row) => [...row.cells].map((cell) => cell.textContent));
    assert.deepEqual(rows, frame.table.rows);
  }
});

test("what is behind an element is told, and goes with the time", async () => {
  const { replay, find } = await opened();
  const details = JSON.parse(gunzipSync(Buffer.from(find('script[data-part="details"]').textContent, "base64")));
  const [key, told] = Object.entries(details).find(([name, each]) => name.startsWith("pod:") && each.length > 3);
  for (const [frame, wanted] of told.filter(([, each]) => each)) {
    replay.seek(replay.account.story.times[frame]);
    replay.inspector.card.open(key, true);
    await replay.about(key);
    assert.equal(find(".lk-card").hidden, false);
    assert.equal(find(".lk-card .lk-name").textContent, wanted.name);
    assert.equal(find(".lk-card code").textContent, wanted.command);
    assert.equal(find(".lk-card dd").textContent, wanted.rows[0][1]);
    replay.inspector.card.close();
  }
});

test("the timeline has its place, and its slider leads there", async () => {
  const { replay, find, at } = await opened();
  const slider = find('[role="slider"]');
  press(slider, "ArrowRight");
  pass(20);
  assert.equal(Math.round(at()), 1000);
  assert.match(find(".lk-tl-band").textContent, /^1\.0 s of /);
  replay.seek(END / 2);
  assert.equal(slider.getAttribute("aria-valuenow"), (END / 2000).toFixed(1));
});

test("what cannot be read leaves what is there for readers without scripts", async () => {
  document.body.innerHTML = recorded.html;
  resize(960);
  const root = document.querySelector(".lk-replay");
  root.querySelector('script[data-part="layout"][data-width="960"]').textContent = "AAAA";
  await assert.rejects(Replay.open(root));
  assert.equal(root.classList.contains("lk-plays"), false);
  assert.equal(root.querySelector(".lk-player"), null);
  assert.ok(root.querySelector(".lk-fallback svg"));
});
