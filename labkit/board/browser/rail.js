// Where things stand on the rail of a timeline.

/** @import {Mark, Moment} from "./messages.js" */

/** Pixels that two marks stand apart at least: nearer ones are one mark, with their number. */
const APART = 24;
/** Seconds that the rail of a growing recording is long: it is that long from the beginning, and does not creep. */
const LENGTHS = [30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 960, 1440, 1920, 2880, 3840];

/** How long the rail is for a recording of so many seconds. @param {number} seconds @param {boolean} growing */
export function railLength(seconds, growing) {
  if (!growing) return Math.max(seconds, 0.001);
  return LENGTHS.find((each) => each >= seconds) ?? Math.ceil(seconds / 1800) * 1800;
}

/** Seconds to which the times of moments are told: they are rounded up. */
const EXACT = 1e-6;

/** The last moment at or before a time, or undefined. @param {Moment[]} moments @param {number} at */
export function momentAt(moments, at) {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (moments[middle].at - EXACT <= at) low = middle + 1;
    else high = middle;
  }
  return moments[low - 1];
}

/**
 * Put moments that would stand too close together into one mark. What is added at the end changes none but the last.
 * @param {Moment[]} moments - in the order of their time
 * @param {number} begin - the time at the left end, in seconds @param {number} length - seconds from end to end
 * @param {number} width - in pixels
 * @returns {Mark[]}
 */
export function merged(moments, begin, length, width) {
  /** @type {Mark[]} */
  const marks = [];
  for (const moment of moments) {
    const place = (moment.at - begin) / length;
    if (place < 0) continue;
    const last = marks.at(-1);
    if (last && (place - last.place) * width < APART) last.moments.push(moment);
    else marks.push({ place, moments: [moment] });
  }
  return marks;
}
