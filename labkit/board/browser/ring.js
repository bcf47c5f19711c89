// The ring around the element that has the focus, or whose details are shown: above all else in the picture.

import { attribute } from "./dom.js";

/** @import {Picture} from "./picture.js" */

/** Pixels around the element, and the least distance from the picture's edge: the ring is never cut off. */
const RING_MARGIN = 5;
const RING_INSET = 3;

/** A ring in the picture. */
export class Ring {
  /** @param {Picture} picture */
  constructor(picture) {
    this.picture = picture;
    this.key = "";
    const make = (/** @type {string} */ tag, /** @type {string} */ cls) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      node.setAttribute("class", cls);
      return /** @type {SVGGElement} */ (node);
    };
    this.node = make("g", "lk-ring");
    this.node.setAttribute("aria-hidden", "true");
    // light and dark: one of them stands out from whatever is below
    this.rects = [make("rect", "lk-ring-back"), make("rect", "lk-ring-front")];
    this.node.append(...this.rects);
    picture.svg.append(this.node);
  }

  /** @param {string} key - empty: around nothing */
  around(key) {
    const box = key ? this.picture.box(key) : null;
    this.node.classList.toggle("lk-follow", key === this.key);
    this.key = key;
    this.node.style.display = box ? "" : "none";
    if (!box) return;
    const { width, height } = this.picture.about;
    const left = Math.max(RING_INSET, box.x - RING_MARGIN);
    const top = Math.max(RING_INSET, box.y - RING_MARGIN);
    this.node.style.transform = `translate(${left}px, ${top}px)`;
    for (const rect of this.rects) {
      attribute(rect, "width", String(Math.max(0, Math.min(width - RING_INSET, box.x + box.width + RING_MARGIN) - left)));
      attribute(rect, "height", String(Math.max(0, Math.min(height - RING_INSET, box.y + box.height + RING_MARGIN) - top)));
      attribute(rect, "rx", "8");
    }
  }
}
