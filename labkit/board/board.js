// The live board. Python lays the picture out; this file moves the page to it, element by element.

const SVG = "http://www.w3.org/2000/svg";
/** Milliseconds without a sign of life after which the board says that it is not live any more (Python: every 2 s). */
const SILENCE = 7000;
/** Milliseconds between two announcements to a screen reader. */
const SAY_EVERY = 2500;
/** Milliseconds until an element that left is taken away; a little more than board.css takes to fade it. */
const LEAVE = 480;

/**
 * @typedef {[string, Record<string, string | number>, string]} Part
 * @typedef {{key: string, x: number, y: number, cls: string, layer: number, title: string, parts: Part[]}} Element_
 * @typedef {{width: number, height: number, title: string, description: string, stale: boolean, at?: number,
 *   elements?: Element_[], put?: Element_[], remove?: string[], table?: {head: string[], rows: string[][]}}} Scene
 */

/** Make an element of the page. */
function html(tag, cls = "", text = "") {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  if (text) node.textContent = text;
  return node;
}

/** Set only what differs: an attribute that is set again to the same value can still cost a layout. */
function attribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** The picture: keyed elements in three layers. */
class Picture {
  constructor(svg) {
    this.svg = svg;
    this.layers = [0, 1, 2].map((i) => {
      const layer = document.createElementNS(SVG, "g");
      layer.setAttribute("class", `lk-l${i}`);
      return layer;
    });
    this.name = document.createElementNS(SVG, "title");
    svg.replaceChildren(this.name, ...this.layers);
    /** @type {Map<string, {node: SVGGElement, parts: SVGElement[], label: SVGElement | null, layer: number}>} */
    this.known = new Map();
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** @param {Scene} scene */
  frame(scene) {
    attribute(this.svg, "viewBox", `0 0 ${scene.width} ${scene.height}`);
    attribute(this.svg, "aria-label", `${scene.title}. ${scene.description}`);
    if (this.name.textContent !== scene.title) this.name.textContent = scene.title;
  }

  /** @param {Scene} scene - the whole of it */
  replace(scene) {
    const keys = new Set(scene.elements.map((e) => e.key));
    for (const key of [...this.known.keys()]) if (!keys.has(key)) this.remove(key);
    for (const element of scene.elements) this.put(element);
    this.frame(scene);
  }

  /** @param {Scene} scene - what changed */
  change(scene) {
    for (const key of scene.remove) this.remove(key);
    for (const element of scene.put) this.put(element);
    this.frame(scene);
  }

  /** @param {Element_} element */
  put(element) {
    let entry = this.known.get(element.key);
    const fresh = !entry;
    if (!entry) {
      const node = document.createElementNS(SVG, "g");
      node.dataset.key = element.key;
      entry = { node, parts: [], label: null, layer: element.layer };
      this.known.set(element.key, entry);
      this.layers[element.layer].append(node);
    }
    const { node } = entry;
    node.style.transform = `translate(${element.x}px, ${element.y}px)`;
    attribute(node, "class", element.cls);
    this.parts(entry, element);
    if (fresh && !this.calm.matches) {
      node.classList.add("lk-enter");
      requestAnimationFrame(() => requestAnimationFrame(() => node.classList.remove("lk-enter")));
    }
  }

  parts(entry, element) {
    const same = entry.parts.length === element.parts.length && entry.parts.every((p, i) => p.tagName === element.parts[i][0]);
    if (!same) {
      entry.parts = element.parts.map(([tag]) => document.createElementNS(SVG, tag));
      entry.label = element.title ? document.createElementNS(SVG, "title") : null;
      entry.node.replaceChildren(...(entry.label ? [entry.label] : []), ...entry.parts);
    }
    if (entry.label && entry.label.textContent !== element.title) entry.label.textContent = element.title;
    element.parts.forEach(([, attributes, text], i) => {
      const part = entry.parts[i];
      for (const name of part.getAttributeNames()) if (name !== "style" && !(name in attributes)) part.removeAttribute(name);
      for (const [name, value] of Object.entries(attributes)) {
        attribute(part, name, String(value));
        // As a property too: only properties move smoothly.
        if (name === "d" && attributes.class === "link") part.style.setProperty("d", `path("${value}")`);
      }
      if (part.textContent !== text) part.textContent = text;
    });
  }

  remove(key) {
    const entry = this.known.get(key);
    if (!entry) return;
    this.known.delete(key);
    entry.node.removeAttribute("data-key");
    entry.node.dataset.left = key;
    if (this.calm.matches) {
      entry.node.remove();
      return;
    }
    entry.node.classList.add("lk-leave");
    setTimeout(() => entry.node.remove(), LEAVE);
  }
}

/** Write the table anew; it is small. */
function tabulate(holder, { head, rows }) {
  const table = html("table");
  const top = table.createTHead().insertRow();
  for (const word of head) {
    const cell = html("th", "", word);
    cell.scope = "col";
    top.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const word of row) line.insertCell().textContent = word;
  }
  holder.replaceChildren(rows.length ? table : html("p", "", "No pods yet."));
}

