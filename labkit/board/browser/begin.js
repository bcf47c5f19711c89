// The large button on a replay's picture: with it a reader begins, and begins again.

import { duration } from "./clock.js";
import { html, say } from "./dom.js";

/** @import {Player} from "./player.js" */

/** It stands there before the beginning and after the end only: in between it would hide what is looked at. */
export class BeginButton {
  /** @param {() => void} press */
  constructor(press) {
    this.node = html("button", "lk-begin");
    this.node.type = "button";
    this.node.innerHTML = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4.5 2.5v11l9-5.5z"/></svg>';
    this.words = html("span");
    this.node.append(this.words);
    this.node.addEventListener("click", press);
  }

  /** @param {Player} player @param {boolean} begun - whether it has ever played @param {number} length - in milliseconds */
  show(player, begun, length) {
    this.node.hidden = player.playing || (!player.atEnd && (begun || player.at > 0));
    say(this.words, `${player.atEnd ? "Play again" : "Play"} · ${duration(length / 1000)}`);
  }
}
