"""The verdicts on everything that was asked of one environment, and what follows from them: checks, rates, the slowest call."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from prorl_gym.testing.meter import HASH_SEED, Measured
from prorl_gym.testing.probes import Kind, Probe, Questions
from prorl_gym.testing.report import MAX_EXAMPLES, Check, Example, Rate, clip
from prorl_gym.testing.strategies import judge_constants, judge_copies
from prorl_gym.types import Outcome, Verdict

MAX_PEAK_MIB = 512.0
"""Memory that one grading may take on top of what its process holds."""
OVERRAN = "limit: the answer "
"""How the pool's reason starts where an answer overran its deadline or memory twice."""

GOLD = "the gold answer scores 1"
FORMS = "the gold in other forms scores 1"
WRONG = "the listed wrong answer scores 0"
MISSES = "near misses score below 1"
SWAPPED = "another task's gold is not right"
NOTHING = "nothing, white space and the prompt itself score below 1"
GARBAGE = "empty and garbage get a typed outcome below 1"
ODD = "odd types and characters get a typed outcome below 1"
HOSTILE = "long and hostile texts get a typed outcome below 1"
CONSTANTS = "no constant answer pays"
COPIES = "nothing copied from the prompt pays"
REPEATABLE = "the verdict is repeatable, also from stored tasks"
COST = "no grading overruns its deadline or 512 MiB"

BY_KIND: dict[str, tuple[tuple[Kind, ...], str]] = {
    GOLD: (("gold",), "the verifier refuses its own gold: mend gold(), or the check"),
    FORMS: (("dressed", "equivalent"), "these say the same as the gold: extract the answer from any text around it, compare by meaning"),
    WRONG: (("wrong",), "the verifier pays a wrong answer, or cannot read it: mend wrong(), or the check"),
    MISSES: (("near miss",), "the verifier pays what is close but wrong: compare the whole answer, exactly"),
    SWAPPED: (
        ("swapped",),
        "does the verifier look at the answer? Where the other task's gold is truly right for this one, say so in shares_answer(task, other)",
    ),
    NOTHING: (("nothing", "prompt"), "the verifier pays for no answer at all: give Verdict.no_answer() where nothing was extracted"),
    GARBAGE: (("garbage",), "give a graded verdict below 1 or no answer; a verifier must not raise on any text"),
    ODD: (("odd",), "give a graded verdict below 1 or no answer; a verifier must not raise on any text"),
    HOSTILE: (("long", "hostile"), "bound the text's length, nesting and numbers before any work on it"),
}
POSITIVE: tuple[Kind, ...] = ("gold", "dressed", "equivalent")
NEGATIVE: tuple[Kind, ...] = ("wrong", "near miss", "swapped")


