// Where the cursor of a recording is, in words. Pure.

import { clockTime, duration } from "./clock.js";
import { momentAt } from "./rail.js";

/** @import {Moment, Shown} from "./messages.js" */

/**
 * @typedef {object} Words
 * @property {string} state - where it is, first of all
 * @property {string} when - the same by the clock
 * @property {string} moment - what happened last before that
 * @property {string} value - what the slider says to a screen reader
 * @property {string} spoken - a sentence for a screen reader
 */

/** Seconds in which a moment is "now": nothing is said of its age. */
const JUST = 0.05;

/**
 * @param {Shown} shown @param {{begin: number, end: number, at: number}} present - as it is by now
 * @param {Moment[]} moments - all, by their time
 * @param {boolean} cutOff - whether the cluster is not heard any more, so that its present is not known
 * @returns {Words}
 */
export function whereabouts({ growing, live, offset }, { begin, end, at }, moments, cutOff) {
  const last = momentAt(moments, at);
  const age = last ? at - last.at : 0;
  const clock = clockTime(at, offset);
  const [ago, since] = [duration(end - at), duration(at - begin)];
  const moment = !last ? "" : age < JUST || live ? last.text : `${last.text}, ${duration(age)} before`;
  if (live) {
    const [state, spoken] = cutOff ? ["Not live", "At the present, but not live."] : ["Live", "Live again."];
    return { state, when: ` · ${clock}`, moment, value: cutOff ? "now, not live" : "now", spoken };
  }
  const state = growing ? `In the past: ${ago} ago` : since;
  const value = growing ? `${ago} ago, ${clock}` : `${since}, ${clock}`;
  const spoken = `${state}, ${clock}.`;
  return { state, when: `${growing ? "" : ` of ${duration(end - begin)}`} · ${clock}`, moment, value, spoken };
}

/** The same for a moment that was gone to: it is said first. @param {Moment[]} moments @param {number} at @param {Words} words */
export function arrived(moments, at, { spoken }) {
  const last = momentAt(moments, at);
  return last && at - last.at < JUST ? `${last.text}. ${spoken}` : spoken;
}
