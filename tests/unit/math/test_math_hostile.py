"""Answers built to cost time or memory: each is judged within a counted budget, and all of them in one process of 512 MiB.

The texts are small pieces of the grammar repeated up to the length limit, nested up to it, and operations that multiply work: sums of sums,
powers of matrices, lists of expensive items. No deadline is involved: the bounds are checked before the work.
"""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from prorl_env_math.checker import GoldError, judge
from prorl_env_math.limits import MAX_CHARS, MAX_TOTAL_WORK, Budget, LimitError

PIECES = (Path(__file__).parent / "pairs" / "pieces.txt").read_text(encoding="utf-8").splitlines()
"""One piece a line, white space at its end included."""
GOLDS = [
    "42",
    "x+1",
    "\\{1,2\\}",
    "x<3",
    "x=k\\pi, k\\in\\mathbb{Z}",
    "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}",
    "\\pi",
    "5\\text{ cm}",
    "no solution",
]


def matrix(cell, size, power=""):
    return "\\begin{pmatrix}" + "\\\\".join("&".join([cell] * size) for _ in range(size)) + "\\end{pmatrix}" + power


def listed(item, count):
    return ",".join(item.replace("x", f"(x+{n})") for n in range(count))


ROOTS = "+".join(f"\\sqrt{{x+{n}}}" for n in range(2, 9))
MULTIPLIED = {
    "sums of sums": ("5", "\\sum_{k=1}^{400}\\sum_{j=1}^{400}\\sum_{i=1}^{400}1"),
    "sums to a variable": ("n", "\\sum_{k=1}^{n}\\sum_{j=1}^{k}\\sum_{i=1}^{j}i"),
    "a sum of sums of sines": ("5", "\\sum_{k=1}^{400}\\sum_{j=1}^{400}\\sin(jk)"),
    "integrals of integrals": ("5", "\\int_0^1" * 12 + "x" + "dx" * 12),
    "powers of powers of matrices": (matrix("1", 2), f"((({matrix('x', 2)})^8)^8)^8"),
    "a power of a large matrix": (matrix("1", 7), matrix("x", 7, "^8")),
    "a determinant of roots": ("5", "\\det " + matrix("\\sqrt{x+2}", 5)),
    "lists of roots": (listed(ROOTS, 20), listed(ROOTS.replace("2}", "3}"), 20)),
    "a union of many parts": ("\\cup".join(f"({n},{n + 1})" for n in range(0, 190, 2)), "\\cup".join(f"({n},{n + 1})" for n in range(1, 190, 2))),
    "many families": (listed("x\\pi+k\\pi", 60) + ",k\\in\\integers", listed("x\\pi+2k\\pi", 60) + ",k\\in\\integers"),
    "towers": ("x", "e^{" * 30 + "x" + "}" * 30),
    "powers of powers": ("x", "((((x^{99})^{99})^{99})^{99})"),
    "factorials": ("5", "+".join(f"{n}!" for n in range(2400, 2500))),
    "a long chain": ("x<3", "<".join(["x"] * 500)),
    "a long chain of roots": ("4", "=".join(["\\sqrt{25}"] * 300)),
    "nested sets": ("\\{1,2\\}", "\\{" * 30 + "1,2" + "\\}" * 30),
    "continued fractions": ("x", "1/(1+" * 38 + "x" + ")" * 38),
    "many cases": tuple("\\begin{cases}" + "\\\\".join(f"\\sin(x+{n})&x{s}{n}" for n in range(60)) + "\\end{cases}" for s in "<>"),
}


def outcome(gold, answer):
    try:
        return judge(gold, answer).reason.split(":")[0]
    except GoldError:
        return "gold"


@pytest.mark.parametrize("gold", GOLDS)
def test_a_repeated_piece_is_never_right(gold):
    for piece in PIECES:
        assert outcome(gold, (piece * 400)[:399] + "9") in ("different", "limit"), piece


def test_a_repeated_piece_as_gold_is_a_judgement_or_a_broken_gold():
    for piece in PIECES:
        text = (piece * 400)[:400]
        assert outcome(text, "42") in ("different", "limit", "gold"), piece
        assert outcome(text, text[:399] + "9") in ("equal", "different", "limit", "gold"), piece


@pytest.mark.parametrize("name", MULTIPLIED)
def test_what_multiplies_work_ends_within_the_budget(name, monkeypatch):
    spent = []
    whole = Budget.spend

    def counted(self, bits):
        spent.append(bits)
        whole(self, bits)

    monkeypatch.setattr(Budget, "spend", counted)
    gold, answer = MULTIPLIED[name]
    assert outcome(gold, answer) in ("different", "limit")
    assert sum(spent) <= MAX_TOTAL_WORK + max(spent, default=0)


def test_a_budget_that_is_spent_is_a_limit():
    budget = Budget(100)
    budget.spend(100)
    with pytest.raises(LimitError, match="too much arithmetic"):
        budget.spend(1)


@pytest.mark.parametrize("length", [MAX_CHARS + 1, 100_000, 900_000])
def test_an_answer_over_the_length_limit_says_so_whatever_it_is(length):
    for piece in ("1", "(", "x^", "\\boxed{", "🙂"):
        assert judge("42", piece * (length // len(piece) + 1)).reason.startswith("limit: ")


def test_all_of_it_fits_into_one_process_of_512_mebibytes():
    program = """
import importlib.util, resource, sys
spec = importlib.util.spec_from_file_location("hostile", sys.argv[1])
hostile = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hostile)
for piece in hostile.PIECES:
    answer = (piece * hostile.MAX_CHARS)[: hostile.MAX_CHARS - 1] + "9"
    if hostile.outcome("42", answer) not in ("different", "limit"):
        print(piece)
for gold, answer in hostile.MULTIPLIED.values():
    hostile.outcome(gold, answer)
    hostile.outcome(answer, gold)
print("done")
"""
    cap = 512 * 2**20

    def bounded():
        resource.setrlimit(resource.RLIMIT_AS, (cap, cap))

    done = subprocess.run([sys.executable, "-c", program, __file__], preexec_fn=bounded, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "done", done.stderr[-2000:]
