"""The vLLM engine on vLLM's CPU build, for real: `make test-vllm`. The ordinary suite leaves it out, since vLLM has an environment of its own."""

import copy

import pytest
import torch

pytest.importorskip("vllm", reason="vLLM is not installed here; make test-vllm runs these in an environment of their own")

from prorl_gym.errors import EngineError
from prorl_trainer.engines import Sampling
from prorl_trainer.scoring import score

pytestmark = pytest.mark.filterwarnings("default")
SAMPLING = Sampling(max_new_tokens=24, temperature=1.0)
PROMPTS = [[5, 6, 7]] * 6 + [[9, 8]] * 6
CLOSE = 1e-4


def seeds(prompts, seed):
    return [1000 * seed + i for i in range(len(prompts))]


def answers(engine, prompts, sampling, seeds):
    done = dict(engine.generate(prompts, sampling, seeds=seeds))
    assert sorted(done) == list(range(len(prompts)))
    return [done[i] for i in range(len(prompts))]


def scored(model, prompts, done, temperature=1.0):
    """The trainer's log-probabilities of each answer's tokens."""
    rows = score(model, prompts, [a.token_ids for a in done], temperature=temperature, pad_id=0).logp_BT
    return [row[: len(a.token_ids)] for row, a in zip(rows, done, strict=True)]


def off(one, two):
    return float((one - two).abs().max())


def test_equal_seeds_give_equal_answers_and_others_do_not(engine):
    one, two = (answers(engine, PROMPTS, SAMPLING, seeds(PROMPTS, 3)) for _ in range(2))
    assert [a.token_ids for a in one] == [a.token_ids for a in two]
    other = answers(engine, PROMPTS, SAMPLING, seeds(PROMPTS, 4))
    assert all(one[i].token_ids != other[i].token_ids for i in range(len(PROMPTS)))
    assert len({a.token_ids for a in one[:6]}) == 6


def test_an_answer_is_fixed_by_its_prompt_and_its_seed_whatever_is_generated_beside_it(engine):
    large = [2**63 - 1 - i for i in range(len(PROMPTS))]
    together = answers(engine, PROMPTS, SAMPLING, large)
    backwards = answers(engine, PROMPTS[::-1], SAMPLING, large[::-1])[::-1]
    alone = [answers(engine, [PROMPTS[i]], SAMPLING, [large[i]])[0] for i in (0, 7)]
    assert [a.token_ids for a in together] == [a.token_ids for a in backwards]
    assert [a.token_ids for a in alone] == [together[i].token_ids for i in (0, 7)]
    assert len({a.token_ids for a in together[:6]}) == 6


def test_an_answer_ends_with_its_stop_id_or_at_the_limit_and_says_which(engine, model):
    done = answers(engine, PROMPTS * 4, Sampling(max_new_tokens=5, temperature=1.0, stop_ids=tuple(range(20))), seeds(PROMPTS * 4, 9))
    for answer in done:
        assert (answer.finish_reason == "stop") == (answer.token_ids[-1] < 20)
        assert all(token >= 20 for token in answer.token_ids[:-1])
        assert answer.finish_reason == "stop" or len(answer.token_ids) == 5
    assert {a.finish_reason for a in done} == {"stop", "length"}


@pytest.mark.parametrize("temperature", [1.0, 1.2, 0.5])
def test_log_probabilities_are_the_trainers_at_the_sampling_temperature_before_and_after_new_weights(engine, model, move, temperature):
    for _ in range(2):
        done = answers(engine, PROMPTS, Sampling(max_new_tokens=24, temperature=temperature), seeds(PROMPTS, 5))
        for theirs, ours in zip(done, scored(model, PROMPTS, done, temperature), strict=True):
            assert off(torch.tensor(theirs.logprobs), ours) < CLOSE
        move(model)
        engine.sync(model)
    plain = scored(model, PROMPTS, done)
    assert temperature == 1.0 or min(off(torch.tensor(a.logprobs), p) for a, p in zip(done, plain, strict=True)) > 100 * CLOSE


def test_a_greedy_answer_has_the_log_probabilities_of_temperature_one(engine, model):
    done = answers(engine, PROMPTS, Sampling(max_new_tokens=24, temperature=0.0), seeds(PROMPTS, 1))
    assert len({a.token_ids for a in done[:6]}) == 1
    for theirs, ours in zip(done, scored(model, PROMPTS, done), strict=True):
        assert off(torch.tensor(theirs.logprobs), ours) < CLOSE


