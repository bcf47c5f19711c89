// The picture by keyboard: one stop for Tab, arrow keys inside, and a ring around what has the focus.
//
// Down and up go from one thing to the next, in this order: what runs along the top, the Services, each Deployment with
// its ReplicaSets, the Pods that have no Node, each Node from left to right with the Pods on it, the events. Right and
// left leap to the next group of these. Enter opens the details, c copies the kubectl command, Escape closes.

/** @import {DetailsCard} from "./details.js" */
/** @import {Picture} from "./picture.js" */

/** @typedef {{key: string, x: number, y: number, width: number, height: number}} Spot */

/** Where the kinds of elements (the first part of their keys) come in the order; others come before the events. */
const TURN = new Map(
  Object.entries({ requests: 0, service: 1, card: 2, rs: 2, ghost: 3, pod: 3, node: 4, event: 6 }),
);
/** What other elements stand in. */
const HOLDERS = new Set(["card", "node"]);
const OTHERS = 5;
/** Pixels by which the tops of elements in one row may differ. */
const ONE_ROW = 14;

/** @param {string} key */
const kindOf = (key) => key.slice(0, key.indexOf(":") >>> 0);

/** @param {Spot} a @param {Spot} b */
const byPlace = (a, b) => (Math.abs(a.y - b.y) > ONE_ROW ? a.y - b.y : a.x - b.x || a.y - b.y);

/**
 * Put the elements in groups, and both in an order that makes sense.
 * @param {Spot[]} spots @returns {string[][]}
 */
export function groups(spots) {
  const holders = spots.filter(({ key }) => HOLDERS.has(kindOf(key)));
  /** @type {Map<string, {turn: number, first: Spot, spots: Spot[]}>} */
  const found = new Map();
  for (const spot of spots) {
    const kind = kindOf(spot.key);
    const turn = TURN.get(kind) ?? OTHERS;
    const [x, y] = [spot.x + spot.width / 2, spot.y + spot.height / 2];
    const inside = (/** @type {Spot} */ box) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
    const holder = HOLDERS.has(kind) || kind === "service" ? undefined : holders.find(inside);
    const own = HOLDERS.has(kind) ? spot : holder;
    const name = own ? own.key : String(turn);
    const group = found.get(name) ?? { turn: own ? TURN.get(kindOf(own.key)) ?? OTHERS : turn, first: own ?? spot, spots: [] };
    group.spots.push(spot);
    found.set(name, group);
  }
  const ordered = [...found.values()].sort((a, b) => a.turn - b.turn || leftToRight(a.first, b.first));
  return ordered.map((group) => {
    group.spots.sort((a, b) => Number(b === group.first && HOLDERS.has(kindOf(b.key))) - Number(a === group.first && HOLDERS.has(kindOf(a.key))) || byPlace(a, b));
    return group.spots.map(({ key }) => key);
  });
}

/** Nodes stand side by side, cards below each other or side by side. @param {Spot} a @param {Spot} b */
const leftToRight = (a, b) => (Math.abs(a.x - b.x) > ONE_ROW && Math.abs(a.y - b.y) <= ONE_ROW ? a.x - b.x : byPlace(a, b));

/** The picture by keyboard. */
export class Keyboard {
  /** @param {Picture} picture @param {DetailsCard} card */
  constructor(picture, card) {
    this.picture = picture;
    this.card = card;
    /** The element that Tab goes to. */
    this.current = "";
    /** Whether somebody chose it. */
    this.chosen = false;
    this.pointing = false;
    /** Whether the focus is seen: it came by keyboard. */
    this.visible = false;
    this.held = false;
    /** Where the focus was. @type {ReturnType<Picture["box"]>} */
    this.spot = null;
    this.onKey = this.onKey.bind(this);
    const { svg } = picture;
    svg.addEventListener("pointerdown", () => {
      this.pointing = true;
    });
    // Not on the picture itself: Chromium lets Tab stop at an <svg> that listens to focus.
    card.root.addEventListener("focusin", (event) => {
      if (svg.contains(/** @type {Node} */ (event.target))) this.focused(event);
    });
    card.root.addEventListener("focusout", () => {
      this.visible = false;
      this.card.onChange();
    });
    // Before JupyterLab looks at it: its own keys would copy a cell by c, and go to the next one by an arrow.
    document.defaultView?.addEventListener("keydown", this.onKey, true);
  }

  /** The element around which the ring stands, empty for none. */
  get ringed() {
    return this.visible ? this.current : "";
  }

  /** @returns {string[][]} */
  groups() {
    const spots = [];
    for (const key of this.picture.labelled()) {
      const box = this.picture.box(key);
      if (box) spots.push({ key, ...box });
    }
    return groups(spots);
  }

