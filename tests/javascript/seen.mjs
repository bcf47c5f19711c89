// What the page shows of the picture, and what Python laid out, in one form: to be compared.

/** What the page shows of one element, in the form in which Python sends it. */
export function seen(node) {
  return {
    key: node.dataset.key,
    place: node.style.transform,
    cls: node.getAttribute("class"),
    layer: Number(/lk-l(\d)/.exec(node.parentNode.getAttribute("class"))[1]),
    title: node.getAttribute("aria-label") ?? "",
    parts: [...node.children].map((part) => [
      part.tagName,
      Object.fromEntries([...part.attributes].filter(({ name }) => name !== "style").map((a) => [a.name, a.value])),
      part.textContent,
    ]),
  };
}

/** What Python sent of one element, in the form in which the page's own style tells it. */
export function sent({ x, y, parts, ...rest }) {
  const probe = document.createElement("p");
  probe.style.transform = `translate(${x}px, ${y}px)`;
  const strings = (attributes) => Object.fromEntries(Object.entries(attributes).map(([k, v]) => [k, String(v)]));
  return { ...rest, place: probe.style.transform, parts: parts.map(([tag, a, text]) => [tag, strings(a), text]) };
}

export const byKey = (a, b) => (a.key < b.key ? -1 : 1);
