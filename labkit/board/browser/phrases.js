// Moments as the kernel tells them (labkit/board/phrases.py): each sentence once, with a gap for a Pod's name.

/** @import {Moment, PackedMoment, Phrase, TimelineNews} from "./messages.js" */

/** Stands in a phrase where the last part of a Pod's name belongs. */
const GAP = "\0";

/**
 * Return a moment in words.
 * @param {Phrase[]} phrases - all that were told @param {number} since - seconds since the epoch, from which its time counts
 * @param {PackedMoment} packed
 * @returns {Moment}
 */
export function unpack(phrases, since, [micros, number, name]) {
  const [kind, app, text] = phrases[number];
  return { at: since + micros / 1e6, kind, app, text: name === undefined ? text : text.replace(GAP, () => name) };
}

/** What is the same of a moment that is told twice. @param {Moment} moment */
function nameOf({ at, text }) {
  return `${at.toFixed(3)} ${text}`;
}

/** The moments that a view has been told, in the order of their time. */
export class MomentsTold {
  constructor() {
    /** @type {Moment[]} */
    this.moments = [];
    /** @type {Phrase[]} */
    this.phrases = [];
  }

  /**
   * Take what is told: the moments from a number on are these, also where others were known before.
   * @param {TimelineNews} message
   * @returns {Moment[] | null} - those that are new; null where nothing is told of them, or what lies before is missing:
   *   then the pulse will tell
   */
  take({ from, since = 0, moments = [], phrases = { from: 0, all: [] } }) {
    const whole = from <= this.moments.length && phrases.from <= this.phrases.length;
    if (!whole || (!moments.length && from === this.moments.length)) return null;
    this.phrases.length = phrases.from;
    for (const phrase of phrases.all) this.phrases.push(phrase);
    const known = new Set(this.moments.splice(from).map(nameOf));
    for (const packed of moments) this.moments.push(unpack(this.phrases, since, packed));
    return this.moments.slice(from).filter((moment) => !known.has(nameOf(moment)));
  }
}
