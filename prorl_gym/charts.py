"""Line charts as inline SVG: a few hundred bytes a curve, no script, no fonts, nothing fetched."""

import html
import math
from collections.abc import Mapping, Sequence

COLOURS = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f", "#475569")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 230, 52, 12, 12, 26
Points = Sequence[tuple[float, float]]


def line_chart(title: str, series: Mapping[str, Points], *, marks: Sequence[float] = (), note: str = "") -> str:
    """A figure with one curve a series of (x, y) points, dashed vertical lines at `marks`; an empty text without any finite point.

    A series keeps the colour of its place also where another one is empty, so that several charts can agree on their colours.
    """
    colours = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(series)}
    finite = {name: [(x, y) for x, y in points if math.isfinite(y)] for name, points in series.items()}
    finite = {name: points for name, points in finite.items() if points}
    if not finite:
        return ""
    xs = [x for points in finite.values() for x, _ in points]
    ys = [y for points in finite.values() for _, y in points]
    x_ticks, y_ticks = ticks(min(xs), max(xs)), ticks(min(0.0, *ys) if min(ys) < 0.5 * max(ys) else min(ys), max(ys))
    x0, x1 = min(min(xs), x_ticks[0]), max(max(xs), x_ticks[-1])
    y0, y1 = y_ticks[0], y_ticks[-1]

    def px(x: float) -> float:
        return round(LEFT + (x - x0) / max(1e-12, x1 - x0) * (WIDTH - LEFT - RIGHT), 1)

    def py(y: float) -> float:
        return round(HEIGHT - BOTTOM - (y - y0) / max(1e-12, y1 - y0) * (HEIGHT - TOP - BOTTOM), 1)

    parts = [f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{py(t)}" y2="{py(t)}"/>' for t in y_ticks]
    parts += [f'<text x="{LEFT - 6}" y="{py(t) + 4}" text-anchor="end">{t:g}</text>' for t in y_ticks]
    parts += [f'<text x="{px(t)}" y="{HEIGHT - 8}" text-anchor="middle">{t:g}</text>' for t in x_ticks]
    parts += [f'<line class="mark" x1="{px(m)}" x2="{px(m)}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"><title>reset at {m:g}</title></line>' for m in marks]
    for name, points in finite.items():
        colour = colours[name]
        path = " ".join(f"{px(x)},{py(y)}" for x, y in points)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{path}"><title>{html.escape(name)}</title></polyline>')
        if len(points) < 40:
            parts += [
                f'<circle cx="{px(x)}" cy="{py(y)}" r="2.2" fill="{colour}"><title>{html.escape(name)} at {x:g}: {y:.4g}</title></circle>'
                for x, y in points
            ]
    legend = "".join(
        f'<span><i style="background:{colours[name]}"></i>{html.escape(name)} {points[-1][1]:.3g}</span>' for name, points in finite.items()
    )
    caption = f"<figcaption><b>{html.escape(title)}</b>{f' <em>{html.escape(note)}</em>' if note else ''}<div>{legend}</div></figcaption>"
    return f'<figure>{caption}<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(title)}">{"".join(parts)}</svg></figure>'


def ticks(low: float, high: float, *, count: int = 5) -> list[float]:
    """Round numbers that enclose [low, high], about `count` of them, at least two."""
    if high <= low:
        pad = abs(low) * 0.5 or 1.0
        low, high = low - pad, high + pad
    raw = (high - low) / max(1, count - 1)
    size = 10 ** math.floor(math.log10(raw))
    step = next(m * size for m in (1, 2, 2.5, 5, 10) if m * size >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    digits = max(12, 12 - math.floor(math.log10(step)))
    return [round(i * step, digits) for i in range(first, last + 1)]
