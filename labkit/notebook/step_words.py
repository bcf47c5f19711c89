"""How a step's box, a prediction and an observation look: HTML made from words. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from labkit.lesson import wording
from labkit.lesson.steps.verdict import Grade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.lesson.wording import Cause, PredictionWords, StepWords

#: Told apart by shape as well as by colour; the words beside it say the same.
MARKS = {Grade.DONE: "✓", Grade.NOT_YET: "○", Grade.WRONG_WAY: "✗", Grade.UNKNOWN: "…"}
_CLASSES = {Grade.DONE: "done", Grade.NOT_YET: "open", Grade.WRONG_WAY: "wrong", Grade.UNKNOWN: "unknown"}
_NAMES = {Grade.DONE: "done", Grade.NOT_YET: "not-yet", Grade.WRONG_WAY: "wrong-way", Grade.UNKNOWN: "unknown"}

#: JupyterLab's own colours, light or dark; what is outside JupyterLab gets what stands behind the comma.
STYLE = """<style>
.labkit-step { border: 1px solid var(--jp-border-color2, #bdbdbd); border-left-width: 4px; border-radius: 2px;
  padding: 8px 12px; margin: 4px 0; max-width: 100%; box-sizing: border-box;
  color: var(--jp-content-font-color1, inherit); }
.labkit-step .widget-html, .labkit-step .widget-html-content { height: auto; max-width: 100%; overflow: visible;
  line-height: 1.45; font-size: var(--jp-content-font-size1, 14px); color: var(--jp-content-font-color1, inherit); }
.labkit-step .widget-html-content { white-space: normal; overflow-wrap: anywhere; }
.labkit-step .jupyter-button { color: var(--jp-ui-font-color1, #212121);
  background: var(--jp-layout-color2, #eeeeee); border: 1px solid var(--jp-border-color1, #9e9e9e); }
.labkit-step .jupyter-button:disabled { opacity: 1; color: var(--jp-ui-font-color2, #616161); }
.labkit-step .widget-radio-box { width: auto; max-width: 100%; }
.labkit-step .widget-radio-box label { height: auto; line-height: 1.4; white-space: normal; padding: 3px 0;
  display: flex; flex-direction: row-reverse; justify-content: flex-end; align-items: flex-start; gap: 8px;
  font-size: var(--jp-content-font-size1, 14px);
  color: var(--jp-content-font-color1, inherit); }
.labkit-step .widget-radio-box input { margin: 3px 2px 0 0; flex: none; }
.labkit-step .widget-text, .labkit-step .widget-text input { max-width: 100%; }
.labkit-words p { margin: 2px 0 6px; }
.labkit-words dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 6px 0; }
.labkit-words dl > dt { font-weight: 600; float: none; width: auto; max-width: 9.5em; margin: 0; padding: 0;
  overflow-wrap: normal; }
.labkit-words dl > dd { margin: 0; padding: 0; min-width: 0; float: none; width: auto; }
.labkit-words ol { margin: 4px 0; padding-left: 22px; }
.labkit-words pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 4px 0; padding: 6px 8px;
  background: var(--jp-layout-color2, #f5f5f5); color: var(--jp-content-font-color1, inherit);
  font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px); line-height: 1.4; }
.labkit-words code { font-family: var(--jp-code-font-family, monospace); font-size: 0.93em;
  background: var(--jp-layout-color2, #f5f5f5); color: inherit; padding: 0 3px; overflow-wrap: anywhere; }
.labkit-head { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; }
.labkit-head .kind { font-size: 12px; letter-spacing: .04em; text-transform: uppercase;
  color: var(--jp-content-font-color2, #616161); }
.labkit-head strong { font-size: 1.08em; }
.labkit-mark { display: inline-flex; gap: 6px; align-items: baseline; margin-left: auto; font-weight: 600; }
.labkit-step-done { border-left-color: #009e73; } .labkit-step-open { border-left-color: #56b4e9; }
.labkit-step-wrong { border-left-color: #d55e00; } .labkit-step-unknown { border-left-color: #999999; }
</style>"""


def style_class(grade: Grade) -> str:
    """Return the box's CSS class for a grade."""
    return f"labkit-step-{_CLASSES[grade]}"


def head(words: StepWords, grade: Grade, *, shown: bool = False) -> str:
    """Return a box's first line: what it is, its name, and its mark."""
    box = wording.common("box")
    said = box["shown"] if shown and grade is Grade.DONE else box[_NAMES[grade]]
    return (
        f'<div class="labkit-words"><div class="labkit-head"><span class="kind">{_text(box["exercise"])}</span>'
        f'<strong>{_text(words.title)}</strong><span class="labkit-mark" role="status" aria-live="polite">'
        f'<span aria-hidden="true">{MARKS[grade]}</span>{_text(said)}</span></div><p>{prose(words.goal)}</p></div>'
    )


def finding(words: StepWords, cause: Cause, grade: Grade) -> str:
    """Return what was seen, what is expected, why they differ, and what to try."""
    box = wording.common("box")
    rows = [(box["seen"], cause.seen)]
    if grade is not Grade.DONE:
        rows.append((box["expected"], words.expected))
    rows += [(box[name], said) for name, said in (("why", cause.why), ("try", cause.remedy)) if said]
    inner = "".join(f"<dt>{_text(name)}</dt><dd>{prose(said)}</dd>" for name, said in rows)
    return f'<div class="labkit-words"><dl>{inner}</dl></div>'


def hints(opened: Iterable[str]) -> str:
    """Return the hints that were opened."""
    inner = "".join(f"<li>{prose(hint)}</li>" for hint in opened)
    return f'<div class="labkit-words"><ol>{inner}</ol></div>' if inner else ""


def commands(typed: Iterable[str]) -> str:
    """Return what "show me" shows."""
    box, lines = wording.common("box"), "\n".join(typed)
    if not lines:
        return f'<div class="labkit-words"><p>{_text(box["only-waits"])}</p></div>'
    shown = f'<pre class="labkit-commands">{_text(lines)}</pre>'
    return f'<div class="labkit-words"><p>{_text(box["commands"])}</p>{shown}</div>'


def note(said: str, *, code: bool = False) -> str:
    """Return a line that says how it goes, or what kubectl said."""
    if not said:
        return ""
    inner = f"<pre>{_text(said)}</pre>" if code else f"<p>{prose(said)}</p>"
    return f'<div class="labkit-words" role="status">{inner}</div>'


def question(words: PredictionWords) -> str:
    """Return a prediction's question."""
    said = wording.common("prediction")
    return (
        f'<div class="labkit-words"><div class="labkit-head"><span class="kind">{_text(said["predict"])}</span></div>'
        f"<p>{prose(words.question)}</p></div>"
    )


def observation(words: PredictionWords, predicted: str | None, happened: str, sentence: str, why: str) -> str:
    """Return what was predicted beside what happened, and why it did.

    Parameters
    ----------
    words
        The prediction's.
    predicted, happened
        The choice that was made, None without one; and the one that happened.
    sentence, why
        What happened, and why, with their facts.
    """
    said = wording.common("prediction")
    right = predicted == happened
    chosen = words.choices.get(predicted or "", said["nothing"])
    verdict = "" if predicted is None else f" <em>{_text(said['as-predicted' if right else 'otherwise'])}</em>"
    mark = "unknown" if predicted is None else ("done" if right else "open")
    return (
        f'{STYLE}<div class="labkit-step labkit-words labkit-step-{mark}"><dl>'
        f"<dt>{_text(said['predicted'])}</dt><dd>{prose(chosen)}.{verdict}</dd>"
        f"<dt>{_text(said['happened'])}</dt><dd>{prose(sentence)}</dd>"
        f"<dt>{_text(said['why'])}</dt><dd>{prose(why)}</dd></dl></div>"
    )


def rows(told: Iterable[tuple[str, str]]) -> str:
    """Return what is said in place of an observation: each with its name."""
    inner = "".join(f"<dt>{_text(name)}</dt><dd>{prose(said)}</dd>" for name, said in told)
    return f'{STYLE}<div class="labkit-step labkit-words labkit-step-unknown"><dl>{inner}</dl></div>'


def plain(words: StepWords) -> str:
    """Return a step in plain text, as a saved notebook and a handout have it: not done yet."""
    box = wording.common("box")
    asked = [words.question] if words.question else []
    head_line = f"{box['exercise']}: {words.title} ({box['not-yet'].lower()})"
    return "\n".join([head_line, words.goal, *asked, f"{box['expected']}: {words.expected}"])


def plain_question(words: PredictionWords) -> str:
    """Return a prediction in plain text, as a saved notebook and a handout have it."""
    said = wording.common("prediction")
    choices = (f"  ( ) {choice}" for choice in words.choices.values())
    return "\n".join([f"{said['predict']}: {words.question}", *choices])


def prose(text: str) -> str:
    """Return words as HTML: what stands in backticks is code."""
    parts = _text(text).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def _text(text: str) -> str:
    return html.escape(text)
