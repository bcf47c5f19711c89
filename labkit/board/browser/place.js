// Where the card stands: beside what it describes, never over it, and within what is to be seen of the board.

/** @typedef {{left: number, top: number, right: number, bottom: number}} Sides */

/** Pixels between the element and the card, and between the card and the edge. */
const CARD_GAP = 10;
const CARD_EDGE = 6;
const WIDEST_CARD = 350;
/** The same where a Node's Pods stand on it. */
const WIDEST_LENS = 470;
const NARROWEST_CARD = 236;
/** A card that would be less tall than this goes over the lower edge of the board instead. */
const LEAST_TALL = 130;

/**
 * What of the board is to be seen, in its own coordinates.
 * @param {HTMLElement} root @param {Element} svg @returns {Sides}
 */
function visible(root, svg) {
  const origin = root.getBoundingClientRect();
  const picture = svg.getBoundingClientRect();
  let { left, top, right, bottom } = picture;
  const cut = (/** @type {Sides} */ by) => {
    left = Math.max(left, by.left);
    top = Math.max(top, by.top);
    right = Math.min(right, by.right);
    bottom = Math.min(bottom, by.bottom);
  };
  cut({ left: 0, top: 0, right: document.documentElement.clientWidth, bottom: document.documentElement.clientHeight });
  for (let each = root.parentElement; each && each !== document.body; each = each.parentElement) {
    if (getComputedStyle(each).overflow !== "visible") cut(each.getBoundingClientRect());
  }
  // where the timeline stands at the window's edge it is over the picture
  const timeline = root.querySelector(".lk-timeline")?.getBoundingClientRect();
  if (timeline && timeline.height && timeline.top > top) bottom = Math.min(bottom, timeline.top);
  return { left: left - origin.left, top: top - origin.top, right: right - origin.left, bottom: bottom - origin.top };
}

/**
 * Choose a side of the element, and how wide and tall the card may be there.
 * @param {Sides} box - the element @param {Sides} area - what is to be seen
 * @param {(width: number) => number} tall - how tall the card is at a width
 * @param {string} before - the side on which it stands @param {number} widest - how wide it may be at most
 */
export function choose(box, area, tall, before = "", widest = WIDEST_CARD) {
  const inner = { left: area.left + CARD_EDGE, top: area.top + CARD_EDGE, right: area.right - CARD_EDGE, bottom: area.bottom - CARD_EDGE };
  const [wide, high] = [inner.right - inner.left, inner.bottom - inner.top];
  const rooms = [
    { side: "right", width: inner.right - box.right - CARD_GAP, height: high },
    { side: "left", width: box.left - CARD_GAP - inner.left, height: high },
    { side: "below", width: wide, height: inner.bottom - box.bottom - CARD_GAP },
    { side: "above", width: wide, height: box.top - CARD_GAP - inner.top },
  ]
    .filter((room) => room.width >= Math.min(NARROWEST_CARD, wide))
    .map((room) => ({ ...room, width: Math.min(room.width, widest) }))
    .map((room) => ({ ...room, need: tall(room.width) }));
  // It changes sides only when it must: nothing leaps because a line came or went.
  rooms.sort((a, b) => Number(b.side === before) - Number(a.side === before));
  const whole = rooms.find((room) => room.need <= room.height);
  const most = rooms.reduce((a, b) => (b.height > a.height ? b : a));
  const { side, width, need, height } = whole ?? most;
  // Where there is no room at all it stands below, and over the edge of the picture.
  if (!whole && height < LEAST_TALL) return { side: "below", left: inner.left, top: box.bottom + CARD_GAP, width: Math.min(wide, widest), height: need };
  const given = Math.min(need, height);
  const within = (/** @type {number} */ at, /** @type {number} */ from, /** @type {number} */ to) => Math.max(from, Math.min(at, to));
  const across = within((box.left + box.right - width) / 2, inner.left, inner.right - width);
  const along = within(box.top - CARD_GAP, inner.top, inner.bottom - given);
  if (side === "right") return { side, left: box.right + CARD_GAP, top: along, width, height: given };
  if (side === "left") return { side, left: box.left - CARD_GAP - width, top: along, width, height: given };
  return { side, left: across, top: side === "below" ? box.bottom + CARD_GAP : box.top - CARD_GAP - given, width, height: given };
}

/**
 * Move the card beside an element.
 * @param {HTMLElement} card @param {HTMLElement} root @param {SVGSVGElement} svg
 * @param {{x: number, y: number, width: number, height: number}} box - the element, in the picture's own coordinates
 * @param {string} before - the side on which it stands @param {boolean} large - whether there is much on it
 * @returns {string} the side
 */
export function place(card, root, svg, box, before, large = false) {
  const picture = svg.getBoundingClientRect();
  const origin = root.getBoundingClientRect();
  const scale = picture.width / (svg.viewBox.baseVal?.width || picture.width || 1);
  const [x, y] = [picture.left - origin.left + box.x * scale, picture.top - origin.top + box.y * scale];
  const sides = { left: x, top: y, right: x + box.width * scale, bottom: y + box.height * scale };
  card.style.maxHeight = "none";
  const tall = (/** @type {number} */ width) => {
    card.style.width = `${width}px`;
    return card.offsetHeight;
  };
  const { side, left, top, width, height } = choose(sides, visible(root, svg), tall, before, large ? WIDEST_LENS : WIDEST_CARD);
  card.style.width = `${Math.round(width)}px`;
  card.style.maxHeight = `${Math.ceil(height)}px`;
  card.style.left = `${Math.round(left)}px`;
  card.style.top = `${Math.round(top)}px`;
  return side;
}
