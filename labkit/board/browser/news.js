// What changed, in words for those who hear the board: not what there is, and not every step of every Pod.

/** @import {Announcer} from "./announcer.js" */
/** @import {Changes, Moment, Shown, Whole} from "./messages.js" */

/** @typedef {Pick<Moment, "kind" | "text" | "app">} Happened */

/** What a Pod has come to, the latest first: of several steps of one Pod, the first of these is said. */
const LATEST = [
  ["pod gone", "gone"],
  ["pod terminating", "Terminating"],
  ["pod not ready", "not Ready any more"],
  ["pod ready", "Ready"],
  ["pod left", "left the Service"],
  ["pod joined", "joined the Service"],
  ["pod started", "started"],
  ["pod scheduled", "scheduled"],
];
const RANK = new Map(LATEST.map(([kind], rank) => [kind, rank]));
const WORD = new Map(/** @type {[string, string][]} */ (LATEST));
/** So many Pods are called by their names; more are counted. */
const NAMED = 2;
/** So many changes are said at once; of more, how many there are. */
const AT_ONCE = 6;

/** @param {string} description */
function sentences(description) {
  return description.split(/(?<=\.)\s+/).filter(Boolean);
}

/**
 * Return how far the Deployments are and what is wrong, where it is otherwise than before: `hello: 2 of 3 ready`.
 * @param {string} before - the description of a picture
 * @param {string} after - that of a later one
 */
function counts(before, after) {
  const [old, now] = [sentences(before), sentences(after)];
  const head = (/** @type {string} */ sentence) => sentence.replace(/\.$/, "").split(", ")[0];
  const known = new Set(old.map(head));
  const told = now.filter((each) => / of \d+ ready\b/.test(each)).map(head).filter((each) => !known.has(each));
  const rest = now.filter((each) => /^(Not live|Not on the picture|(StatefulSet|DaemonSet|Job|Pods)\b.*): /.test(each));
  const new_ = rest.filter((each) => !old.includes(each)).map((each) => each.replace(/\.$/, ""));
  const stale = (/** @type {string[]} */ all) => all.some((each) => each.startsWith("Not live:"));
  return [...(stale(old) && !stale(now) ? ["Live again"] : []), ...new_, ...told];
}

/** Call a Pod as the board does, by the last part of its name. @param {string} text */
function shorter(text) {
  return text.replace(/^Pod \S+-(\w+)/, "Pod $1").replace(/: it receives .*$/, "");
}

/**
 * Return what happened to Pods: one by one where they are few, else counted.
 * @param {readonly Happened[]} moments
 */
function pods(moments) {
  const rank = (/** @type {Happened} */ one) => /** @type {number} */ (RANK.get(one.kind));
  /** @type {Map<string, Happened>} */
  const latest = new Map();
  for (const moment of moments) {
    const name = moment.text.match(/^Pod (\S+)/)?.[1] ?? moment.text;
    const before = latest.get(name);
    // a Pod that lost its readiness and has it again is Ready: between these two, the later counts
    const turned = before && /ready/.test(before.kind) && /ready/.test(moment.kind);
    if (!before || turned || rank(moment) <= rank(before)) latest.set(name, moment);
  }
  /** @type {Map<string, Happened[]>} */
  const crowds = new Map();
  for (const moment of [...latest.values()].sort((one, other) => rank(one) - rank(other))) {
    const crowd = `${moment.kind}\n${moment.app}`;
    crowds.set(crowd, [...(crowds.get(crowd) ?? []), moment]);
  }
  return [...crowds.values()].flatMap((crowd) => {
    if (crowd.length <= NAMED) return crowd.map(({ text }) => shorter(text));
    const [{ kind, app }] = crowd;
    return [`${crowd.length} Pods${app ? ` of ${app}` : ""} ${WORD.get(kind)}`];
  });
}

/**
 * Return what changed, in one line: first what was done and what is wrong, then the Pods, then how far it is.
 * @param {readonly Happened[]} moments - what happened since the last time, oldest first
 * @param {string} before - the description of the picture at the last time
 * @param {string} after - that of the picture now
 * @returns {string} - empty when there is nothing to say
 */
export function news(moments, before, after) {
  const lost = moments.filter(({ kind }) => kind === "request lost");
  const others = moments.filter(({ kind }) => !RANK.has(kind) && kind !== "request lost");
  const said = [
    ...others.map(({ text }) => text),
    ...(lost.length > 1 ? [`${lost.length} requests were lost`] : lost.map(({ text }) => text)),
    ...pods(moments.filter(({ kind }) => RANK.has(kind))),
  ];
  const more = said.length - AT_ONCE;
  const told = more > 0 ? [...said.slice(0, AT_ONCE), `and ${more} more changes`] : said;
  return [...told, ...counts(before, after)].join("; ");
}

/** Tells what changes on one board. */
export class News {
  /** @param {Announcer} aloud */
  constructor(aloud) {
    this.aloud = aloud;
    /** @type {Happened[]} */
    this.moments = [];
    this.said = "";
    this.now = "";
    /** The time of the picture, in seconds since the epoch; 0 while there is none. */
    this.at = 0;
  }

  /**
   * Have said what changed by a live board's picture; and all there is, when it is the first one, or of another time.
   * @param {(Whole | Changes) & {description: string}} message - its description is that of the picture after it
   * @param {readonly Moment[]} moments - all that are known
   * @param {Shown} shown - where the cursor is
   */
  picture(message, moments, { live, playing }) {
    const { at = 0, description } = message;
    const first = !this.at;
    const before = this.at;
    this.at = at;
    if (first || (message.type === "changes" && message.jump)) {
      this.whole(description);
      return;
    }
    // while the past is played, nothing is new: what happened is what lies between two pictures
    if (!live && playing) this.happened(moments.filter((each) => before < each.at && each.at <= at));
    this.shows(description);
  }

  /** Say all there is: at the beginning, and at another time. @param {string} description */
  whole(description) {
    this.from(description);
    this.aloud.say(description);
  }

  /** What was before this picture is no news, nor is the picture itself. @param {string} description */
  from(description) {
    this.moments = [];
    this.said = this.now = description;
  }

  /** Something happened. @param {readonly Happened[]} moments */
  happened(moments) {
    if (!moments.length) return;
    this.moments.push(...moments);
    this.aloud.tell(() => this.take());
  }

  /** The picture is another one. @param {string} description */
  shows(description) {
    if (description === this.now) return;
    this.now = description;
    this.aloud.tell(() => this.take());
  }

  /** Return what changed since this was last asked. */
  take() {
    const words = news(this.moments, this.said, this.now);
    this.moments = [];
    this.said = this.now;
    return words;
  }
}
