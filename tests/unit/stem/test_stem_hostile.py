"""Texts that a policy could send to cost time or memory: each is judged within a bound of work, none is evaluated."""

import ast
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prorl_env_stem
from prorl_env_stem.verifier import StemVerifier
from prorl_gym.types import Outcome, Task

GOLDS = {
    "quantity": "12 N", "choice": "C", "text": "2H2+O2=2H2O", "expression": r"\frac{m v^2}{2}",
    "parts": {"a": {"answer": "1 m"}, "b": {"answer": "x^2", "kind": "expression"}},
}  # fmt: skip
HOSTILE = {
    "tower of units": "12 m" + "^m" * 60,
    "tower of powers": "9" + "^9" * 90,
    "braced tower": "9^{" * 60 + "9" + "}" * 60,
    "python power": "9**9**9**9**9",
    "factorials": "9" + "!" * 200,
    "huge exponent": "1e999999999",
    "huge unit power": "12 m^999999999",
    "repeated prefixes": "12 " + "kilo" * 60 + "meter",
    "repeated micro": "12 " + "\\micro" * 40 + "\\meter",
    "nested fractions": "\\frac{" * 45 + "1" + "}{2}" * 45,
    "nested boxes": "\\boxed{" * 5000 + "1" + "}" * 5000,
    "nested parentheses": "(" * 20000 + ")" * 20000,
    "open braces": "{" * 100_000,
    "digits": "9" * 100_000,
    "spaces": "1" + " " * 100_000 + "N",
    "commas": "1," * 50_000,
    "letters": "A or " * 20_000,
    "cues": "the answer is " * 8_000,
    "choosing": "I choose " * 10_000,
    "options": "(A) is " * 15_000,
    "labels": "a = " * 25_000,
    "plus signs": "H2 + " * 20_000,
    "arrows": "->" * 50_000,
    "superscripts": "⁹" * 100_000,
    "plus minus": "1 ± " * 25_000,
    "subscripts": "x_" * 50_000,
    "stars": "*" * 100_000,
    "quotes": "12 '" * 25_000,
    "right to left": "\u202e\u200f12 N\u202c" * 10_000,
    "wide letters": "Ｃ" * 100_000,
    "one glyph that grows": "﷽" * 20_000,
    "code": "__import__('os').system('id')",
    "format": "%s%n{0}{}" * 10_000,
    "think": "<think>" * 10_000,
}


def judged(kind, text, mode):
    task = Task(env_id="stem/physics-v0", prompt=(), answer=GOLDS[kind], metadata={"kind": kind})
    return StemVerifier()(task, text, mode=mode)


class _Calls:
    """Counts the Python-level calls under it: a bound of work that no clock disturbs."""

    def __enter__(self):
        self.count, self.old = 0, sys.getprofile()
        sys.setprofile(self.note)
        return self

    def note(self, frame, event, argument):
        self.count += 1

    def __exit__(self, *error):
        sys.setprofile(self.old)


@pytest.mark.parametrize("kind", GOLDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_wrong_or_no_answer_and_cheap(name, kind):
    for text in (HOSTILE[name], f"\\boxed{{{HOSTILE[name]}}}", f"The answer is {HOSTILE[name]}"):
        for mode in ("strict", "tolerant"):
            with _Calls() as calls:
                verdict = judged(kind, text, mode)
            assert verdict.outcome is not Outcome.UNGRADABLE
            assert verdict.score < 1.0
            assert calls.count < 60_000


def test_the_largest_completion_takes_little_memory():
    text = "the answer is 12 N or x^2 -> (C) " * 30_000
    tracemalloc.start()
    for kind in GOLDS:
        judged(kind, text, "tolerant")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 1024 * 1024


@pytest.mark.parametrize("path", sorted(Path(prorl_env_stem.__file__).parent.glob("*.py")), ids=lambda p: p.stem)
def test_nothing_evaluates_and_nothing_is_imported_that_could(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile", "__import__", "globals", "open"), f"line {node.lineno}"
        modules = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for module in modules:
            top = module.split(".")[0]
            assert top in ("prorl_env_stem", "prorl_gym") or top in sys.stdlib_module_names, module


@given(text=st.text(alphabet="0123456789^{}()+-*/.,;=eE kmNJs\\frac±°'\"|_", max_size=250), kind=st.sampled_from(sorted(GOLDS)))
def test_dense_syntax_never_raises(text, kind):
    assert judged(kind, f"\\boxed{{{text}}}", "strict").outcome is not Outcome.UNGRADABLE
