"""A plan as one page of HTML that needs nothing else: no script, no font, no picture from afar."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from wombat.review.outline import SAID
from wombat.review.outlook_words import cost_words, fate_words, forecast_words, tasks_words
from wombat.review.pieces import KEPT_TEXT, count, facts, selected, short, starts, totals
from wombat.review.plan_picture import LARGEST, LINES, edges_of, kind_of, picture
from wombat.review.plan_text import told_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wombat.review.outline import InputLine, Outline, OutputLine, PipelineLine, TaskLine

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
STYLE: Final = """\
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#59636e;--line:#d1d9e0;--page:#fff;--card:#f6f8fa;
--run:#0969da;--judge:#8250df;--maybe:#9a6700;--reuse:#1a7f37;--effect:#bc4c00;--bad:#cf222e}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--line:#3d444d;
--page:#0d1117;--card:#151b23;--run:#58a6ff;--judge:#bc8cff;--maybe:#d29922;--reuse:#3fb950;
--effect:#f0883e;--bad:#ff7b72}}
*{box-sizing:border-box}body{margin:0 auto;max-width:90rem;padding:1.5rem;background:var(--page);
color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.4rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:0}p{margin:.25rem 0}
.dim{color:var(--dim)}section{border:1px solid var(--line);border-radius:8px;margin:1.25rem 0;
padding:1rem}.scroll{overflow-x:auto;margin-top:.75rem}
table{border-collapse:collapse;width:100%;table-layout:fixed;margin-top:.75rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-top:1px solid var(--line)}
th{color:var(--dim);font-weight:600;border-top:0}th:nth-child(1){width:14%}th:nth-child(3){
width:6.5rem}th:nth-child(4){width:30%}th:nth-child(5){width:18%}td.n{white-space:nowrap}
.dim span{white-space:nowrap}
code{font:.87em ui-monospace,Consolas,"DejaVu Sans Mono",monospace}
.b{display:inline-block;border:1px solid;border-radius:999px;padding:0 .55em;
font-size:.85em;font-weight:600}
h2 .b{font-size:.75rem;vertical-align:.15em}
.run,.runs{color:var(--run)}.judge{color:var(--judge)}.maybe,.click{color:var(--maybe)}
.reuse{color:var(--reuse)}.effect{color:var(--effect)}.off,.unchanged{color:var(--dim)}
.refuted{color:var(--bad);font-weight:600}.proven{color:var(--reuse)}.unknown{color:var(--maybe)}
.untyped,.after{color:var(--dim)}.note{border-left:4px solid var(--maybe);background:var(--card);
padding:.5rem .75rem}svg{display:block}svg text{font:12px ui-monospace,Consolas,
"DejaVu Sans Mono",monospace;fill:var(--ink)}svg .s{font-size:10px;fill:currentColor}
svg rect{fill:var(--card);stroke:currentColor;stroke-width:1.5}svg path{fill:none;
stroke:currentColor;stroke-width:1.3}svg path.refuted{stroke-width:2.5}
svg path.after{stroke-dasharray:4 3}svg g.none{color:var(--dim)}
@media screen and (max-width:52rem){body{padding:.75rem}thead{display:none}
table,tbody,tr,td{display:block}
tr{border-top:1px solid var(--line);padding:.4rem 0}th,td,td.n{border:0;padding:.1rem 0;
white-space:normal}td:empty{display:none}td:nth-child(n+2){padding-left:1rem}td.n br{display:none}
td:nth-child(5):not(:empty)::before{content:"→ "}}
@media print{body{padding:0;max-width:none;font-size:11px}svg{max-width:100%;height:auto}
.scroll{overflow:visible}tr,svg,h2{break-inside:avoid}h2{break-after:avoid}}
"""


def plan_html(shown: Outline, *, note: str | None = None) -> str:
    """Every pipeline: what its branch becomes, a picture where it is small, a row a task."""
    lines = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>Wombat plan</title>',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        f"<style>\n{STYLE}</style></head><body>",
        "<h1>Wombat plan</h1>",
    ]
    head = (totals(shown.counts), selected(shown.counts), tasks_words(shown.tasks))
    lines += [f"<p>{_plain(text)}</p>" for text in head if text]
    lines += [f'<p class="note">{_plain(note)}</p>'] if note else []
    for line in shown.pipelines:
        lines += _pipeline(line)
    return "\n".join([*lines, "</body></html>", ""])


def code(text: str) -> str:
    """A user's text, harmless and told apart."""
    return f"<code>{_plain(text)}</code>"


