// Pointing at a picture: the card, the keyboard, the pointer and the ring around what is meant.

import { DetailsCard } from "./details.js";
import { html } from "./dom.js";
import { Keyboard } from "./keyboard.js";
import { Pointer } from "./pointer.js";
import { Ring } from "./ring.js";

/** @import {Asked} from "./messages.js" */
/** @import {Picture} from "./picture.js" */

const KEYS_HELP =
  "Arrow keys go from one thing on the picture to the next: down and up one by one, right and left by groups. " +
  "Enter shows the details, of a Node also its Pods, to which Tab leads; c copies the kubectl command that shows them, Escape closes them.";

/** Lets a reader ask what is behind each element of a picture. */
export class Inspector {
  /**
   * @param {HTMLElement} root - the board that the picture stands in
   * @param {Picture} picture
   * @param {(key: string) => void} ask - see DetailsCard
   */
  constructor(root, picture, ask) {
    this.picture = picture;
    this.card = new DetailsCard(root, { picture, ask });
    this.keyboard = new Keyboard(picture, this.card);
    this.pointer = new Pointer(picture, this.card);
    this.ring = new Ring(picture);
    this.help = html("p", "lk-live", KEYS_HELP);
    this.help.id = `${this.card.node.id}-help`;
    this.help.hidden = true;
    picture.svg.setAttribute("aria-describedby", this.help.id);
    picture.svg.after(this.help);
    this.card.onChange = () => this.draw();
    this.onResize = () => this.card.move();
    document.defaultView?.addEventListener("resize", this.onResize);
  }

  /** @param {Asked} asked - what is known of the element that was asked for; see DetailsCard */
  show(asked) {
    this.card.show(asked);
  }

  /** Before each change of the picture. */
  before() {
    this.keyboard.before();
  }

  /** After each change of the picture. @param {boolean} whole - whether all elements are new ones */
  after(whole) {
    this.keyboard.after();
    const { card } = this;
    if (card.key) card.mark(card.key);
    if (whole) card.again();
    card.move();
    this.draw();
  }

  /** The time on the picture does not go on any more. */
  halt() {
    this.card.halt();
  }

  draw() {
    this.ring.around(this.keyboard.ringed || this.card.anchor);
  }

  end() {
    document.defaultView?.removeEventListener("resize", this.onResize);
    this.pointer.end();
    this.keyboard.end();
    this.card.end();
  }
}