/**
 * Of several boards beside the notebooks leave the newest. A living kernel takes its old board away itself; one that was
 * restarted or has died could not. (The kit's own JupyterLab is started with its application at hand in the page.)
 */
function onlyTheNewest() {
  const made = (board) => Number(board.dataset.made);
  const boards = [...document.querySelectorAll(".jupyterlab-sidecar .lk-board")].sort((a, b) => made(a) - made(b));
  const old = new Set(boards.slice(0, -1).map((board) => board.closest(".jupyterlab-sidecar").id));
  for (const panel of [...(globalThis.jupyterapp?.shell.widgets("main") ?? [])]) {
    if (old.has(panel.id)) panel.dispose();
  }
}

function render({ model, el }) {
  const id = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
  const root = html("div", "lk-board");
  const gone = html("p", "lk-gone");
  gone.setAttribute("role", "status");
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "lk-pic");
  svg.setAttribute("role", "img");
  const live = html("div", "lk-live");
  live.setAttribute("aria-live", "polite");
  const details = html("details");
  const scroll = html("div", "lk-scroll");
  details.append(html("summary", "", "The same as a table"), scroll);
  root.append(gone, svg, live, details);
  el.append(root);

  const picture = new Picture(svg);
  let own = false; // whether scenes come for this view's own width
  let closed = false;
  let heard = Date.now();
  let said = "";
  let sayAt = 0;
  let sayTimer = 0;

  const say = (text) => {
    said = text;
    if (sayTimer) return;
    sayTimer = setTimeout(() => {
      sayTimer = 0;
      sayAt = Date.now();
      if (live.textContent !== said) live.textContent = said;
    }, Math.max(0, sayAt + SAY_EVERY - Date.now()));
  };

  const died = (why) => {
    root.classList.toggle("lk-dead", Boolean(why));
    root.classList.toggle("lk-stale", Boolean(why) || root.dataset.stale === "yes");
    if (why && gone.textContent !== why) gone.textContent = why;
  };

  /** @param {Scene} scene */
  const show = (scene, whole) => {
    if (whole) picture.replace(scene);
    else picture.change(scene);
    root.dataset.stale = scene.stale ? "yes" : "no";
    root.classList.toggle("lk-stale", scene.stale);
    if (scene.at) root.dataset.at = String(scene.at);
    if (scene.table) tabulate(scroll, scene.table);
    say(scene.description);
  };

  const onMessage = (message) => {
    heard = Date.now();
    if (message.type === "closed") {
      closed = true;
      died(`Not live any more: ${message.why}. This is the last picture.`);
      return;
    }
    died("");
    if (message.type === "pulse") return;
    if (message.view === id) own = true;
    else if (own || message.view !== "any") return;
    show(message, message.type === "scene");
  };

  show(model.get("first"), true);
  root.dataset.made = String(model.get("first").made ?? 0);
  model.on("msg:custom", onMessage);

  let width = 0;
  let asking = 0;
  // The first question may land behind the cells that are queued. JupyterLab opens a subshell for widgets meanwhile, and
  // through it the kernel answers while it is busy: so ask again until it does.
  const ask = (pause) => {
    clearTimeout(asking);
    model.send({ type: "size", view: id, width });
    if (pause < 60000) asking = setTimeout(() => own || ask(pause * 2), pause);
  };
  const report = () => {
    const now = Math.round(root.clientWidth);
    // Nothing is laid out while the view is hidden; and a scrollbar that comes and goes is no new width.
    if (now < 50 || Math.abs(now - width) < 8) return;
    if (!width) onlyTheNewest();
    width = now;
    ask(400);
  };
  let timer = 0;
  const observer = new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(report, width ? 150 : 0);
  });
  observer.observe(root);

  const watchdog = setInterval(() => {
    if (!closed && Date.now() - heard > SILENCE) {
      died("Not live any more: the notebook's kernel does not answer. This is the last picture.");
    }
  }, 1000);

  return () => {
    clearInterval(watchdog);
    for (const pending of [timer, asking, sayTimer]) clearTimeout(pending);
    observer.disconnect();
    model.off("msg:custom", onMessage);
    try {
      model.send({ type: "gone", view: id });
    } catch {
      // The kernel has gone first.
    }
  };
}

export default { render };
