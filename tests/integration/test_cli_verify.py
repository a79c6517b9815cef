"""`prorl verify`: the grading contract, line by line."""

import json
import os
import subprocess
import sys

import pytest

from prorl_gym import Task

ECHO = {"env": "echo/echo-v0", "answer": "42"}
FIELDS = ["id", "score", "outcome", "extracted", "reason"]


@pytest.fixture(autouse=True)
def echo(plug):
    return plug("echo_plugin.py", "spoken.py")


@pytest.fixture
def graded(prorl):
    """Grade these lines (an object, or text as it is) with one worker; the output records."""

    def run(*lines, options=()):
        text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        result = prorl("verify", "-", "--workers", "1", *options, input=text)
        assert result.exit_code == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    return run


def test_a_right_a_wrong_and_a_missing_answer_have_three_outcomes_in_order(graded):
    completions = ("It is <answer>42</answer>.", "<answer>41</answer>", "42")
    right, wrong, missing = graded(*({"id": i, **ECHO, "completion": c} for i, c in enumerate(completions)))
    assert right == {"id": 0, "score": 1.0, "outcome": "graded", "extracted": "42", "reason": "right"}
    assert wrong == {"id": 1, "score": 0.0, "outcome": "graded", "extracted": "41", "reason": "wrong"}
    assert missing == {"id": 2, "score": 0.0, "outcome": "no_answer", "extracted": None, "reason": "no_answer"}
    assert list(right) == FIELDS


def test_an_extracted_answer_is_judged_as_it_is(graded):
    plain, wrapped = graded({"id": 1, **ECHO, "extracted": "42"}, {"id": 2, **ECHO, "extracted": "<answer>42</answer>"})
    assert (plain["score"], plain["extracted"]) == (1.0, "42")
    assert wrapped["score"] == 0.0


def test_an_empty_text_is_an_answer_and_not_a_missing_field(graded):
    completion, extracted = graded({"id": 1, **ECHO, "completion": ""}, {"id": 2, **ECHO, "extracted": ""})
    assert completion["outcome"] == "no_answer"
    assert (extracted["outcome"], extracted["score"]) == ("graded", 0.0)


def test_the_mode_of_a_line_goes_before_the_mode_of_the_command(graded):
    lines = [
        {"id": 0, **ECHO, "completion": "42"},
        {"id": 1, **ECHO, "completion": "42", "mode": "tolerant"},
        {"id": 2, **ECHO, "completion": "42", "mode": "strict"},
    ]
    assert [r["score"] for r in graded(*lines)] == [0.0, 1.0, 0.0]
    assert [r["score"] for r in graded(*lines, options=("--mode", "tolerant"))] == [1.0, 1.0, 0.0]


def test_a_domain_names_its_verifier_and_a_stored_task_brings_its_own(graded):
    task = Task(env_id="echo/echo-v0", prompt=({"role": "user", "content": "42"},), answer="42", split="test").to_json()
    lines = [{"env": "echo", "answer": "42"}, {"task": task}, {"env": "echo", "task": task}, {"env": "prorl_gym:echo/echo-v0", "answer": "42"}]
    records = graded(*({"id": i, **line, "completion": "<answer>42</answer>"} for i, line in enumerate(lines)))
    assert [r["score"] for r in records] == [1.0] * 4, records


def test_what_sample_prints_can_be_graded(prorl, graded):
    tasks = [json.loads(line) for line in prorl("env", "sample", "echo/echo-v0", "--json").stdout.splitlines()]
    records = graded(*({"id": t["task_id"], "task": t, "completion": f"<answer>{t['answer']}</answer>"} for t in tasks))
    assert [(r["id"], r["score"]) for r in records] == [(t["task_id"], 1.0) for t in tasks]


