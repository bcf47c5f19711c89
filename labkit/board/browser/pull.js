// Pulling a slider with a pointer: a mouse, a pen, a finger.

/** Pixels that a pointer may move in a click on a mark before it pulls the slider. */
const PULL = 4;

/**
 * Follow a pointer that was pressed until it is let go.
 * @param {PointerEvent} down - the press
 * @param {boolean} mark - whether it was on a mark: then only a pointer that moves pulls
 * @param {{pull(x: number): void, end(): void}} told - called with the place on the page in pixels, and when it ends
 */
export function followPointer(down, mark, told) {
  let pulling = !mark;
  const move = (/** @type {PointerEvent} */ event) => {
    pulling ||= Math.abs(event.clientX - down.clientX) >= PULL;
    if (pulling) told.pull(event.clientX);
  };
  const up = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", up);
    if (!pulling) return;
    // The click that follows is none on a mark.
    const swallow = (/** @type {Event} */ click) => click.stopPropagation();
    if (mark) addEventListener("click", swallow, { capture: true, once: true });
    if (mark) setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    told.end();
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", up);
  if (pulling) told.pull(down.clientX);
}
