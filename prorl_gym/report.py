"""A run as one self-contained HTML page: the table of what came out, the curves, the events, a few rollouts to read.

Everything is read from the run's folder, so the page can be made at any time, also while the run goes on.
"""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prorl_gym.charts import line_chart
from prorl_gym.errors import RunError
from prorl_gym.runs import read_json, read_jsonl, write_atomically

STYLE = """
:root{color-scheme:light dark;--fg:#0f172a;--dim:#64748b;--bg:#ffffff;--line:#e2e8f0;--card:#f8fafc}
@media(prefers-color-scheme:dark){:root{--fg:#e2e8f0;--dim:#94a3b8;--bg:#0b1120;--line:#1e293b;--card:#111827}}
body{font:14px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:2rem auto;max-width:1000px;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .6rem}p,em{color:var(--dim);font-style:normal}
table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right}
td:first-child,th:first-child{text-align:left}tr.mean td{font-weight:600}.good{color:#059669}.bad{color:#dc2626}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:1rem}
figure{margin:0;padding:.7rem;background:var(--card);border:1px solid var(--line);border-radius:8px}
figcaption div{font-size:12px;color:var(--dim)}figcaption span{margin-right:.8rem;white-space:nowrap}
figcaption i{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.3em}
svg{width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:var(--dim)}
.grid{stroke:var(--line)}.mark{stroke:var(--dim);stroke-dasharray:3 3}
pre{white-space:pre-wrap;word-break:break-word;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.5rem;margin:.2rem 0}
details{margin:.3rem 0}summary{cursor:pointer}
"""


def write_report(run: Path, *, out: Path | None = None) -> Path:
    """Write the page (default: `report.html` in the run's folder) and give its path. Raises RunError where there is no run."""
    if not any((run / name).exists() for name in ("metrics.jsonl", "summary.json", "eval.json")):
        raise RunError(f"{run} holds no run (no metrics.jsonl, summary.json or eval.json); prorl runs list shows those there are")
    target = out or run / "report.html"
    write_atomically(target, page(run).encode())
    return target


def page(run: Path) -> str:
    """The page's HTML."""
    metrics = list(read_jsonl(run / "metrics.jsonl")) if (run / "metrics.jsonl").exists() else []
    events = list(read_jsonl(run / "events.jsonl")) if (run / "events.jsonl").exists() else []
    summary: dict[str, Any] = read_json(run / "summary.json") if (run / "summary.json").exists() else {}
    measured: dict[str, Any] = read_json(run / "eval.json") if (run / "eval.json").exists() else {}
    sections = [
        _comparison(summary),
        _evaluation(measured),
        f'<h2>Curves</h2><p>Dashed lines are reference resets.</p><div class="charts">{"".join(_charts(metrics, events))}</div>' if metrics else "",
        _events(events),
        _samples(run),
    ]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(run.name)}</title><style>{STYLE}</style>'
    steps = f"{metrics[-1]['step']} steps, {sum(e['event'] == 'reset' for e in events)} reference resets" if metrics else ""
    return f"{head}<h1>{html.escape(run.name)}</h1><p>{steps}</p>{''.join(sections)}</html>\n"


def _comparison(summary: dict[str, Any]) -> str:
    if "domains" not in summary or "mean" not in summary:
        return ""
    both = "tolerant" in summary["mean"]
    rows = "".join(_row(name, row, "") for name, row in summary["domains"].items()) + _row("mean", summary["mean"], "mean")
    wall = f" · {summary['wall_s']:.0f} s in all" if "wall_s" in summary else ""
    modes = "; the last columns grade the same answers with tolerant extraction" if both else ""
    note = f"<p>pass@1 on the test split; the interval bounds the gain at 95% (bootstrap over prompts){modes}{wall}</p>"
    tolerant = "<th>base, tolerant</th><th>trained, tolerant</th>" if both else ""
    head = f"<tr><th>domain</th><th>base</th><th>trained</th><th>gain</th><th>95% interval</th>{tolerant}</tr>"
    return f"<h2>Base against trained</h2>{note}<table>{head}{rows}</table>{_pass_at_k(summary.get('pass@k'))}"


def _row(name: str, row: dict[str, Any], kind: str) -> str:
    verdict = "good" if row["low"] > 0 else "bad" if row["high"] < 0 else ""
    cells = f"<td>{row['base']:.3f}</td><td>{row['trained']:.3f}</td><td class='{verdict}'>{row['gain']:+.3f}</td>"
    tolerant = "".join(f"<td>{row['tolerant'][which]:.3f}</td>" for which in ("base", "trained")) if "tolerant" in row else ""
    return f"<tr class='{kind}'><td>{html.escape(name)}</td>{cells}<td>[{row['low']:+.3f}, {row['high']:+.3f}]</td>{tolerant}</tr>"


def _evaluation(measured: dict[str, Any]) -> str:
    """What `prorl eval --out` left: every environment under both modes of extraction."""
    if "mean" not in measured:
        return ""
    rows = [*measured["envs"].items(), *((f"{name} (domain)", d) for name, d in measured["domains"].items()), ("mean over domains", measured["mean"])]
    modes = list(measured["mean"].get("modes", ()))
    body = "".join(_evaluated(name, row, modes) for name, row in rows)
    head = f"<tr><th>environment</th><th>pass@1</th><th>95% interval</th>{''.join(f'<th>{m}</th>' for m in modes)}</tr>"
    note = f"<p>Rewarded is the {html.escape(measured['mode'])} mode of extraction; both modes grade the same answers.</p>" if modes else ""
    return f"<h2>Evaluation</h2>{note}<table>{head}{body}</table>"


