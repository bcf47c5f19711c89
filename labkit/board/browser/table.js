// The same facts as a table.

import { html } from "./dom.js";

/** @import {Table} from "./messages.js" */

/**
 * Write the table anew; it is sent only while it is open.
 * @param {HTMLElement} holder @param {Table} table
 */
export function tabulate(holder, { head, rows }) {
  const table = html("table");
  const top = table.createTHead().insertRow();
  for (const word of head) {
    const cell = html("th", "", word);
    cell.scope = "col";
    top.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const word of row) line.insertCell().textContent = word;
  }
  holder.replaceChildren(rows.length ? table : html("p", "", "No Pods yet."));
}
