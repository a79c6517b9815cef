"""Published STEM data sets as environments: SCP-116K (problems with worked solutions) and GPQA (four options, shuffled by content)."""

from typing import ClassVar

from prorl_env_stem.golds import asked, final_answer
from prorl_env_stem.judge import judge
from prorl_env_stem.verifier import StemVerifier
from prorl_gym.dataset import DatasetEnv, RowError, Schema
from prorl_gym.rows import Row
from prorl_gym.types import Draft, Task, content_hash

MAX_WORDS = 6
"""A gold in words is verifiable up to so many of them."""
_NUM_WRONG = 3


class Scp(DatasetEnv):
    """SCP-116K: the gold is the short answer that the published solution states; rows whose solution states none are left out and counted.

    The metadata holds `kind`, `domain`, and `agreed`: how many of the published models' solutions were judged to agree with the gold (None where
    the columns are missing).
    """

    schema = Schema(
        hub="EricLu/SCP-116K",
        columns={
            "question": ("problem", "question"),
            "answer": ("answer", "final_answer", "extracted_solution", "extract_solution", "matched_solution", "solution"),
            "domain?": ("domain", "subject"),
            "o1_agrees?": ("is_o1_solution_same_with_matched_solution",),
            "qwq_agrees?": ("is_qwq_solution_same_with_matched_solution",),
        },
        example="scp.jsonl",
    )
    verifier = StemVerifier()
    instructions = (
        "Put the final answer, and nothing else, inside \\boxed{}: a number with its unit, a formula, a few words, or the letter of the right option."
    )

    def read(self, row: Row) -> Draft:
        """The problem with its short gold. Raises RowError where there is none or where it cannot be graded."""
        if not isinstance(row["question"], str) or not row["question"].strip():
            raise RowError("no question")
        if not isinstance(row["answer"], str) or not row["answer"].strip():
            raise RowError("no gold")
        gold = final_answer(row["answer"])
        if not gold:
            raise RowError("no short answer in the solution")
        kind = _graded_kind(gold)
        if kind is None or (kind == "text" and len(gold.split()) > MAX_WORDS):
            raise RowError("a gold that cannot be verified")
        flags = [flag for flag in (row["o1_agrees"], row["qwq_agrees"]) if flag is not None]
        metadata = {"kind": kind, "domain": str(row["domain"] or ""), "agreed": sum(map(bool, flags)) if flags else None}
        return Draft(question=row["question"].strip(), answer=gold, metadata=metadata)


def _graded_kind(gold: str) -> str | None:
    """The gold's kind, None where it does not grade itself as right."""
    try:
        question = asked(Task(env_id="stem", prompt=(), answer=gold))
        return question.kind if judge(question, gold).score == 1.0 else None
    except ValueError:
        return None


class Gpqa(DatasetEnv):
    """GPQA and sets of its columns: one right and three wrong options. A hash of the content shuffles them, so that a stored task stays the same."""

    schema = Schema(
        hub="Idavidrein/gpqa",
        config="gpqa_diamond",
        columns={
            "question": ("Question", "question"),
            "right": ("Correct Answer", "correct_answer"),
            "wrong_1": ("Incorrect Answer 1", "incorrect_answer_1", "incorrect_answers.0"),
            "wrong_2": ("Incorrect Answer 2", "incorrect_answer_2", "incorrect_answers.1"),
            "wrong_3": ("Incorrect Answer 3", "incorrect_answer_3", "incorrect_answers.2"),
            "domain?": ("High-level domain", "domain"),
            "subdomain?": ("Subdomain", "subdomain"),
        },
        rows_to="test",
        example="gpqa.jsonl",
    )
    verifier = StemVerifier()
    instructions = "Put the letter of the right option, and nothing else, inside \\boxed{}."
    letters: ClassVar[str] = "ABCD"

    def read(self, row: Row) -> Draft:
        """The question with its lettered options. Raises RowError where one is missing or two are equal."""
        question = str(row["question"] or "").strip()
        right = str(row["right"] or "").strip()
        wrong = [str(row[f"wrong_{i + 1}"] or "").strip() for i in range(_NUM_WRONG)]
        if not right:
            raise RowError("no gold")
        if not all(wrong):
            raise RowError("an option is missing")
        texts = sorted([right, *wrong], key=lambda text: content_hash("option", question, text))
        if len(set(texts)) < len(texts):
            raise RowError("two options are equal")
        options = dict(zip(self.letters, texts, strict=True))
        return Draft(
            question="\n".join([question, "", *(f"{letter}) {text}" for letter, text in options.items())]),
            answer=self.letters[texts.index(right)],
            metadata={"kind": "choice", "options": options, "domain": str(row["domain"] or ""), "subdomain": str(row["subdomain"] or "")},
            key=[question, sorted(texts)],
        )
