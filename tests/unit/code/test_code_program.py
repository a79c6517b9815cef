"""Where the program stands in a completion, and in which language it is."""

import pytest

from prorl_env_code.program import extract, known_languages, languages_of, read, taken_languages
from prorl_gym.errors import ConfigError
from prorl_gym.registry import make
from prorl_gym.sandbox import ExecutionRequest, Status
from prorl_gym.types import Outcome, Task

PYTHON, SEVERAL = ("python",), ("python", "c", "cpp")


@pytest.mark.parametrize(
    ("text", "strict", "tolerant"),
    [
        ("```python\nx = 1\n```", "x = 1", "x = 1"),
        ("first\n```\na\n```\nthen\n```py\nb\n```\nend", "b", "b"),
        ("  ```\n  a\n  ```", "  a", "  a"),
        ("x = 1", None, "x = 1"),
        ("Here:\n```python\nx = 1", None, "x = 1"),
        ("```python\na\n```\n```python\nb", "a", "a"),
        ("```\n```", None, None),
        ("", None, None),
        ("   ", None, None),
    ],
)
def test_the_last_closed_block_is_the_program(text, strict, tolerant):
    assert extract(text, PYTHON) == strict
    assert extract(text, PYTHON, tolerant=True) == tolerant


@pytest.mark.parametrize(
    ("text", "program", "language"),
    [
        ("```cpp\nint main(){}\n```", "int main(){}", "cpp"),
        ("```C++\nint main(){}\n```", "int main(){}", "cpp"),
        ("```c\nint main(){}\n```", "int main(){}", "c"),
        ("```python3\nx\n```", "x", "python"),
        ("```\nx\n```", "x", "python"),
        ("```rust\nx\n```", "x", "python"),
    ],
)
def test_the_word_after_the_fence_chooses_among_the_tasks_languages(text, program, language):
    answer = extract(text, SEVERAL)
    assert answer is not None
    assert read(answer, SEVERAL) == (program, language)
    assert read(program, SEVERAL) == (program, "python")
    assert read(extract(text, PYTHON), PYTHON) == (program, "python")


def test_a_task_names_one_language_or_several():
    def languages(**metadata):
        return languages_of(Task(env_id="code", prompt=(), metadata=metadata))

    assert languages() == ("python",)
    assert languages(language="cpp") == ("cpp",)
    assert languages(languages=["c", "cpp"]) == ("c", "cpp")
    for wrong in ({"languages": []}, {"languages": "c"}, {"languages": [1]}, {"language": None}):
        with pytest.raises(ValueError, match="languages"):
            languages(**wrong)


def test_a_setting_with_an_unknown_language_says_which_are_known():
    with pytest.raises(ConfigError, match="did you mean 'cpp'"):
        known_languages("x", ["cppp"])
    for wrong in ([], "python"):
        with pytest.raises(ConfigError, match="a list of names"):
            known_languages("x", wrong)
    assert taken_languages(("c",), "print()") == {"languages": ["c"]}


C_MAX = '#include <stdio.h>\nint main(void) { long best = -1e9, x; while (scanf("%ld", &x) == 1) if (x > best) best = x; printf("%ld\\n", best); }'
CPP_MAX = C_MAX.replace("<stdio.h>", "<cstdio>\n#include <vector>\nusing namespace std;", 1)
LARGEST = {"inputs": ["1 2 3\n", "-5\n", "7 7\n"], "outputs": ["3", "-5", "7"]}


@pytest.fixture
def compiler(sandbox):
    run = sandbox.run(ExecutionRequest(code="int main(void) { return 0; }", language="c", inputs=[b""]))
    if run.runs[0].status is not Status.OK:
        pytest.skip(f"no C compiler that works in the sandbox: {run}")


def test_c_and_cpp_programs_are_compiled_and_judged(sandbox, compiler):
    env = make("code/stdio-v0", languages=["python", "c", "cpp"])
    task = Task(env_id="code/stdio-v0", prompt=(), answer=LARGEST, metadata={"languages": ["python", "c", "cpp"]})
    env.begin(task)
    assert env.grade(f"```c\n{C_MAX}\n```").score == 1.0
    assert env.grade(f"```cpp\n{CPP_MAX}\n```").score == 1.0
    assert env.grade("```python\nprint(max(map(int, input().split())))\n```").score == 1.0
    broken = env.grade("```c\nint main(void) { return x; }\n```")
    assert (broken.score, broken.outcome) == (0.0, Outcome.GRADED)
    assert "does not compile on test 1" in broken.reason
    assert "error:" in broken.reason
    assert env.grade("```c\nint main(void) { return 0; }\n```").score == 0.0


def test_a_function_is_asked_for_in_python_only(sandbox):
    env = make("code/functions-v0")
    env.begin(Task(env_id="code/functions-v0", prompt=(), answer={"inputs": [[1]], "outputs": [1], "fn_name": "f"}, metadata={"language": "cpp"}))
    verdict = env.grade("```cpp\nint f(int x) { return x; }\n```")
    assert verdict.outcome is Outcome.UNGRADABLE
    assert "are for Python programs" in verdict.reason


def test_an_env_of_several_languages_says_so_and_keeps_its_gold(sandbox):
    both = make("code/stdio-v0", languages=["cpp", "python"], difficulty=0)
    both.reset(seed=3)
    assert "C++ or Python" in both.task.text
    assert both.gold().startswith("```python\n")
    assert both.grade(both.gold()).score == 1.0
    alone = make("code/stdio-v0", languages=["cpp"], difficulty=0)
    alone.reset(seed=3)
    assert alone.gold() is None
    assert "Python" not in alone.task.text
