// A Node opened: its Pods, each in its slot, large and by name. Part of the card beside the picture.

import { attribute, html, say } from "./dom.js";

/** @import {Details, Inside} from "./messages.js" */

const LENS_SVG = "http://www.w3.org/2000/svg";
/** Pixels around the middle of a Pod (labkit/board/lens.py draws it 40 wide). */
const HALF = 24;
/** Where a word such as ContainerCreating may be broken. */
const CAPITAL = /(?<=[a-z])(?=[A-Z])/g;

/**
 * Return the last of some details of one thing, with the Pods in it that the earlier ones have told.
 * @param {(Details | null)[]} told - oldest first; null: there was no such thing
 * @returns {Details | null}
 */
export function unfolded(told) {
  let /** @type {NonNullable<Details["inside"]>} */ known = [];
  for (const each of told) known = (each?.inside ?? []).map((one, i) => (one === 0 ? known[i] ?? null : one));
  const last = told.at(-1) ?? null;
  return last && { ...last, ...(last.inside ? { inside: known } : {}) };
}

/** The Pods of a Node. */
export class Lens {
  /** @param {(key: string) => void} enter - called with the key of the Pod that is chosen */
  constructor(enter) {
    this.enter = enter;
    this.node = html("div", "lk-lens");
    this.node.hidden = true;
    this.node.setAttribute("role", "group");
    /** The key of the Pod that gets the focus when it is there. */
    this.wanted = "";
  }

  /** Whether there are Pods in it. */
  get wide() {
    return !this.node.hidden;
  }

  /** @returns {HTMLElement[]} */
  get pods() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.node.querySelectorAll(".lk-lens-pod"))];
  }

  /** What is said of a Pod in it: its name and STATUS. @param {string} key */
  label(key) {
    return this.pods.find((each) => each.dataset.pod === key)?.dataset.label ?? "";
  }

  /** @param {NonNullable<Details["inside"]>} entries @param {string} name - the Node's */
  show(entries, name) {
    const { children } = this.node;
    while (children.length > entries.length) children[entries.length].remove();
    entries.forEach((entry, i) => {
      const kind = Array.isArray(entry) ? "lk-lens-pod" : typeof entry === "string" ? "lk-lens-app" : "lk-lens-free";
      let place = /** @type {HTMLElement | undefined} */ (children[i]);
      if (!place?.classList.contains(kind)) {
        const fresh = kind === "lk-lens-pod" ? this.place() : html("p", kind);
        if (place) place.replaceWith(fresh);
        else this.node.append(fresh);
        place = fresh;
      }
      if (Array.isArray(entry)) this.pod(place, entry);
      else if (typeof entry === "string") say(place, entry);
    });
    attribute(this.node, "aria-label", `Pods of ${name}`);
    this.node.hidden = !entries.length;
    const wanted = this.wanted && this.pods.find((each) => each.dataset.pod === this.wanted);
    if (wanted) wanted.focus();
    if (entries.length) this.wanted = "";
  }

  place() {
    const made = html("button", "lk-lens-pod");
    made.type = "button";
    const svg = document.createElementNS(LENS_SVG, "svg");
    attribute(svg, "class", "lk-pic");
    attribute(svg, "viewBox", `${-HALF} ${-HALF} ${2 * HALF} ${2 * HALF}`);
    attribute(svg, "aria-hidden", "true");
    const group = document.createElementNS(LENS_SVG, "g");
    for (const cls of ["body", "glyph"]) {
      const path = document.createElementNS(LENS_SVG, "path");
      attribute(path, "class", cls);
      group.append(path);
    }
    svg.append(group);
    made.append(svg, html("span", "lk-lens-name"), " ", html("span", "lk-lens-status"));
    made.addEventListener("click", () => this.enter(made.dataset.pod ?? ""));
    return made;
  }

  /** @param {HTMLElement} place @param {Inside} pod */
  pod(place, [key, label, name, status, cls, body, glyph]) {
    place.dataset.pod = key;
    const [svg, named, said] = place.children;
    const group = /** @type {Element} */ (svg.firstElementChild);
    attribute(group, "class", cls);
    [body, glyph].forEach((d, i) => attribute(group.children[i], "d", d));
    say(named, label);
    say(said, status.replace(CAPITAL, "\u200b"));
    place.classList.toggle("lk-failing", cls.includes("s-failing"));
    place.dataset.label = `${name}: ${status}`;
    // what stands there comes first, so that who speaks to the page can say it
    attribute(place, "aria-label", `${label} ${status}: ${name}`);
    attribute(place, "title", name);
  }

  /** Go from Pod to Pod by arrow keys, and tell whether the key was for that. @param {KeyboardEvent} event */
  key(event) {
    const { pods } = this;
    const at = pods.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at < 0) return false;
    const row = Math.max(1, pods.findIndex((each) => each.offsetTop > pods[0].offsetTop));
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, Home: -at, End: pods.length - 1 - at }[event.key];
    if (by === undefined) return false;
    pods[Math.max(0, Math.min(pods.length - 1, at + by))].focus();
    return true;
  }
}