def _evaluated(name: str, row: dict[str, Any], modes: Sequence[str]) -> str:
    by_mode = "".join(f"<td>{_three(row['modes'][mode]['pass@1'])}</td>" for mode in modes)
    kind = "mean" if name.startswith("mean") else ""
    interval = f"[{_three(row['low'])}, {_three(row['high'])}]"
    return f"<tr class='{kind}'><td>{html.escape(name)}</td><td>{_three(row['pass@1'])}</td><td>{interval}</td>{by_mode}</tr>"


def _three(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _pass_at_k(curves: dict[str, dict[str, float]] | None) -> str:
    if not curves:
        return ""
    series = {name: [(float(k), v) for k, v in points.items()] for name, points in curves.items()}
    return f'<div style="margin-top:1rem;max-width:486px">{line_chart("pass@k, mean over domains", series, note="unbiased estimator")}</div>'


def _charts(metrics: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]]) -> list[str]:
    resets = [float(e["step"]) for e in events if e["event"] == "reset"]
    validations = [e for e in events if e["event"] == "validation" and "domains" in e]
    names = sorted({n for e in validations for n in e["domains"]})
    by_domain = {n: [(e["step"], e["domains"][n]["score"]) for e in validations if n in e["domains"]] for n in names}

    def curve(key: str) -> list[tuple[float, float]]:
        return [(m["step"], m[key]) for m in metrics if m.get(key) is not None]

    def per_domain(prefix: str) -> dict[str, list[tuple[float, float]]]:
        keys = sorted({k for m in metrics for k in m if k.startswith(prefix + "/")})
        return {k.removeprefix(prefix + "/"): smooth(curve(k)) for k in keys}

    return [
        line_chart("Reward", {"reward": smooth(curve("reward"))}, marks=resets, note="all rollouts, unshaped"),
        line_chart("Validation score", {"mean": [(e["step"], e["score"]) for e in validations], **by_domain}, marks=resets, note="by domain"),
        line_chart("Reward by domain", {"mean": [], **per_domain("reward")}, marks=resets),
        line_chart("KL to the reference", {"kl": curve("kl")}, marks=resets, note="nats a token; 0 after a reset"),
        line_chart("Token entropy", {"all": smooth(curve("entropy")), **per_domain("entropy")}, marks=resets, note="nats"),
        line_chart("Length", {"tokens": smooth(curve("length"))}, marks=resets, note="tokens an answer"),
        line_chart("Groups with a signal", {"keep rate": smooth(curve("keep_rate"))}, marks=resets),
        line_chart("Gradient norm", {"before clipping": smooth(curve("grad_norm"))}, marks=resets),
        line_chart("Loss", {"loss": smooth(curve("loss"))}, marks=resets) if "reward" not in metrics[-1] else "",
    ]


def smooth(points: Sequence[tuple[float, float]], *, width: int | None = None) -> list[tuple[float, float]]:
    """A centred moving average over `width` points (default: a fortieth of them), so that long runs stay readable."""
    width = width or max(1, len(points) // 40)
    half = width // 2
    out: list[tuple[float, float]] = []
    for i, (x, _) in enumerate(points):
        window = [y for _, y in points[max(0, i - half) : i + half + 1]]
        out.append((x, sum(window) / len(window)))
    return out


def _events(events: Sequence[dict[str, Any]]) -> str:
    shown = [e for e in events if e["event"] in ("reset", "alarm", "resumed", "stopped", "level")][-60:]
    if not shown:
        return ""
    rows = "".join(
        f"<tr><td>{e.get('step')}</td><td style='text-align:left'>{html.escape(e['event'])}</td>"
        f"<td style='text-align:left'>{html.escape(_what(e))}</td></tr>"
        for e in shown
    )
    return f"<h2>Events</h2><table><tr><th>step</th><th style='text-align:left'>event</th><th style='text-align:left'>what</th></tr>{rows}</table>"


def _what(event: dict[str, Any]) -> str:
    return str(event.get("summary") or event.get("reason") or {k: v for k, v in event.items() if k not in ("event", "step", "time")})


def _samples(run: Path) -> str:
    files = sorted((run / "rollouts").glob("*.jsonl"))
    if not files:
        return ""
    chosen: dict[tuple[str, bool], dict[str, Any]] = {}
    for row in read_jsonl(files[-1]):
        if row["reward"] is not None:
            chosen.setdefault((row["task"]["env_id"], row["reward"] >= 1.0), row)
    parts: list[str] = []
    for (env_id, right), row in sorted(chosen.items())[:24]:
        turn = row["turns"][-1]
        verdict = f"{turn['verdict']['reason']}, reward {row['reward']:g}"
        text = html.escape(row["turns"][0]["observation"])
        parts.append(
            f"<details><summary>{html.escape(env_id)} — {'right' if right else 'wrong'} <em>{html.escape(verdict)}</em></summary>"
            f"<pre>{text}</pre><pre>{html.escape(turn['completion'])}</pre></details>"
        )
    return f"<h2>Rollouts of {html.escape(files[-1].stem)}</h2>{''.join(parts)}"
