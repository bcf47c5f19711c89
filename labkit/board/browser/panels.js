// The panels beside the notebooks, in the kit's own JupyterLab.

/** @import {Application} from "./messages.js" */

/** Pixels below the picture in a panel of its own: the line of the table, and margins. */
const BELOW = 52;

/**
 * Of several boards beside the notebooks leave the newest. A living kernel takes its old board away itself; one that was
 * restarted or has died could not. (The kit's own JupyterLab is started with its application at hand in the page.)
 */
export function onlyTheNewest() {
  const made = (/** @type {HTMLElement} */ board) => Number(board.dataset.made);
  const boards = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".jupyterlab-sidecar .lk-board")]);
  boards.sort((a, b) => made(a) - made(b));
  const old = new Set(boards.slice(0, -1).map((board) => board.closest(".jupyterlab-sidecar")?.id));
  const { jupyterapp } = /** @type {{jupyterapp?: Application}} */ (globalThis);
  for (const panel of [...(jupyterapp?.shell.widgets("main") ?? [])]) {
    if (old.has(panel.id)) panel.dispose();
  }
}

/**
 * Return the panel that a board has to itself, and the height, in pixels, that is left in it for the picture; in a cell
 * none, and 0.
 * @param {HTMLElement} root - the board @param {Element[]} free - of its children those whose height does not count
 */
export function roomBeside(root, free) {
  const panel = root.closest(".jupyterlab-sidecar");
  if (!panel) return { panel, height: 0 };
  const used = [...root.children].map((child) => {
    const apart = free.includes(child) || getComputedStyle(child).position === "absolute";
    return apart ? 0 : /** @type {HTMLElement} */ (child).offsetHeight;
  });
  return { panel, height: Math.max(0, panel.clientHeight - used.reduce((sum, each) => sum + each, 0) - BELOW) };
}
