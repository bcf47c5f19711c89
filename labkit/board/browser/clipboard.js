// Copying a text, also where the page may not reach the clipboard by itself.

/**
 * Copy a text.
 * @param {string} text
 * @param {HTMLElement} shown - where it stands on the page: it is marked where it cannot be copied, for Ctrl+C
 * @returns {Promise<boolean>} whether it was copied
 */
export async function copyText(text, shown) {
  try {
    // Only where the page came over https or from this machine, and the browser allows it.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const marked = document.createRange();
    marked.selectNodeContents(shown);
    const selection = document.getSelection();
    selection?.removeAllRanges();
    selection?.addRange(marked);
    const done = document.execCommand?.("copy") ?? false;
    if (done) selection?.removeAllRanges();
    return done;
  }
}
