// Looks at the board beside the notebook: notes when each Pod's element comes, changes its classes, and goes; and when
// the page draws a frame. Times are milliseconds since the epoch by the page's clock.
() => {
  const svg = document.querySelector(".jupyterlab-sidecar .lk-board svg");
  const now = () => performance.timeOrigin + performance.now();
  const log = [];
  const nodes = new Map(); // key → its element
  const said = new Map(); // key → the classes noted last; empty when it is gone
  const of = (node) => (node.nodeType === 1 && node.dataset.key?.startsWith("pod:") ? node.dataset.key : "");
  const note = (keys) => {
    const at = now();
    for (const key of keys) {
      const classes = nodes.get(key)?.getAttribute("class")?.replace("lk-enter", "").trim() ?? "";
      if (said.get(key) === classes) continue;
      said.set(key, classes);
      log.push([at, key.slice(4), classes]);
    }
  };
  const hear = (records) => {
    const touched = new Set();
    const left = (key, node) => {
      if (nodes.get(key) !== node) return;
      nodes.delete(key);
      touched.add(key);
    };
    for (const record of records) {
      if (record.type === "attributes") {
        const key = of(record.target);
        if (key) touched.add(key);
        else if (record.oldValue?.startsWith("pod:")) left(record.oldValue, record.target);
        continue;
      }
      for (const node of record.removedNodes) if (of(node)) left(of(node), node);
      for (const node of record.addedNodes) {
        if (!of(node)) continue;
        nodes.set(of(node), node);
        touched.add(of(node));
      }
    }
    note(touched);
  };
  const observer = new MutationObserver(hear);
  observer.observe(svg, { subtree: true, attributeFilter: ["class", "data-key"], attributeOldValue: true });
  for (const layer of svg.querySelectorAll(":scope > g")) observer.observe(layer, { childList: true });
  for (const node of svg.querySelectorAll("[data-key]")) if (of(node)) nodes.set(of(node), node);
  note([...nodes.keys()]);
  const frames = [];
  const draw = () => {
    frames.push(now());
    requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
  window.bench = { log, frames, nodes };
}
