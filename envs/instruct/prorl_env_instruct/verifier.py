"""The verifier of the domain: which of a task's constraints does the text meet?

The score is the fraction met as the text stands ("strict"). The parts are `strict` (1 where all are met), `loose` (1 where each is met by
one of the published variants: without the first line, without the last, without both, and each without asterisks), and one part for
each constraint under its id. A task without constraints, with an unknown id or with unusable parameters is ungradable.
"""

from collections.abc import Sequence

from prorl_env_instruct.constraint import Constraint, read, violation, witness
from prorl_gym.errors import ProrlError
from prorl_gym.sandbox import Sandbox
from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Mode, Verifier

MAX_TEXT_CHARS = 100_000


class InstructVerifier(Verifier):
    """Grades against `task.answer`, in the published form `{"instruction_id_list": [...], "kwargs": [{...}]}`."""

    isolate = False  # every check is linear in the text, which is bounded

    def extract(self, task: Task, text: str, *, mode: Mode) -> str | None:
        """All of it without the blank lines around it; the first line keeps its indentation, which some kinds look at."""
        first = len(text) - len(text.lstrip())
        return text[text.rfind("\n", 0, first) + 1 :].rstrip() or None

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """The fraction of constraints met."""
        try:
            constraints = read(task.answer)
        except ProrlError as error:
            return Verdict.ungradable(f"gold: {error}", extracted=answer)
        if len(answer) > MAX_TEXT_CHARS:
            return Verdict.graded(0.0, reason=f"limit: {len(answer)} characters, at most {MAX_TEXT_CHARS} are checked")
        strict = [c.follows(answer) for c in constraints]
        loose = [met or any(c.follows(v) for v in variants(answer)) for c, met in zip(constraints, strict, strict=True)]
        return _verdict(constraints, strict, loose, answer)

    def gold(self, task: Task) -> str | None:
        """The witness that the task carries, or one that is built now and meets every constraint."""
        kept = task.metadata.get("witness")
        if isinstance(kept, str):
            return kept
        try:
            return witness(read(task.answer))
        except ProrlError:
            return None

    def wrong(self, task: Task) -> str | None:
        """A text that meets no constraint."""
        try:
            return violation(read(task.answer))
        except ProrlError:
            return None

    def equivalents(self, task: Task) -> Sequence[str]:
        """The gold after thinking that breaks whatever it can, and between blank lines."""
        gold = self.gold(task)
        return () if gold is None else (f"<think>No, WAIT, one, 2!?\n\n- *so*</think>\n\n{gold}", f"\n \n{gold}\n\n")

    def near_misses(self, task: Task) -> Sequence[str]:
        """The gold with one constraint broken by the least: a word too many, a bullet too few, a capital letter."""
        gold = self.gold(task)
        if gold is None:
            return super().near_misses(task)
        broken = (c.kind.spoil(gold, c.kwargs) for c in read(task.answer) if c.kind.spoil)
        return tuple(dict.fromkeys(text for text in broken if text.strip()))

    def shares_answer(self, task: Task, other: Task) -> bool:
        """Whether the two demand the same, or nothing would have to be edited in the gold of `other` for it to meet what `task` demands."""
        if task.answer == other.answer:
            return True
        gold = self.gold(other)
        try:
            return gold is not None and all(c.kind.edit(gold, c.kwargs) == gold for c in read(task.answer))
        except ProrlError:
            return False


def variants(text: str) -> list[str]:
    """The text as the published loose grading also reads it."""
    lines = text.split("\n")
    cut = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    return list(dict.fromkeys(v for v in (*cut, *(t.replace("*", "") for t in (text, *cut))) if v))


def _verdict(constraints: list[Constraint], strict: list[bool], loose: list[bool], answer: str) -> Verdict:
    parts = {"strict": float(all(strict)), "loose": float(all(loose))}
    for c, met in zip(constraints, strict, strict=True):
        name, again = c.kind.id, 2
        while name in parts:
            name, again = f"{c.kind.id}#{again}", again + 1
        parts[name] = float(met)
    missed = [c.kind.id for c, met in zip(constraints, strict, strict=True) if not met]
    reason = f"unmet: {', '.join(missed)}" if missed else "met"
    return Verdict.graded(sum(strict) / len(strict), extracted=answer, reason=reason, parts=parts)