def _plain(text: str) -> str:
    return escape(short(text))


def _pipeline(line: PipelineLine) -> Iterator[str]:
    yield f"<section><h2>{_plain(line.name)}{_state(line)}</h2>"
    if line.description:
        yield f"<p>{_plain(line.description)}</p>"
    yield f'<p class="dim">{" · ".join((*facts(line, code), *starts(line)))}</p>'
    for reason in line.fate.reasons if line.fate else ():
        yield f"<p>why: {code(reason)}</p>"
    if line.forecast is not None:
        yield from (f"<p>{said}</p>" for said in forecast_words(line.forecast, code))
    told = told_tasks(line)
    if 1 < len(told) <= LARGEST:
        yield f'<div class="scroll">{picture(told)}</div>'
        yield from _legend(told)
    if told:
        yield "<table><thead><tr><th>task</th><th>what happens</th>"
        yield "<th>takes</th><th>inputs</th><th>outputs</th></tr></thead><tbody>"
        yield from (_row(task) for task in told)
        yield "</tbody></table>"
    if rest := len(line.tasks) - len(told):
        yield f'<p class="dim">… {count(rest, "more task" if told else "task")} reused</p>'
    yield "</section>"


def _state(line: PipelineLine) -> str:
    return f' <span class="b {line.fate.state}">{SAID[line.fate.state]}</span>' if line.fate else ""


def _legend(tasks: Sequence[TaskLine]) -> Iterator[str]:
    """The kinds of lines that the picture has."""
    drawn = {kind_of(taken) for taken in edges_of(tasks).values()}
    words = [
        f'<span class="{kind}">{_DASHES.get(kind, "—")} {said}</span>'
        for kind, said in LINES.items()
        if kind in drawn
    ]
    if words:
        yield f'<p class="dim">lines: {" ".join(words)}</p>'


_DASHES: Final = {"after": "┄"}


def _row(task: TaskLine) -> str:
    parts = f'<br><span class="dim">{count(task.parts, "part")}</span>' if task.parts else ""
    cells = (
        f"<td>{code(task.name)}{parts}</td>",
        f"<td>{_fate(task)}</td>",
        f'<td class="n">{"<br> ".join(cost_words(task.outlook)) if task.outlook else ""}</td>',
        f"<td>{'<br>'.join((*(_input(one) for one in task.inputs), *_after(task)))}</td>",
        f"<td>{'<br>'.join(_output(one) for one in task.outputs)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def _fate(task: TaskLine) -> str:
    told = task.outlook
    if told is None:
        return "effect, after the publish" if task.effect else ""
    said = "<br>".join(_plain(reason) for reason in told.why)
    return f'<span class="b {told.state}">{fate_words(told)}</span>' + (said and f"<br>{said}")


def _after(task: TaskLine) -> Iterator[str]:
    if task.needs:
        yield "after " + ", ".join(code(need) for need in task.needs)


def _input(one: InputLine) -> str:
    verdict = f' <span class="{one.verdict}">{one.verdict}</span>' if one.verdict else ""
    schema = f" as {code(one.schema)}" if one.schema else ""
    return f"{code(one.name)} ← {code(one.source[:KEPT_TEXT])}{schema}{verdict}"


def _output(one: OutputLine) -> str:
    return f"{code(one.name)} ({code(one.schema) if one.schema else _plain(one.type)})"
