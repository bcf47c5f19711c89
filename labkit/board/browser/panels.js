// The panels beside the notebooks, in the kit's own JupyterLab.

/** @import {Application} from "./messages.js" */

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
