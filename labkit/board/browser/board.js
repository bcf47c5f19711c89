// The live board as an anywidget: JupyterLab calls render for each place where it is shown.

import { View } from "./view.js";

/** @import {Model} from "./messages.js" */

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  const view = new View(model, el);
  return () => view.close();
}

export default { render };
