// The picture in the page: Python lays it out, this moves the page to it, element by element.

import { attribute } from "./dom.js";
import { Steady } from "./steady.js";

/** @import {Changes, Entry, Frame, Item, Part, Patch, Whole} from "./messages.js" */

const SVG = "http://www.w3.org/2000/svg";
/** Milliseconds until an element that left is taken away; a little more than board.css takes to fade it. */
const LEAVE = 480;
/** So many elements may move at once: more than anybody can follow are drawn where they are, without movement. */
const MOST = 80;

/**
 * Name an element for those who do not see it: what has a name can be pointed at and opened (inspector.js), the rest is
 * only drawn. No <title>: its tooltip would stand beside the card.
 * @param {SVGGElement} node @param {string} title
 */
function nameElement(node, title) {
  if (title) {
    attribute(node, "aria-label", title);
    if (node.hasAttribute("role")) return;
    // what is written in it is part of the image: its name says that, and more
    node.setAttribute("role", "img");
    node.setAttribute("tabindex", "-1");
    node.removeAttribute("aria-hidden");
  } else if (!node.hasAttribute("aria-hidden")) {
    for (const each of ["aria-label", "role", "tabindex"]) node.removeAttribute(each);
    node.setAttribute("aria-hidden", "true");
  }
}

/** The picture: keyed elements in three layers. */
export class Picture {
  /** @param {SVGSVGElement} svg */
  constructor(svg) {
    this.svg = svg;
    this.layers = [0, 1, 2].map((i) => {
      const layer = document.createElementNS(SVG, "g");
      layer.setAttribute("class", `lk-l${i}`);
      return layer;
    });
    svg.replaceChildren(...this.layers);
    // No image: what stands on it can be pointed at, one by one.
    svg.setAttribute("role", "group");
    this.about = /** @type {Frame} */ ({ width: 0, height: 0, title: "", description: "", stale: false });
    /** @type {Map<string, Entry>} */
    this.known = new Map();
    /** Those that still fade away, by their keys: one that comes back meanwhile is the same. */
    this.leaving = /** @type {Map<string, {entry: Entry, timer: ReturnType<typeof setTimeout>}>} */ (new Map());
    this.words = new Steady();
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** Take what the picture is as a whole. @param {Partial<Frame>} scene - what of it differs */
  frame(scene) {
    const { width, height, title, description } = Object.assign(this.about, scene);
    attribute(this.svg, "viewBox", `0 0 ${width} ${height}`);
    attribute(this.svg, "aria-label", `${title}. ${description}`);
  }

  /**
   * Draw the whole at once. All elements are new ones, so that none of them moves from where it was at another width or
   * at another time, and none stays that should not be there.
   * @param {Whole} scene
   */
  replace(scene) {
    this.known.clear();
    this.leaving.clear();
    this.words.clear();
    for (const layer of this.layers) layer.replaceChildren();
    for (const element of scene.elements) this.put(element, false);
    this.frame(frameOf(scene));
  }

  /**
   * Lead the picture on.
   * @param {Changes} scene - what differs
   * @param {boolean} moving - whether it moves: what changed in the cluster does, a leap to another time does not
   */
  change(scene, moving = true) {
    const patches = scene.patch ?? [];
    const few = scene.put.length + patches.length + scene.remove.length <= MOST;
    const fades = moving && few;
    if (!moving) this.words.now();
    for (const key of scene.remove) this.remove(key, fades && !this.calm.matches);
    for (const element of scene.put) this.put(element, fades, moving);
    for (const patch of patches) this.patch(patch, moving);
    this.frame(frameOf(scene));
  }

  /**
   * @param {Item} element
   * @param {boolean} fades - whether a new one fades in
   * @param {boolean} [steady] - whether a word stays until it has been seen
   */
  put(element, fades, steady = fades) {
    let entry = this.known.get(element.key) ?? this.back(element.key, fades);
    const fresh = !entry;
    if (!entry) {
      const node = document.createElementNS(SVG, "g");
      node.dataset.key = element.key;
      entry = { node, parts: [], x: 0, y: 0, enters: false };
      this.known.set(element.key, entry);
      this.layers[element.layer].append(node);
    }
    if (fresh && fades) this.enter(entry);
    nameElement(entry.node, element.title);
    this.place(entry, element.x, element.y);
    this.classes(entry, element.cls);
    this.parts(entry, element, steady);
  }

  /** Fade in from the next frame but one: from one that has been drawn without it. @param {Entry} entry */
  enter(entry) {
    entry.enters = true;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        entry.enters = false;
        entry.node.classList.remove("lk-enter");
      }),
    );
  }

  /** Take up again what still fades away: it comes back from where it is. @param {string} key @param {boolean} fades */
  back(key, fades) {
    const left = this.leaving.get(key);
    if (!left || !fades) return undefined;
    clearTimeout(left.timer);
    this.leaving.delete(key);
    const { entry } = left;
    this.known.set(key, entry);
    delete entry.node.dataset.left;
    entry.node.dataset.key = key;
    if (entry.node.hasAttribute("role")) entry.node.setAttribute("tabindex", "-1");
    return entry;
  }

  /** One that has not begun to fade in stays unseen, whatever else becomes of it. @param {Entry} entry @param {string} cls */
  classes(entry, cls) {
    attribute(entry.node, "class", entry.enters ? `${cls} lk-enter` : cls);
  }

  /** @param {Entry} entry @param {number} x @param {number} y */
  place(entry, x, y) {
    entry.x = x;
    entry.y = y;
    entry.node.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** Change what is different in an element that is there. @param {Patch} patch @param {boolean} steady */
  patch([key, own, parts, between], steady) {
    const entry = this.known.get(key);
    if (!entry) return;
    if (own.x !== undefined || own.y !== undefined) this.place(entry, own.x ?? entry.x, own.y ?? entry.y);
    if (own.cls !== undefined) this.classes(entry, own.cls);
    if (own.title !== undefined) nameElement(entry.node, own.title);
    if (between) this.splice(entry, ...between);
    for (const [number, attributes, text] of parts) {
      const part = entry.parts[number];
      const change = () => {
        for (const [name, value] of Object.entries(attributes)) {
          if (value === null) part.removeAttribute(name);
          else part.setAttribute(name, String(value));
        }
        if ("d" in attributes) smooth(part);
        if (text !== undefined) part.textContent = text;
      };
      if (steady && (text !== undefined || this.words.waits(part))) this.words.write(part, change);
      else change();
    }
  }

  /**
   * Take parts of an element away, and put others there.
   * @param {Entry} entry @param {number} at @param {number} gone @param {Part[]} came
   */
  splice(entry, at, gone, came) {
    const fresh = came.map(drawn);
    const next = entry.parts[at + gone] ?? null;
    for (const part of entry.parts.splice(at, gone, ...fresh)) part.remove();
    for (const part of fresh) entry.node.insertBefore(part, next);
  }

  /** @param {Entry} entry @param {Item} element @param {boolean} steady */
  parts(entry, element, steady) {
    const same =
      entry.parts.length === element.parts.length &&
      entry.parts.every((p, i) => p.tagName === element.parts[i][0]);
    if (!same) {
      // what an element has from its beginning fades in with it
      entry.parts = element.parts.map(drawn);
      entry.node.replaceChildren(...entry.parts);
      return;
    }
    element.parts.forEach(([, attributes, text], i) => {
      const part = entry.parts[i];
      const differs = part.textContent !== text;
      const change = () => {
        for (const name of part.getAttributeNames()) {
          if (name !== "style" && !(name in attributes)) part.removeAttribute(name);
        }
        for (const [name, value] of Object.entries(attributes)) {
          attribute(part, name, String(value));
        }
        smooth(part);
        if (part.textContent !== text) part.textContent = text;
      };
      if (steady && (differs || this.words.waits(part))) this.words.write(part, change);
      else change();
    });
  }

  /** @param {string} key @param {boolean} moving - whether it fades away */
  remove(key, moving) {
    const entry = this.known.get(key);
    if (!entry) return;
    this.known.delete(key);
    entry.node.removeAttribute("data-key");
    entry.node.dataset.left = key;
    entry.node.removeAttribute("tabindex");
    if (!moving) {
      entry.node.remove();
      return;
    }
    entry.enters = false;
    entry.node.classList.add("lk-leave");
    const timer = setTimeout(() => {
      if (this.leaving.get(key)?.timer === timer) this.leaving.delete(key);
      entry.node.remove();
    }, LEAVE);
    this.leaving.set(key, { entry, timer });
  }

  // -- what others ask of it -------------------------------------------------------------------------------------------

  /** The element of that key, if it is on the picture. @param {string} key */
  node(key) {
    return this.known.get(key)?.node;
  }

  /** What an element is called; empty where it has no name. @param {string} key */
  label(key) {
    return this.node(key)?.getAttribute("aria-label") ?? "";
  }

  /** The keys of all elements that have a name. */
  *labelled() {
    for (const [key, { node }] of this.known) if (node.hasAttribute("aria-label")) yield key;
  }

  /** The key of the element with a name that a part belongs to; empty for none. @param {EventTarget | null} part */
  keyOf(part) {
    const node = /** @type {Element | null} */ (part)?.closest?.("[data-key][aria-label]");
    return node && this.svg.contains(node) ? /** @type {SVGElement} */ (node).dataset.key ?? "" : "";
  }

  /** Where an element is, or is going to be when it has moved, in the picture's own coordinates. @param {string} key */
  box(key) {
    const entry = this.known.get(key);
    if (!entry) return null;
    const { x, y, width, height } = entry.node.getBBox();
    return { x: entry.x + x, y: entry.y + y, width, height };
  }
}

/** Make a part that was not there before. @param {Part} part */
function drawn([tag, attributes, text]) {
  const part = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, String(value));
  smooth(part);
  part.textContent = text;
  return part;
}

/** What a message says of the picture as a whole. @param {Partial<Frame>} scene @returns {Partial<Frame>} */
function frameOf(scene) {
  const names = /** @type {const} */ (["width", "height", "title", "description", "stale"]);
  return Object.fromEntries(names.filter((name) => scene[name] !== undefined).map((name) => [name, scene[name]]));
}

/** Set a line's way as a property too: only properties move smoothly. @param {SVGElement} part */
function smooth(part) {
  if (part.getAttribute("class") === "link") part.style.setProperty("d", `path("${part.getAttribute("d")}")`);
}
