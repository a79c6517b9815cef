"""The environment of the contest with TRL: the prompts of `contest.questions`, and the share of digits in an answer as its score."""

from contest import NUM_PROMPTS, questions, share_of_digits

from prorl_gym import Answer, Draft, SingleTurnEnv


class _Share(Answer):
    isolate = False  # linear in the text, and TRL calls its reward in its own process too


class Digits(SingleTurnEnv):
    """Say digits."""

    id = "contest/digits-v0"
    verifier = _Share(lambda task, answer: share_of_digits(answer), place="text", gold=lambda task: "123")

    def draft(self, rng, difficulty):
        question = questions()[rng.randrange(NUM_PROMPTS)]
        return Draft(question=question, terse=question, answer=question)