def test_weights_that_did_not_arrive_are_noticed_by_the_canary(engine, model, move, monkeypatch):
    move(model)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_hand_over", lambda process: None)
        with pytest.raises(EngineError, match="it samples from other weights"):
            engine.sync(model)
    assert engine.last_canary > 0.01
    engine.sync(model)
    assert engine.last_canary < CLOSE
    assert engine.faults == []


def test_requests_in_flight_survive_a_synchronisation_and_go_on_with_the_new_weights(engine, model, move, monkeypatch):
    # The first prompt has room for four tokens and is soon done; the others never stop by themselves.
    monkeypatch.setattr(engine, "_eos_ids", lambda: ())
    prompts = [[5] * 1020, *[[5, 6], [7, 8, 9]] * 20]
    before = engine.process.popen.pid
    # Where all cores are vLLM's, a hand-over can come too late to meet any of them: then once more.
    assert any(switched(engine, model, move, prompts) for _ in range(8))
    assert (engine.process.popen.pid, engine.faults) == (before, [])


def switched(engine, model, move, prompts):
    """Hand over other weights amid those answers; how many of them go from the old to the new."""
    old = copy.deepcopy(model)
    move(model)
    stream = engine.generate(prompts, Sampling(max_new_tokens=1000, temperature=1.0), seeds=list(range(len(prompts))))
    done = dict([next(stream)])
    assert list(done) == [0]
    engine.sync(model)
    done |= dict(stream)
    assert [len(done[i].token_ids) for i in range(len(prompts))] == [4] + [1000] * (len(prompts) - 1)
    done = [done[i] for i in range(len(prompts))]
    count = 0
    for theirs, earlier, later in zip(done, scored(old, prompts, done), scored(model, prompts, done), strict=True):
        logprobs = torch.tensor(theirs.logprobs)
        fits_old, fits_new = (logprobs - earlier).abs() < 10 * CLOSE, (logprobs - later).abs() < 10 * CLOSE
        # Begun with the old weights, and from some token on all of it is of the new ones, what went before read anew.
        num_old = int(fits_old.cumprod(0).sum())
        assert num_old > 0
        assert bool(fits_new[num_old:].all())
        count += num_old < len(logprobs)
    return count


def test_long_prompts_that_vllm_cannot_read_in_one_step_are_answered(engine):
    prompts = [[5 + i] * 700 for i in range(8)]
    together = answers(engine, prompts, SAMPLING, list(range(8)))
    assert [answers(engine, [prompts[7]], SAMPLING, [7])[0].token_ids] == [together[7].token_ids]
    assert engine.faults == []


def test_a_stream_that_is_given_up_leaves_the_next_one_alone(engine):
    stream = engine.generate(PROMPTS * 4, Sampling(max_new_tokens=100, temperature=1.0), seeds=seeds(PROMPTS * 4, 6))
    next(stream)
    stream.close()
    one, two = (answers(engine, PROMPTS, SAMPLING, seeds(PROMPTS, 3)) for _ in range(2))
    assert [a.token_ids for a in one] == [a.token_ids for a in two]
    assert engine.process._queues == {}


def test_two_streams_at_a_time_get_their_own_answers(engine):
    expected = [answers(engine, PROMPTS, SAMPLING, seeds(PROMPTS, n)) for n in (7, 8)]
    streams = [engine.generate(PROMPTS, SAMPLING, seeds=seeds(PROMPTS, n)) for n in (7, 8)]
    got = [dict([next(stream)]) for stream in streams]
    for held, stream in zip(got, streams, strict=True):
        held |= dict(stream)
    assert [[held[i].token_ids for i in range(12)] for held in got] == [[a.token_ids for a in row] for row in expected]


def test_a_prompt_that_cannot_be_answered_is_refused(engine):
    with pytest.raises(EngineError, match="prompt 1 of 2 has no tokens"):
        engine.generate([[1], []], SAMPLING, seeds=[0, 1])
    with pytest.raises(EngineError, match="prompt 0 has 1024 tokens, vLLM takes 1024"):
        engine.generate([[1] * 1024], SAMPLING, seeds=[0])
    with pytest.raises(EngineError, match="prompt 0 holds the token 269, the model has 269"):
        engine.generate([[1, 269]], SAMPLING, seeds=[0])


def test_what_vllm_refuses_is_told_in_its_words_and_the_process_goes_on(engine):
    with pytest.raises(EngineError, match=r"vLLM failed: .*(empty|length)"):
        engine.process.call("score", [[]], deadline_s=60.0)
    assert len(answers(engine, PROMPTS, SAMPLING, seeds(PROMPTS, 3))) == 12
    assert engine.faults == []