  /** @param {FocusEvent} event */
  focused(event) {
    const key = this.picture.keyOf(event.target);
    const byTab = !this.picture.svg.contains(/** @type {Node | null} */ (event.relatedTarget)) && !this.pointing;
    this.visible = !this.pointing;
    this.pointing = false;
    if (byTab && !this.chosen) {
      const first = this.groups()[0]?.[0];
      if (first && first !== key) {
        this.go(first);
        return;
      }
    }
    if (key) this.stop(key);
    this.chosen = true;
    this.card.onChange();
  }

  /** Let Tab stop at an element. @param {string} key */
  stop(key) {
    this.picture.node(this.current)?.setAttribute("tabindex", "-1");
    this.current = key;
    this.picture.node(key)?.setAttribute("tabindex", "0");
  }

  /** Give an element the focus. @param {string | undefined} key */
  go(key) {
    if (!key) return;
    this.chosen = true;
    this.stop(key);
    this.picture.node(key)?.focus({ preventScroll: true });
    this.picture.node(key)?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
    if (this.card.pinned && this.card.key !== key) this.card.open(key, true);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const target = /** @type {Node} */ (event.target);
    const inCard = this.card.node.contains(target);
    const inPicture = this.picture.svg.contains(target);
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    // What a pointer that rests has opened goes by Escape too, wherever the focus is.
    if (event.key === "Escape" && this.card.key && (inCard || inPicture || !this.card.pinned)) {
      if (inCard && this.card.holder) {
        // out of a Pod first, back to the Node that it was opened in
        this.card.leave();
        this.taken(event);
        return;
      }
      this.card.close(inCard);
      this.visible = inCard || inPicture;
      this.card.onChange();
      if (inCard || inPicture) this.taken(event);
      return;
    }
    if (event.key === "c" && (inCard || inPicture)) {
      if (inPicture) this.card.open(this.current, true);
      void this.card.copy();
      this.taken(event);
      return;
    }
    if (inCard && this.card.lens.key(event)) {
      this.taken(event);
      return;
    }
    if (inPicture && this.inside(event.key)) {
      this.visible = true;
      this.card.onChange();
      this.taken(event);
    }
  }

  /** Do what a key is for, and tell whether it is for anything. @param {string} key */
  inside(key) {
    if (key === "Enter" || key === " ") {
      if (this.card.pinned && this.card.key === this.current) this.card.close();
      else this.card.open(this.current, true);
      return true;
    }
    const all = this.groups();
    const flat = all.flat();
    const at = flat.indexOf(this.current);
    const group = all.findIndex((each) => each.includes(this.current));
    /** @type {Record<string, string | undefined>} */
    const where = {
      ArrowDown: flat[at + 1],
      ArrowUp: flat[at - 1],
      ArrowRight: all[group + 1]?.[0],
      // first to the head of one's own group
      ArrowLeft: this.current === all[group]?.[0] ? all[group - 1]?.[0] : all[group]?.[0],
      Home: flat[0],
      End: flat.at(-1),
    };
    if (!(key in where)) return false;
    this.go(where[key]);
    return true;
  }

  /** @param {KeyboardEvent} event */
  taken(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  /** The picture is about to change: remember whether the focus is in it, and where that is. */
  before() {
    this.held = this.picture.svg.contains(document.activeElement);
    this.spot = this.held ? this.picture.box(this.current) : null;
  }

  /** The picture has changed: what had the focus may be another node now, or gone. */
  after() {
    const node = this.picture.node(this.current);
    if (node) {
      if (node.getAttribute("tabindex") !== "0") node.setAttribute("tabindex", "0");
      if (this.held && !node.contains(document.activeElement)) this.refocus(this.current);
      return;
    }
    if (this.held) this.refocus(this.nearest() ?? "");
    else {
      this.chosen = false;
      const [first] = this.picture.labelled();
      if (first) this.stop(first);
    }
  }

  /** @param {string} key */
  refocus(key) {
    const { visible } = this;
    this.stop(key);
    this.picture.node(key)?.focus({ preventScroll: true });
    this.visible = visible;
  }

  /** The element that is nearest to where the focus was. @returns {string | undefined} */
  nearest() {
    const { spot } = this;
    let [best, least] = [/** @type {string | undefined} */ (undefined), Infinity];
    for (const key of this.picture.labelled()) {
      const box = this.picture.box(key);
      if (!box) continue;
      const far = spot ? Math.hypot(box.x + box.width / 2 - spot.x - spot.width / 2, box.y + box.height / 2 - spot.y - spot.height / 2) : 0;
      if (far < least) [best, least] = [key, far];
    }
    return best;
  }

  end() {
    document.defaultView?.removeEventListener("keydown", this.onKey, true);
  }
}
