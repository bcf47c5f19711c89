// Counts the Pods that the board beside the notebook draws as squares, by revision and state, whenever they change.
// Times are milliseconds since the epoch by the page's clock.
() => {
  const svg = document.querySelector(".jupyterlab-sidecar .lk-board svg");
  const now = () => performance.timeOrigin + performance.now();
  const GAPS = { 11: 3, 9: 2, 7: 2, 5: 1 };
  const tens = new Map(); // element of ten slots → {"r0 s-ready": how many}
  const totals = {};
  const log = [];
  const count = (node) => {
    const found = {};
    if (!node.isConnected || !node.dataset.key?.startsWith("ten:")) return found;
    for (const path of node.querySelectorAll(".sq")) {
      const [, side, rest] = /^sq q(\d+) (.*)$/.exec(path.getAttribute("class"));
      for (const [, long] of path.getAttribute("d").matchAll(/h([\d.]+)/g)) {
        const squares = Math.round((Number(long) + GAPS[side]) / (Number(side) + GAPS[side]));
        found[rest] = (found[rest] ?? 0) + squares;
      }
    }
    return found;
  };
  const take = (nodes) => {
    const before = JSON.stringify(totals);
    for (const node of nodes) {
      for (const [kind, n] of Object.entries(tens.get(node) ?? {})) totals[kind] -= n;
      const found = count(node);
      for (const [kind, n] of Object.entries(found)) totals[kind] = (totals[kind] ?? 0) + n;
      if (Object.keys(found).length) tens.set(node, found);
      else tens.delete(node);
    }
    if (JSON.stringify(totals) !== before) log.push([now(), { ...totals }]);
  };
  const of = (node) => (node.nodeType === 1 ? node.closest("g.ten") : null);
  new MutationObserver((records) => {
    const touched = new Set();
    for (const record of records) {
      for (const node of [record.target, ...record.addedNodes, ...record.removedNodes]) {
        const ten = of(node);
        if (ten) touched.add(ten);
      }
    }
    if (touched.size) take(touched);
  }).observe(svg, { subtree: true, childList: true, attributeFilter: ["class", "d", "data-key"] });
  take(svg.querySelectorAll("g.ten"));
  window.squares = { log, totals };
}