DEEP = '{"id": 1, "env": "echo", "answer": %s, "completion": "x"}' % ("[" * 300 + "]" * 300)
BAD = [
    ("{not json", None, "not valid JSON"),
    ('{"id": 1', None, "not valid JSON"),
    ("[1, 2]", None, "a line is a JSON object"),
    ("null", None, "got null"),
    ('{"id": 1, "x": NaN}', None, "not valid JSON"),
    ('{"id": "\\ud800"}', None, "not valid JSON"),
    ("[" * 5000, None, "not valid JSON"),
    (DEEP, 1, "nested too deeply"),
    ({"id": [1], **ECHO, "completion": "x"}, None, "'id' is a text or a number; got a list"),
    ({"id": 1, **ECHO}, 1, "missing 'completion'"),
    ({"id": 1, **ECHO, "completoin": "x"}, 1, "is 'completoin' meant to be 'completion'?"),
    ({"id": 1, **ECHO, "completion": None}, 1, "missing 'completion'"),
    ({"id": 1, **ECHO, "completion": 42}, 1, "'completion' is a text; got a number"),
    ({"id": 1, **ECHO, "extracted": ["42"]}, 1, "'extracted' is a text; got a list"),
    ({"id": 1, **ECHO, "completion": "x", "extracted": "x"}, 1, "both 'completion' and 'extracted'"),
    ({"id": 1, "answer": "42", "completion": "x"}, 1, "missing 'env'"),
    ({"id": 1, "env": 7, "answer": "42", "completion": "x"}, 1, "'env' is a text; got a number"),
    ({"id": 1, "env": "echo/ecco-v0", "answer": "42", "completion": "x"}, 1, "did you mean 'echo/echo-v0'"),
    ({"id": 1, "env": "ecco", "answer": "42", "completion": "x"}, 1, "did you mean 'echo'"),
    ({"id": 1, "env": "echo_env.py:Echo", "answer": "42", "completion": "x"}, 1, "no "),
    ({"id": 1, "env": "echo", "completion": "x"}, 1, "missing 'answer'"),
    ({"id": 1, "env": "echo", "anwser": "42", "completion": "x"}, 1, "is 'anwser' meant to be 'answer'?"),
    ({"id": 1, **ECHO, "metadata": [], "completion": "x"}, 1, "'metadata' is an object; got a list"),
    ({"id": 1, **ECHO, "completion": "x", "mode": "strickt"}, 1, "did you mean 'strict'"),
    ({"id": 1, "task": "t", "completion": "x"}, 1, "'task' is an object"),
    ({"id": 1, "task": {"prompt": "x"}, "completion": "x"}, 1, "a task needs 'env_id'"),
    ({"id": 1, "task": {"env_id": "echo/echo-v0", "gold": 1}, "completion": "x"}, 1, "no field 'gold'"),
    ({"id": 1, "task": {"env_id": "echo/ecco-v0"}, "completion": "x"}, 1, "did you mean 'echo/echo-v0'"),
    ({"id": 1, "task": {"env_id": "echo/echo-v0"}, "answer": "1", "completion": "x"}, 1, "both 'task' and 'answer'"),
    ({"id": 1, "env": "echo", "answer": 10**30, "completion": "x"}, 1, "needs more than 64 bits; write it as a string"),
    ({"id": 10**30, **ECHO, "completion": "x"}, None, "'id' needs more than 64 bits; write it as a string"),
]


@pytest.mark.parametrize(("line", "id", "reason"), BAD, ids=[reason[:30] + f" {i}" for i, (_, _, reason) in enumerate(BAD)])
def test_a_line_that_cannot_be_used_gets_a_record_in_its_place_and_the_rest_is_graded(graded, line, id, reason):
    good = {"id": "good", **ECHO, "completion": "<answer>42</answer>"}
    first, bad, last = graded(good, line, good)
    assert first["score"] == last["score"] == 1.0
    assert list(bad) == ["id", "line", *FIELDS[1:]]
    assert (bad["id"], bad["line"], bad["score"], bad["outcome"], bad["extracted"]) == (id, 2, None, "ungradable", None)
    assert bad["reason"].startswith("bad input: ")
    assert reason in bad["reason"]


def test_bytes_that_are_no_text_are_a_bad_line_too(prorl):
    good = json.dumps({"id": 1, **ECHO, "completion": "<answer>42</answer>"}).encode()
    result = prorl("verify", "-", "--workers", "1", input=b"\xef\xbb\xbf" + good + b'\n{"id": "\xff"}\n' + good)
    assert [json.loads(line)["score"] for line in result.stdout.splitlines()] == [1.0, None, 1.0]


def test_long_digits_inside_a_text_are_left_alone(graded):
    digits = "9" * 60
    [record] = graded({"id": 2**63, "env": "echo", "answer": digits, "completion": f"<answer>{digits}</answer>"})
    assert (record["id"], record["score"]) == (2**63, 1.0)


def test_blank_lines_are_skipped_and_still_counted_as_lines(graded):
    records = graded("", {"id": 1, **ECHO, "extracted": "42"}, "  ", "x")
    assert [r.get("line") for r in records] == [None, 4]


def test_a_line_that_is_too_long_is_a_bad_line_and_the_next_one_is_graded(graded, monkeypatch):
    monkeypatch.setattr("prorl_gym.verify.MAX_LINE_BYTES", 200)
    good = {"id": 1, **ECHO, "extracted": "42"}
    exact = json.dumps({"id": 2, **ECHO, "extracted": ""})
    exact = exact.replace('""', '"' + "1" * (200 - len(exact)) + '"')
    for size in (201, 400, 1000):
        long = json.dumps({**good, "extracted": "1" * size})
        records = graded(good, exact, long, good)
        assert [r["score"] for r in records] == [1.0, 0.0, None, 1.0]
        assert "longer than 200 bytes" in records[2]["reason"]


