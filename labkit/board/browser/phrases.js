// Moments as the kernel tells them (labkit/board/phrases.py): each sentence once, with a gap for a Pod's name.

/** @import {Moment, PackedMoment, Phrase} from "./messages.js" */

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
