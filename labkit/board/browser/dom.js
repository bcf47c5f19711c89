// Making elements of the page, and setting only what differs.

/**
 * Make an element of the page.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 */
export function html(tag, cls = "", text = "") {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  if (text) node.textContent = text;
  return node;
}

/**
 * Set only what differs: an attribute that is set again to the same value can still cost a layout.
 * @param {Element} node @param {string} name @param {string} value
 */
export function attribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/**
 * Set an element's words, if they are others.
 * @param {Element} node @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
