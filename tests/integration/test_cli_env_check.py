"""`prorl env check` as a plugin author uses it: files, settings, exit codes, JSON, the page."""

import json
from pathlib import Path

import pytest

from prorl_gym import register
from prorl_gym.testing import CHECKS
from prorl_gym.testing.page import COLUMNS, read_rows

FIXTURES = Path(__file__).parent.parent / "fixtures"
FAULTY, ROW_ENVS = FIXTURES / "faulty_verifiers.py", FIXTURES / "row_envs.py"


@pytest.fixture(autouse=True)
def plugged(plug):
    """The registry is filled anew, and what a test registers is forgotten after it."""
    return plug("echo_plugin.py")


def test_a_sound_class_in_a_file_passes_with_its_rates(prorl):
    done = prorl("env", "check", f"{FAULTY}:Twice", "--tasks", "2", "--jobs", "1")
    assert done.exit_code == 0, done.stdout
    header, *lines = done.stdout.splitlines()
    assert header.split() == ["CHECK", "RESULT", "DETAIL"]
    assert [line.partition("  ")[0] for line in lines[: len(CHECKS)]] == list(CHECKS)
    assert "wrong accepted 0/" in done.stdout
    assert "local/twice-v0: passes" in done.stdout


def test_a_faulty_class_fails_with_code_1_and_says_what_was_seen(prorl):
    done = prorl("env", "check", f"{FAULTY}:PaysSubstrings", "--tasks", "2")
    assert done.exit_code == 1
    [line] = [line for line in done.stdout.splitlines() if "FAIL" in line and line.startswith("near misses")]
    for said in ("4 of 4 texts fail: task ", " or ", "got score 1", "compare the whole answer"):
        assert said in line


def test_json_holds_checks_rates_and_examples(prorl):
    done = prorl("env", "check", f"{FAULTY}:Twice", f"{FAULTY}:CrashesOnEmoji", "--tasks", "2", "--json", "--seed", "5")
    assert done.exit_code == 1
    sound, faulty = json.loads(done.stdout)
    assert (sound["status"], faulty["status"]) == ("passes", "fails")
    assert sound["seed"] == 5
    assert sound["rates"]["false_positive"]["hits"] == 0
    assert 0 < sound["rates"]["false_positive"]["high"] < 0.5
    assert faulty["rates"]["noise"]["hits"] == 0
    [odd] = [c for c in faulty["checks"] if c["name"].startswith("odd types")]
    assert odd["result"] == "FAIL"
    assert odd["examples"][0]["verdict"]["outcome"] == "ungradable"
    assert "UnicodeEncodeError" in odd["examples"][0]["verdict"]["reason"]


def test_settings_reach_the_environment_and_a_wrong_one_is_named(prorl):
    one = json.loads(prorl("env", "check", f"{FAULTY}:Twice", "--tasks", "2", "--set", "difficulty=1", "--json").stdout)[0]
    assert (one["num_tasks"], one["settings"]) == (2, {"difficulty": 1})
    wrong = prorl("env", "check", f"{FAULTY}:Twice", "--set", "dificulty=1")
    assert wrong.exit_code == 2
    assert "did you mean 'difficulty'" in wrong.stderr


def test_a_check_that_may_fail_is_named_in_full(prorl):
    item = f"{FAULTY}:TellsTheAnswer"
    assert prorl("env", "check", item, "--tasks", "4").exit_code == 1
    allowed = prorl("env", "check", item, "--tasks", "4", "--allow", "nothing copied from the prompt pays")
    assert allowed.exit_code == 0
    assert "allowed" in allowed.stdout
    assert "did you mean 'no constant answer pays'" in prorl("env", "check", item, "--allow", "no constant pays").stderr


def test_a_named_environment_that_cannot_be_checked_is_no_success(prorl, monkeypatch):
    monkeypatch.setattr("prorl_gym.registry.Registry.sandboxes", {})
    monkeypatch.setattr("prorl_gym.sandbox._opened", {})
    done = prorl("env", "check", "code/functions-v0", f"{FAULTY}:Twice", "--tasks", "1")
    assert done.exit_code == 1
    assert "code/functions-v0: not checked: needs a sandbox" in done.stdout
    assert "1 of 2 environments pass; not checked: code/functions-v0" in done.stdout


def test_the_page_holds_a_row_for_each_and_can_be_read_back(prorl, tmp_path):
    page = tmp_path / "page.md"
    done = prorl("env", "check", f"{FAULTY}:Twice", f"{FAULTY}:AlwaysWrong", "--tasks", "2", "--docs", page)
    assert done.exit_code == 1
    assert f"wrote {page}: 2 environments" in done.stderr
    rows = read_rows(page)
    assert list(rows) == ["local/always-wrong-v0", "local/twice-v0"]
    cells = dict(zip(COLUMNS, rows["local/twice-v0"], strict=True))
    assert (cells["levels"], cells["tasks"], cells["result"]) == ("2", "4", "passes")
    assert cells["right refused"].startswith("0/")
    assert rows["local/always-wrong-v0"][-1].startswith("fails: the gold answer scores 1")
    assert f"--tasks 2 --docs {page}" in page.read_text()


@pytest.fixture
def rows(tmp_path):
    """A file of rows, of which one has no gold and one is there twice."""
    names = [{"country": f"Land {i}", "city": f"City {i * 7919 % 1000:03}"} for i in range(60)]
    file = tmp_path / "capitals.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in [*names, names[0], {"country": "Nowhere", "city": ""}]))
    return file


def test_a_data_set_is_shown_with_what_became_of_its_rows(prorl, rows):
    item = f"{ROW_ENVS}:Capitals"
    shown = prorl("env", "show", item, "--set", f"path={rows}").stdout
    assert "62 rows, 60 kept" in shown
    assert "1 duplicate" in shown
    assert "1 no gold" in shown
    data = json.loads(prorl("env", "show", item, "--set", f"path={rows}", "--json").stdout)
    assert data["rows"]["left_out"] == {"duplicate": 1, "no gold": 1}
    assert data["example"]["task"]["answer"].startswith("City ")


def test_a_benchmark_is_shown_and_checked_on_the_one_split_that_it_has(prorl, rows):
    item = f"{ROW_ENVS}:Benchmark"
    assert "Example (split test" in prorl("env", "show", item, "--set", f"path={rows}").stdout
    done = prorl("env", "check", item, "--set", f"path={rows}", "--tasks", "6", "--json")
    [report] = json.loads(done.stdout)
    assert report["ok"], report
    assert report["settings"] == {"split": "test", "path": str(rows)}
    assert list(report["repeats"]) == ["test"]


def test_an_environment_registered_with_an_example_is_shown_and_checked_with_nothing_given(prorl, rows):
    register("rows/capitals-v0", f"{ROW_ENVS}:Capitals", example={"path": str(rows)})
    assert f"shown with   path={rows}" in prorl("env", "show", "rows/capitals-v0").stdout
    done = prorl("env", "check", "rows/capitals-v0", "--tasks", "6")
    assert done.exit_code == 0, done.stdout


def test_a_data_set_that_cannot_be_had_is_not_passed(prorl):
    done = prorl("env", "check", f"{ROW_ENVS}:Capitals", "--set", "path=nothing-here.jsonl")
    assert done.exit_code == 1
    assert "nothing-here.jsonl" in done.stdout
