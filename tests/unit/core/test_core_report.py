"""The report: charts that enclose their points, and a page that fetches nothing and shows texts as texts."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_gym.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, line_chart, ticks
from prorl_gym.errors import RunError
from prorl_gym.report import page, smooth, write_report
from prorl_gym.runs import Run, write_json

EVIL = "<script src=https://evil.example></script>\"'&"
NUMBERS = st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-12)


@given(NUMBERS, NUMBERS)
def test_ticks_are_few_rising_and_enclose_the_range(one, two):
    low, high = sorted((one, two))
    found = ticks(low, high)
    slack = 1e-6 * max(high - low, 1e-300) + 1e-9 * max(abs(low), abs(high))
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    assert 2 <= len(found) <= 9
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 1, [0, 0.25, 0.5, 0.75, 1]), (0, 7, [0, 2, 4, 6, 8]), (3, 3, [1, 2, 3, 4, 5]), (0, 4e-15, [0, 1e-15, 2e-15, 3e-15, 4e-15])],
)
def test_ticks_are_round_numbers(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected, rel=1e-12)


class Parsed(HTMLParser):
    """Collects tags and attributes; every opened tag must be closed in its turn."""

    VOID = ("meta", "line", "circle", "polyline")

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.texts = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *a) for a in attrs]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *a) for a in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@given(st.lists(st.tuples(st.integers(0, 5000), st.floats(-1e6, 1e6)), min_size=1, max_size=60))
def test_every_point_of_a_curve_stands_inside_its_frame(points):
    chart = line_chart("t", {"s": points})
    [path] = re.findall(r'<polyline[^>]* points="([^"]*)"', chart)
    for pair in path.split():
        x, y = map(float, pair.split(","))
        assert LEFT - 0.1 <= x <= WIDTH - RIGHT + 0.1
        assert TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1
    assert len(path.split()) == len(points)
    assert not Parsed(chart).open


def test_a_chart_leaves_out_what_is_not_finite_and_is_empty_without_points():
    assert line_chart("t", {"s": [(0, float("nan")), (1, float("inf"))]}) == ""
    assert line_chart("t", {}) == ""
    chart = line_chart("t", {"s": [(0, 1.0), (1, float("nan")), (2, 3.0)], "empty": []}, marks=[1.0])
    assert len(re.findall(r"<circle", chart)) == 2
    assert "reset at 1" in chart
    assert "empty" not in chart


def test_smoothing_keeps_the_places_and_the_mean_of_few_points():
    points = [(float(i), float(i % 2)) for i in range(200)]
    assert [x for x, _ in smooth(points)] == [x for x, _ in points]
    assert all(0.3 < y < 0.7 for _, y in smooth(points)[5:-5])
    assert smooth(points[:10]) == points[:10]
    assert smooth([]) == []


def row(low, gain, high):
    return {"base": 0.2, "trained": 0.2 + gain, "gain": gain, "low": low, "high": high}


@pytest.fixture
def run(tmp_path):
    with Run.create(tmp_path / EVIL.replace("/", "|"), {}) as made:
        for step in range(1, 30):
            made.metrics(step, {"reward": step / 30, "reward/math": 0.5, "kl": None if step < 3 else 0.01, "entropy": 1.0, f"entropy/{EVIL}": 0.1})
        made.event("reset", step=10, summary=EVIL)
        made.event("alarm", step=11, reason="ungradable")
        made.event("level", step=12, env=EVIL)
        made.event("validation", step=5, score=0.5, domains={EVIL: {"score": 0.4}})
        task = {"env_id": EVIL}
        turn = {"observation": EVIL, "completion": EVIL, "verdict": {"reason": EVIL}}
        with made.rollouts("step-1") as rollouts:
            for reward in (1.0, 0.0, None):
                rollouts.write({"task": task, "turns": [turn], "reward": reward})
        domains = {EVIL: row(-0.3, -0.2, -0.1), "math": row(0.1, 0.2, 0.3), "stem": row(-0.1, 0.0, 0.1)}
        curves = {f"base {EVIL}": {"1": 0.2, "2": 0.3}}
        write_json(made.path / "summary.json", {"domains": domains, "mean": row(0.0, 0.1, 0.2), "wall_s": 61.0, "pass@k": curves})
    return made.path


def test_the_page_fetches_nothing_and_runs_nothing(run):
    parsed = Parsed(page(run))
    assert not parsed.open
    assert {"script", "link", "img", "iframe", "object", "embed", "base", "form"}.isdisjoint(parsed.tags)
    for tag, name, value in parsed.attributes:
        assert name not in ("src", "href", "srcset", "action"), (tag, name, value)
        assert not name.startswith("on"), (tag, name, value)
        assert "http" not in value or name == "aria-label", (tag, name, value)
    assert not re.search(r"url\(|@import", page(run))


def test_the_page_shows_texts_as_texts(run):
    assert "<script" not in page(run)
    shown = "".join(Parsed(page(run)).texts)
    assert shown.count(EVIL) > 12


def test_the_page_has_the_table_the_curves_the_events_and_the_rollouts(run):
    text = page(run)
    assert "29 steps, 1 reference resets" in text
    for heading in ("Base against trained", "Curves", "Events", "Rollouts of step-1"):
        assert f"<h2>{heading}</h2>" in text
    for title in ("Reward", "Validation score", "Reward by domain", "KL to the reference", "Token entropy", "pass@k, mean over domains"):
        assert f"<figcaption><b>{title}</b>" in text
    assert "<b>Gradient norm</b>" not in text
    assert "<td class='good'>+0.200</td><td>[+0.100, +0.300]</td>" in text
    assert "<td class='bad'>-0.200</td>" in text
    assert "<td class=''>+0.000</td>" in text
    assert text.count("<details>") == 2


def test_a_report_is_written_into_the_run_or_where_it_is_told(run, tmp_path):
    assert write_report(run) == run / "report.html"
    assert write_report(run, out=tmp_path / "sub" / "r.html").read_text() == page(run) == (run / "report.html").read_text()


def test_a_run_that_has_only_begun_has_a_page_and_a_folder_without_one_has_none(tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        write_report(tmp_path)
    Run.create(tmp_path / "new", {}).close()
    assert "<h1>new</h1>" in page(tmp_path / "new")
    assert write_report(tmp_path / "new").is_file()