def test_a_grader_that_crashes_or_never_ends_spoils_no_other_line(graded):
    answers = ("1", "crash", "loop", "2", "1")
    records = graded(*({"id": a, "env": "spoken", "answer": "1", "extracted": a} for a in answers), options=("--deadline", "0.3"))
    assert [(r["id"], r["outcome"], r["score"]) for r in records] == [
        ("1", "graded", 1.0),
        ("crash", "ungradable", None),
        ("loop", "graded", 0.0),
        ("2", "graded", 0.0),
        ("1", "graded", 1.0),
    ]
    assert "the rules are on fire" in records[1]["reason"]
    assert records[2]["reason"].startswith("limit")


def test_the_order_is_that_of_the_input_however_many_lines_and_workers(prorl, tmp_path):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps({"id": i, **ECHO, "extracted": str(i % 50)}) + "\n" for i in range(2000)))
    result = prorl("verify", source, "--workers", "2", "--output", target)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "2000 lines" in result.stderr
    assert "2000 graded" in result.stderr
    records = [json.loads(line) for line in target.read_text().splitlines()]
    assert [r["id"] for r in records] == list(range(2000))
    assert [i for i, r in enumerate(records) if r["score"]] == list(range(42, 2000, 50))


def test_bad_lines_are_counted_on_standard_error_and_the_exit_code_stays_0(prorl):
    result = prorl("verify", "-", "--workers", "1", input="x\n" + json.dumps({"id": 1, **ECHO, "completion": "x"}) + "\n")
    assert result.exit_code == 0
    assert "1 no answer, 1 bad input" in result.stderr


def test_no_lines_give_no_results(prorl):
    result = prorl("verify", "-", input="")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 lines" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no_such_file.jsonl",), "cannot read 'no_such_file.jsonl'"),
        ((".",), "cannot read '.'"),
        (("-", "--mode", "tolerent"), "did you mean 'tolerant'"),
        (("-", "--output", "no_such_folder/out.jsonl"), "cannot write 'no_such_folder/out.jsonl'"),
        ((__file__, "--output", __file__), "is the input file"),
        (("-", "--workers", "0"), "workers"),
    ],
)
def test_a_mistake_in_the_command_ends_with_code_2_before_anything_is_graded(prorl, arguments, said):
    result = prorl("verify", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr


def test_each_result_comes_before_the_next_line_is_sent(plugins_folder):
    """A consumer that waits for each verdict gets it: nothing stays in a buffer while the input is open."""
    command = [sys.executable, "-c", "from prorl_gym.cli import main; main()", "verify", "-", "--workers", "1"]
    env = {**os.environ, "PRORL_PLUGINS": str(plugins_folder / "echo_plugin.py")}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        for number in range(3):
            process.stdin.write(json.dumps({"id": number, **ECHO, "extracted": "42"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(timeout=60) == 0
        assert b"3 lines" in process.stderr.read()


def test_a_reader_that_leaves_early_ends_the_command(plugins_folder, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text((json.dumps({"id": "x" * 1000, **ECHO, "extracted": "42"}) + "\n") * 3000)
    command = [sys.executable, "-c", "from prorl_gym.cli import main; main()", "verify", str(source), "--workers", "1"]
    env = {**os.environ, "PRORL_PLUGINS": str(plugins_folder / "echo_plugin.py")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        assert json.loads(process.stdout.readline())["score"] == 1.0
        process.stdout.close()
        assert process.wait(timeout=60) != 0
        assert b"Traceback" not in process.stderr.read()


def test_a_missing_package_makes_a_line_ungradable_with_the_command_that_installs_it(plug, graded):
    plug("needs_package.py")
    [record] = graded({"id": 1, "env": "needs/package-v0", "answer": "1", "extracted": "1"})
    assert record["outcome"] == "ungradable"
    assert "pip install package_that_nobody_has" in record["reason"]


def test_the_contract_names_every_field(prorl):
    text = prorl("verify", "--help").stdout
    for field in (*FIELDS, "env", "task", "answer", "metadata", "completion", "mode"):
        assert f'"{field}"' in text


def test_an_extraction_that_found_nothing_is_no_answer(prorl, plug):
    plug("echo_plugin.py")
    done = prorl("verify", "-", input=json.dumps({"id": 1, **ECHO, "extracted": None}) + "\n")
    assert json.loads(done.stdout) == {"id": 1, "score": 0.0, "outcome": "no_answer", "extracted": None, "reason": "no_answer"}
