// The picture in the page: Python lays it out, this moves the page to it, element by element.

import { attribute } from "./dom.js";

/** @import {Changes, Entry, Frame, Item, Patch, Whole} from "./messages.js" */

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
    this.size = { width: 0, height: 0 };
    /** @type {Map<string, Entry>} */
    this.known = new Map();
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** @param {Frame} scene */
  frame(scene) {
    attribute(this.svg, "viewBox", `0 0 ${scene.width} ${scene.height}`);
    attribute(this.svg, "aria-label", `${scene.title}. ${scene.description}`);
    this.size = { width: scene.width, height: scene.height };
  }

  /**
   * Draw the whole at once. All elements are new ones, so that none of them moves from where it was at another width or
   * at another time, and none stays that should not be there.
   * @param {Whole} scene
   */
  replace(scene) {
    this.known.clear();
    for (const layer of this.layers) layer.replaceChildren();
    for (const element of scene.elements) this.put(element, false);
    this.frame(scene);
  }

  /**
   * Lead the picture on.
   * @param {Changes} scene - what differs
   * @param {boolean} moving - whether it moves: what changed in the cluster does, a leap to another time does not
   */
  change(scene, moving = true) {
    const patches = scene.patch ?? [];
    const few = scene.put.length + patches.length + scene.remove.length <= MOST;
    const moves = moving && few && !this.calm.matches;
    for (const key of scene.remove) this.remove(key, moves);
    for (const element of scene.put) this.put(element, moves);
    for (const patch of patches) this.patch(patch);
    this.frame(scene);
  }

  /** @param {Item} element @param {boolean} moving - whether a new one fades in */
  put(element, moving) {
    let entry = this.known.get(element.key);
    const fresh = !entry;
    if (!entry) {
      const node = document.createElementNS(SVG, "g");
      node.dataset.key = element.key;
      entry = { node, parts: [], x: 0, y: 0 };
      this.known.set(element.key, entry);
      this.layers[element.layer].append(node);
    }
    const { node } = entry;
    nameElement(node, element.title);
    this.place(entry, element.x, element.y);
    attribute(node, "class", element.cls);
    this.parts(entry, element);
    if (fresh && moving) {
      node.classList.add("lk-enter");
      requestAnimationFrame(() => requestAnimationFrame(() => node.classList.remove("lk-enter")));
    }
  }

  /** @param {Entry} entry @param {number} x @param {number} y */
  place(entry, x, y) {
    entry.x = x;
    entry.y = y;
    entry.node.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** Change what is different in an element that is there. @param {Patch} patch */
  patch([key, own, parts]) {
    const entry = this.known.get(key);
    if (!entry) return;
    if (own.x !== undefined || own.y !== undefined) this.place(entry, own.x ?? entry.x, own.y ?? entry.y);
    if (own.cls !== undefined) entry.node.setAttribute("class", own.cls);
    if (own.title !== undefined) nameElement(entry.node, own.title);
    for (const [number, attributes, text] of parts) {
      const part = entry.parts[number];
      for (const [name, value] of Object.entries(attributes)) {
        if (value === null) part.removeAttribute(name);
        else part.setAttribute(name, String(value));
      }
      if ("d" in attributes) smooth(part);
      if (text !== undefined) part.textContent = text;
    }
  }

  /** @param {Entry} entry @param {Item} element */
  parts(entry, element) {
    const same =
      entry.parts.length === element.parts.length &&
      entry.parts.every((p, i) => p.tagName === element.parts[i][0]);
    if (!same) {
      entry.parts = element.parts.map(([tag]) => /** @type {SVGElement} */ (document.createElementNS(SVG, tag)));
      entry.node.replaceChildren(...entry.parts);
    }
    element.parts.forEach(([, attributes, text], i) => {
      const part = entry.parts[i];
      for (const name of part.getAttributeNames()) {
        if (name !== "style" && !(name in attributes)) part.removeAttribute(name);
      }
      for (const [name, value] of Object.entries(attributes)) {
        attribute(part, name, String(value));
      }
      smooth(part);
      if (part.textContent !== text) part.textContent = text;
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
    entry.node.classList.add("lk-leave");
    setTimeout(() => entry.node.remove(), LEAVE);
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

/** Set a line's way as a property too: only properties move smoothly. @param {SVGElement} part */
function smooth(part) {
  if (part.getAttribute("class") === "link") part.style.setProperty("d", `path("${part.getAttribute("d")}")`);
}
