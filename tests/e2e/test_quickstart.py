"""The quickstart's road on its own configuration, cut down to seconds: every step runs for real, only the sizes are small."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from prorl_gym.config import load
from prorl_gym.errors import ConfigError
from prorl_gym.runs import read_json, read_jsonl
from prorl_trainer.quickstart import QuickstartConfig, print_summary, run_quickstart

CONFIG = Path(__file__).parents[2] / "configs" / "quickstart.toml"
SMALL = (
    "threads=1",
    "num_solved=70",
    "tiny={hidden=32, layers=2, heads=2, vocab_size=300}",
    "sft.steps=4",
    "sft.stop.every=4",
    "sft.stop.num_tasks=12",
    "train.steps=3",
    "train.reset.interval=1",
    "train.rollout.prompts_per_step=6",
    "train.rollout.group_size=2",
    "train.validation.num_tasks=12",
    "train.algorithm.dynamic_sampling=false",
    "test.num_tasks=21",
    "test.samples=2",
)


class Links(HTMLParser):
    """Collects everything that a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.fetched = []

    def handle_starttag(self, tag, attrs):
        self.fetched += [value for name, value in attrs if name in ("src", "href") or (tag == "link")]


def test_the_road_from_nothing_to_a_report(tmp_path, capsys):
    config = load(QuickstartConfig, path=CONFIG, overrides=[f"out={str(tmp_path / 'quick')!r}", *SMALL])
    summary = run_quickstart(config)
    assert read_json(config.out / "summary.json") == summary
    assert set(summary["domains"]) == {"math", "code", "logic", "stem", "instruct", "countdown"}
    for row in (summary["mean"], *summary["domains"].values()):
        assert set(row) == {"base", "trained", "gain", "low", "high", "tolerant"}
        assert row["low"] <= row["gain"] <= row["high"]
        assert row["trained"] == pytest.approx(row["base"] + row["gain"])
    assert summary["resets"] == 3
    assert summary["wall_s"] > 0
    assert set(summary["pass@k"]["base"]) == {"1", "2"}
    assert sum(1 for _ in read_jsonl(config.out / "data" / "data.jsonl")) == 70
    assert {r["score"] for r in read_jsonl(config.out / "data" / "data.jsonl")} == {1.0}
    for name in ("base", "trained"):
        assert sum(1 for _ in read_jsonl(config.out / "eval" / name / "rollouts" / "eval.jsonl")) == 42
    test_tasks = {r["task"]["task_id"] for r in read_jsonl(config.out / "eval" / "base" / "rollouts" / "eval.jsonl")}
    assert not test_tasks & {r["task_id"] for r in read_jsonl(config.out / "data" / "data.jsonl")}
    page = (config.out / "report.html").read_text()
    assert "Base against trained" in page
    links = Links()
    links.feed(page)
    assert links.fetched == []
    print_summary(summary, config.out)
    assert "95% interval" in capsys.readouterr().out


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    config = load(QuickstartConfig, path=CONFIG, overrides=[f"out={str(tmp_path)!r}", *SMALL])
    with pytest.raises(ConfigError, match="is not empty"):
        run_quickstart(config)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
