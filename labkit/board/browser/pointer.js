// The picture by pointer: what it rests on is told of, what is clicked stays.

/** @import {DetailsCard} from "./details.js" */
/** @import {Picture} from "./picture.js" */

/** Milliseconds that a pointer must rest before the card opens, and until it goes when the pointer has gone. */
const HOVER_REST = 350;
const HOVER_LINGER = 250;

/** The picture by pointer. */
export class Pointer {
  /** @param {Picture} picture @param {DetailsCard} card */
  constructor(picture, card) {
    this.picture = picture;
    this.card = card;
    /** The element under the pointer. */
    this.over = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    const { svg } = picture;
    svg.addEventListener("pointermove", (event) => this.moved(event));
    svg.addEventListener("pointerleave", () => this.left());
    svg.addEventListener("click", (event) => this.clicked(event));
    card.node.addEventListener("pointerenter", () => clearTimeout(this.timer));
    card.node.addEventListener("pointerleave", () => this.left());
  }

  /** @param {PointerEvent} event */
  moved(event) {
    if (event.pointerType === "touch" || event.buttons) return;
    this.over = this.picture.keyOf(event.target);
    clearTimeout(this.timer);
    if (this.card.pinned || (this.over && this.over === this.card.key)) return;
    this.timer = setTimeout(() => (this.over ? this.card.open(this.over, false) : this.card.close()), HOVER_REST);
  }

  left() {
    this.over = "";
    clearTimeout(this.timer);
    if (!this.card.pinned && this.card.key) this.timer = setTimeout(() => this.card.close(), HOVER_LINGER);
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    clearTimeout(this.timer);
    const key = this.picture.keyOf(event.target);
    if (!key || (this.card.pinned && key === this.card.key)) this.card.close();
    else this.card.open(key, true);
  }

  end() {
    clearTimeout(this.timer);
  }
}