class Judged:
    """The verdicts, and what follows from them."""

    def __init__(self, asked: Questions, verdicts: Sequence[Verdict]) -> None:
        self.asked, self.verdicts = asked, verdicts

    def _solved(self, strategies: Mapping[str, Mapping[int, int]]) -> dict[str, list[int]]:
        """Strategy to the tasks (places in `seen`) that it solves."""
        return {name: self._places(task for task, at in table.items() if self.verdicts[at].score >= 1.0) for name, table in strategies.items()}

    def _places(self, tasks: Iterable[int]) -> list[int]:
        """The places of those tasks in `seen`."""
        return [self.asked.seen.index(task) for task in tasks]

    def checks(self, measured: Mapping[int, Measured]) -> list[Check]:
        """Every check that verdicts decide, in order."""
        by_kind = [self._of_kinds(name, kinds, advice) for name, (kinds, advice) in BY_KIND.items()]
        return [*by_kind, *self._of_strategies(), self._repeatable(measured), self._cost(measured)]

    def strategies(self) -> dict[str, Any]:
        """What is reported of the strategies."""
        return {**self._constants()[1], **self._copies()[1]}

    def _constants(self) -> tuple[list[str], dict[str, Any]]:
        golden = {answer: self._places(tasks) for answer, tasks in self.asked.golden.items()}
        return judge_constants(self._solved(self.asked.constants), self.asked.classes, golden=golden)

    def _copies(self) -> tuple[list[str], dict[str, Any]]:
        return judge_copies(self._solved(self.asked.copies), self.asked.classes)

    def _of_strategies(self) -> list[Check]:
        tasks = len(self.asked.seen)
        return [
            _strategy_check(CONSTANTS, self._constants()[0], tasks, "the answers must differ, and the verifier tell them apart"),
            _strategy_check(COPIES, self._copies()[0], tasks, "the prompt gives its answer away, or the task is to repeat it"),
        ]

    def _of_kinds(self, name: str, kinds: Sequence[Kind], advice: str) -> Check:
        probes = [p for p in self.asked.probes if p.kind in kinds]
        missing = name == GOLD or (name == WRONG and not any(p.kind == "near miss" for p in self.asked.probes))
        if not probes and missing:
            return Check(name=name, ok=False, detail=f"none is known; define {'gold' if name == GOLD else 'wrong'}(task) on the verifier")
        failed = [p for p in probes if not self._holds(p, exactly_zero=name == WRONG)]
        counted = f"{len(probes)} {'tasks' if name in (GOLD, WRONG) else 'texts'}"
        if not failed:
            unknown = len(self.asked.tasks) - len(probes) if name == GOLD else 0
            return Check(name=name, ok=True, detail=f"{counted}{f'; {unknown} have no gold' if unknown else ''}" if probes else "none to ask")
        examples = tuple(self._example(p) for p in failed[:MAX_EXAMPLES])
        return Check(name=name, ok=False, detail=f"{len(failed)} of {counted} fail: {examples[0]}; {advice}", examples=examples)

    def _holds(self, probe: Probe, *, exactly_zero: bool = False) -> bool:
        verdict = self.verdicts[probe.at]
        if verdict.outcome is Outcome.UNGRADABLE:
            return False
        if probe.rule == "full":
            return verdict.score >= 1.0
        if exactly_zero:
            return verdict.outcome is Outcome.GRADED and verdict.score == 0.0
        return probe.rule == "typed" or verdict.score < 1.0

    def _example(self, probe: Probe) -> Example:
        number, completion = self.asked.gradings[probe.at]
        task = self.asked.tasks[number]
        return Example(task_id=task.task_id, prompt=task.text, completion=completion, verdict=self.verdicts[probe.at].to_json(), what=probe.what)

    def _repeatable(self, measured: Mapping[int, Measured]) -> Check:
        """The pool's verdict against that of the second interpreter."""
        compared = 0
        for at, again in measured.items():
            if again.verdict is None or self.verdicts[at].reason.startswith(OVERRAN):
                continue
            compared += 1
            first = Verdict.from_json(self.verdicts[at].to_json()).to_json()
            if first != again.verdict and self.verdicts[at].outcome is not Outcome.UNGRADABLE:
                example = self._example(Probe("gold", "full", at))
                now = {k: v for k, v in again.verdict.items() if v != first[k]}
                detail = (
                    f"{example}; in another interpreter (hash seed {HASH_SEED}, other order) {clip(str(now), 300)}. "
                    "A verifier keeps no state, uses no clock and no randomness, and does not depend on the order of a set"
                )
                return Check(name=REPEATABLE, ok=False, detail=detail, examples=(example,))
        return Check(name=REPEATABLE, ok=True, detail=f"{compared} verdicts in two interpreters")

    def _cost(self, measured: Mapping[int, Measured]) -> Check:
        """No overrun in the pool or the second interpreter, and no call above the memory bound."""
        over = [at for at, verdict in enumerate(self.verdicts) if verdict.reason.startswith(OVERRAN)]
        over += [at for at, again in measured.items() if again.overran or again.peak_mib > MAX_PEAK_MIB]
        if over:
            example = self._example(Probe("gold", "full", over[0]))
            again = measured.get(over[0], Measured())
            used = f", {again.peak_mib:.0f} MiB" if again.peak_mib > MAX_PEAK_MIB else ""
            detail = f"{len(set(over))} texts overrun: {example}{used}; bound the text's length, nesting and numbers before any work on it"
            return Check(name=COST, ok=False, detail=detail, examples=(example,))
        slowest = self.slowest(measured)
        return Check(name=COST, ok=True, detail=f"at most {slowest['wall_s'] * 1000:.0f} ms, {slowest['peak_mib']:.0f} MiB" if slowest else "")

    def slowest(self, measured: Mapping[int, Measured]) -> dict[str, Any]:
        """The call that took longest, and the highest peak of memory of any."""
        known = {at: m for at, m in measured.items() if m.verdict is not None}
        if not known:
            return {}
        at = max(known, key=lambda a: known[a].wall_s)
        number, completion = self.asked.gradings[at]
        return {
            "wall_s": round(known[at].wall_s, 6),
            "cpu_s": round(known[at].cpu_s, 6),
            "peak_mib": round(max(m.peak_mib for m in known.values()), 1),
            "task_id": self.asked.tasks[number].task_id,
            "completion": clip(completion, 120),
        }

    def outcomes(self) -> dict[str, dict[str, int]]:
        """Kind of probe to how its verdicts ended."""
        found: dict[str, Counter[str]] = {}
        for probe in self.asked.probes:
            found.setdefault(probe.kind, Counter())[_ending(self.verdicts[probe.at])] += 1
        return {kind: dict(counts) for kind, counts in found.items()}

    def rates(self) -> dict[str, Rate]:
        """Errors among all probes of a kind, and over the kinds: see `Report.rates`."""
        errors: dict[str, tuple[int, int]] = {}
        for kind, probes in _grouped(self.asked.probes).items():
            strict = [p for p in probes if p.rule != "typed"]
            errors[kind] = (sum((self.verdicts[p.at].score >= 1.0) != (p.rule == "full") for p in strict), len(strict))
        noise = tuple(k for k in errors if k not in (*POSITIVE, *NEGATIVE))
        groups = {"false_negative": POSITIVE, "false_positive": NEGATIVE, "noise": noise}
        summed = {name: [errors.get(k, (0, 0)) for k in kinds] for name, kinds in groups.items()}
        joint = {name: Rate(hits=sum(h for h, _ in found), total=sum(t for _, t in found)) for name, found in summed.items()}
        return {**joint, **{kind: Rate(hits=h, total=t) for kind, (h, t) in errors.items()}}


def _strategy_check(name: str, faults: Sequence[str], tasks: int, advice: str) -> Check:
    if not faults:
        return Check(name=name, ok=True, detail=f"{tasks} tasks")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return Check(name=name, ok=False, detail=f"{faults[0]}{more}; {advice}")


def _grouped(probes: Sequence[Probe]) -> dict[Kind, list[Probe]]:
    found: dict[Kind, list[Probe]] = {}
    for probe in probes:
        found.setdefault(probe.kind, []).append(probe)
    return found


def _ending(verdict: Verdict) -> str:
    if verdict.outcome is not Outcome.GRADED:
        return verdict.outcome.value
    return "full" if verdict.score >= 1.0 else "zero" if verdict.score <= 0.0 else "partial"
