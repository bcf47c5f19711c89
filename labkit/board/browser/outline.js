// What happened, in words: the moments of a replay as a list, the present one marked, each a way to get there.

import { clockTime, duration } from "./clock.js";
import { attribute, html } from "./dom.js";
import { toneOf } from "./marks.js";

/** @import {Account} from "./frames.js" */

/** The list of moments beside a replay. */
export class Outline {
  /** @param {Account} account @param {(at: number) => void} choose - called with milliseconds since the beginning */
  constructor(account, choose) {
    this.node = html("div", "lk-outline");
    const heading = html("p", "lk-heading", "What happened");
    this.list = html("ol");
    this.list.setAttribute("role", "list");
    this.list.setAttribute("aria-label", "What happened");
    for (const { at, text, kind } of account.moments) {
      const button = html("button", `lk-told lk-tl-${toneOf(kind) || "plain"}`);
      button.type = "button";
      const time = html("time", "", duration(at / 1000));
      time.title = clockTime(account.begin + at / 1000, account.offset);
      button.append(time, html("span", "", text));
      button.addEventListener("click", () => choose(at));
      const line = html("li");
      line.append(button);
      this.list.append(line);
    }
    this.node.append(heading, account.moments.length ? this.list : html("p", "", "Nothing changed."));
    this.last = -1;
  }

  /** Mark the moment at which the replay is. @param {number} number - -1: before the first */
  mark(number) {
    const { children } = this.list;
    const [from, to] = [Math.min(this.last, number), Math.max(this.last, number)];
    for (let i = Math.max(0, from); i <= to; i += 1) {
      children[i].classList.toggle("lk-past", i <= number);
      const button = /** @type {Element} */ (children[i].firstElementChild);
      if (i === number) attribute(button, "aria-current", "step");
      else button.removeAttribute("aria-current");
    }
    this.last = number;
    this.reveal(/** @type {HTMLElement | undefined} */ (children[Math.max(0, number)]));
  }

  /** Scroll the list, and nothing else, to a line of it. @param {HTMLElement | undefined} line */
  reveal(line) {
    if (!line) return;
    const { list } = this;
    const top = line.offsetTop - list.offsetTop;
    if (top < list.scrollTop + 20 || top + line.offsetHeight > list.scrollTop + list.clientHeight - 40) {
      list.scrollTop = Math.max(0, top - list.clientHeight / 3);
    }
  }
}
