"""The demo's report: one self-contained page, its charts drawn as SVG."""

from html import escape

import pandas as pd

from wombat import Output

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #66717f; --line: #dfe4ea; --paper: #fff;
  --seen: #2f6f8f; --said: #e0a33e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --soft: #97a3b1; --line: #2d3640;
  --paper: #14191f; --seen: #6bb0d0; --said: #e6b45c; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 46rem; margin: 3rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.05rem; margin: 2.4rem 0 .6rem; }
p { color: var(--soft); margin: 0; } svg { width: 100%; height: auto; }
text { fill: var(--soft); font-size: 11px; }
dl { display: flex; flex-wrap: wrap; gap: 1.6rem; margin: 1.8rem 0 0; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; font-size: 1.6rem; font-variant-numeric: tabular-nums; }
td { padding: .15rem 1.2rem .15rem 0; font-variant-numeric: tabular-nums; }
.seen { fill: var(--seen); } .said { fill: var(--said); } .axis { stroke: var(--line); }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px;
  margin: 0 .3em 0 .8em; }
.key:first-child { margin-left: 0; }
"""
ORIGINS = ("EWR", "JFK", "LGA")
WIDTH, HEIGHT, LEFT, BOTTOM = 720, 230, 34, 22


def page(
    metrics: dict, shares: list[dict], routes: pd.DataFrame, late_after: int, page: Output
) -> None:
    hours = [row for row in shares if row["by"] == "hour"]
    airlines = sorted(
        (row for row in shares if row["by"] == "airline"), key=lambda row: -row["seen"]
    )
    page.write_text(
        f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Late flights out of New York</title><style>{STYLE}</style>
<h1>Which flights out of New York arrive late?</h1>
<p>2013, days the model has not seen. Late is more than {late_after} minutes after the schedule.</p>
<dl>{_figure("Flights", f"{metrics['flights']:,}")}{_figure("Late", f"{metrics['late_share']:.1%}")}
{_figure("AUC", f"{metrics['auc']:.3f}")}{_figure("Brier score", f"{metrics['brier']:.3f}")}
{"".join(_figure(f"AUC {name}", f"{metrics[f'auc_of.{name}']:.3f}") for name in ORIGINS)}</dl>
<h2>By hour of departure</h2>
<p><span class="key" style="background:var(--seen)"></span>seen
<span class="key" style="background:var(--said)"></span>predicted</p>
{_bars(hours)}
<h2>By airline</h2>
{_rows(airlines)}
<h2>Routes whose every tenth flight is latest</h2>
{_routes(routes)}
</html>
""",
        encoding="utf-8",
    )


def _routes(routes: pd.DataFrame) -> str:
    """A table of the ten routes with the longest delays, of those flown once a week and more."""
    often = routes[routes["flights"] >= 52].to_dict("records")
    rows = [
        f"<tr><td>{escape(row['origin'])} → {escape(row['dest'])}</td>"
        f"<td>{escape(', '.join(row['carriers']))}</td><td>{row['flights']:,}</td>"
        f"<td>{row['delay']['worst_tenth']:.0f} min</td></tr>"
        for row in sorted(often, key=lambda row: -row["delay"]["worst_tenth"])[:10]
    ]
    return f"<table>{''.join(rows)}</table>"


def _figure(name: str, value: str) -> str:
    return f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>"


def _bars(rows: list[dict]) -> str:
    """Two upright bars for each row: the share seen and the share predicted."""
    top = max(max(row["seen"], row["said"]) for row in rows)
    slot, tall = (WIDTH - LEFT) / len(rows), HEIGHT - BOTTOM - 8
    drawn = []
    for i, row in enumerate(rows):
        x = LEFT + i * slot
        for kind, offset in (("seen", 0.14), ("said", 0.5)):
            high = tall * row[kind] / top
            drawn.append(
                f'<rect class="{kind}" x="{x + slot * offset:.1f}" y="{HEIGHT - BOTTOM - high:.1f}"'
                f' width="{slot * 0.34:.1f}" height="{high:.1f}" rx="2">'
                f"<title>{escape(row['name'])}:00, {kind} {row[kind]:.1%}</title></rect>"
            )
        drawn.append(_label(x + slot / 2, HEIGHT - 6, row["name"], "middle"))
    for share in (0.1, 0.2, 0.3, 0.4, 0.5):
        if share <= top:
            y = HEIGHT - BOTTOM - tall * share / top
            drawn.insert(
                0, f'<line class="axis" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            drawn.append(_label(LEFT - 6, y + 4, f"{share:.0%}", "end"))
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(drawn)}</svg>'


def _rows(rows: list[dict]) -> str:
    """A lying bar for each row, the predicted share as a tick on it."""
    top, high, left = max(max(row["seen"], row["said"]) for row in rows), 24, 190
    wide, drawn = WIDTH - left - 56, []
    for i, row in enumerate(rows):
        y, long, tick = i * high, wide * row["seen"] / top, left + wide * row["said"] / top
        drawn += [
            _label(left - 8, y + 16, row["name"], "end"),
            f'<rect class="seen" x="{left}" y="{y + 5}" width="{long:.1f}" height="14" rx="2"/>',
            f'<rect class="said" x="{tick:.1f}" y="{y + 2}" width="3" height="20"/>',
            _label(WIDTH - 4, y + 16, f"{row['seen']:.1%}", "end"),
        ]
    return f'<svg viewBox="0 0 {WIDTH} {len(rows) * high}" role="img">{"".join(drawn)}</svg>'


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
