// Where a replay is: playing, standing still, or leaving out a stretch in which nothing happened. No page, and no clock of its own.

import { lastUntil } from "./frames.js";

/** @import {Account} from "./frames.js" */

/** Milliseconds of the recording without a change after which the rest of them is left out. */
const QUIET = 4000;
/** Milliseconds of such a stretch that are shown at its beginning, and at its end. */
const LEAD = 900;
/** Milliseconds of the reader's time that leaving it out takes: as long as it takes to read that it is. */
const LEAP = 1500;

/** A cursor in a recording, in milliseconds since its beginning. */
export class Player {
  /** @param {Account} account */
  constructor(account) {
    this.account = account;
    this.at = 0;
    this.speed = 1;
    this.playing = false;
    /** The stretch that is being left out: its whole length, from where to where, and how much of LEAP has gone. */
    this.leap = /** @type {{quiet: number, from: number, to: number, gone: number} | null} */ (null);
  }

  get atEnd() {
    return this.at >= this.account.length;
  }

  /** Go on, from the beginning where the end has been reached. */
  play(speed = this.speed) {
    if (this.atEnd) this.at = 0;
    this.speed = speed;
    this.playing = true;
  }

  pause() {
    this.playing = false;
    this.leap = null;
  }

  /** @param {number} at */
  seek(at) {
    this.at = Math.min(Math.max(0, at), this.account.length);
    this.leap = null;
    if (this.atEnd) this.playing = false;
  }

  /**
   * Stand still at the next moment, or at the one before; where there is none, at the end or at the beginning.
   * @param {number} by - 1 or -1
   */
  step(by) {
    this.pause();
    const { times, length } = this.account;
    const last = lastUntil(times, this.at);
    if (by > 0) this.seek(times[last + 1] ?? length);
    else this.seek(times[lastUntil(times, this.at - 1)] ?? 0);
  }

  /**
   * Let the reader's time go by.
   * @param {number} ms
   */
  advance(ms) {
    if (!this.playing) return;
    if (!this.leap) this.leap = this.stretch();
    if (this.leap) {
      const { from, to } = this.leap;
      this.leap.gone += ms;
      const part = Math.min(1, this.leap.gone / LEAP);
      this.at = from + (to - from) * part;
      if (part === 1) this.leap = null;
    } else this.at = Math.min(this.at + ms * this.speed, this.account.length);
    if (this.atEnd) this.pause();
  }

  /** Return the stretch to leave out from here on, or null where something happens soon. */
  stretch() {
    const { before, after } = this.account.around(this.at);
    const to = after - LEAD;
    if (after - before < QUIET || this.at < before + LEAD || this.at >= to) return null;
    return { quiet: after - before, from: this.at, to, gone: 0 };
  }
}
