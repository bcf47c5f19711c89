// The rollout that was recorded, as the board's Python half tells it (record.py): the page must show it, moment by moment.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { byKey, seen, sent } from "./seen.mjs";
import { Kernel, dom, fresh, open, pass, prefersCalm, resize } from "./page.mjs";

const recorded = JSON.parse(readFileSync(process.env.LABKIT_MESSAGES, "utf8"));
const WIDTHS = { narrow: 480, wide: 960, focus: 800, many: 900 };

beforeEach(fresh);

for (const [name, steps] of Object.entries(recorded)) {
  test(`the page shows what Python laid out: ${name}`, () => {
    prefersCalm();
    const kernel = new Kernel();
    const view = open(kernel);
    view.details.open = true;
    view.details.dispatchEvent(new dom.window.Event("toggle"));
    resize(WIDTHS[name]);
    pass(130);
    const { view: id } = kernel.take().at(-1);
    let compared = 0;
    for (const { message, scene, table } of steps) {
      kernel.say({ ...message, view: id });
      assert.equal(view.root.dataset.state, "live");
      if (!scene) continue;
      compared += 1;
      pass(250); // until the last word has been written
      const nodes = [...view.root.querySelectorAll("svg [data-key]")];
      assert.deepEqual(nodes.map(seen).sort(byKey), scene.elements.map(sent).sort(byKey));
      assert.equal(view.root.querySelector("svg").getAttribute("viewBox"), `0 0 ${scene.width} ${scene.height}`);
      const rows = [...view.root.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
      assert.deepEqual(rows, table.rows);
    }
    assert.ok(compared > 20, "the recording is long");
    assert.ok(steps.filter(({ message }) => message.type === "whole").length === 1);
    assert.deepEqual(kernel.take().filter((message) => message.whole), [], "nothing was missed");
  });
}
