"""The in-process engine: its log-probabilities are the trainer's, its answers depend on seed, prompt and index alone."""

import math
from collections import Counter

import pytest
import torch
from transformers import Gemma2Config, Gemma2ForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from prorl_gym.errors import EngineError
from prorl_trainer.engines import Engine, Generated, Sampling
from prorl_trainer.engines import transformers_engine as module
from prorl_trainer.engines.transformers_engine import TransformersEngine
from prorl_trainer.scoring import score

V = 37
PROMPTS = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14], [5, 6, 7], [4, 3], [5, 6, 7], [8], [30, 31, 32, 33]] * 3


def model_of(family, seed=0):
    small = {"vocab_size": V, "hidden_size": 32, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "intermediate_size": 48}
    small |= {"num_hidden_layers": 2, "initializer_range": 0.25, "pad_token_id": 0, "bos_token_id": None, "eos_token_id": [1, 2]}
    small |= {"max_position_embeddings": 64}
    torch.manual_seed(seed)
    if family == "gpt2":
        config = GPT2Config(vocab_size=V, n_embd=32, n_layer=2, n_head=2, n_positions=64, initializer_range=0.25, bos_token_id=None, eos_token_id=1)
        return GPT2LMHeadModel(config).eval()
    if family == "gemma2":
        return Gemma2ForCausalLM(Gemma2Config(**small, sliding_window=4, final_logit_softcapping=5.0, query_pre_attn_scalar=16)).eval()
    return LlamaForCausalLM(LlamaConfig(**small)).eval()


@pytest.fixture(scope="module")
def model():
    return model_of("llama")


def seeds(prompts, seed=0):
    return [1000 * seed + i for i in range(len(prompts))]


def answers(model, prompts=PROMPTS, *, seed=0, batch_size=256, **sampling):
    engine = TransformersEngine(model, batch_size=batch_size)
    found = list(engine.generate(prompts, Sampling(**{"max_new_tokens": 12} | sampling), seeds=seeds(prompts, seed)))
    assert sorted(i for i, _ in found) == list(range(len(prompts)))
    return [answer for _, answer in sorted(found, key=lambda pair: pair[0])]


@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma2"])
@pytest.mark.parametrize("temperature", [1.2, 0.7])
def test_log_probabilities_are_those_of_scoring(family, temperature):
    model = model_of(family)
    done = answers(model, temperature=temperature, stop_ids=tuple(range(1, 9)))
    scored = score(model, PROMPTS, [a.token_ids for a in done], temperature=temperature, pad_id=0)
    for row, answer in enumerate(done):
        assert scored.logp_BT[row, : len(answer.token_ids)].tolist() == pytest.approx(answer.logprobs, abs=1e-5)
    assert len({len(a.token_ids) for a in done}) > 3  # rows left the batch at different times


@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma2"])
def test_an_answer_does_not_depend_on_the_rows_beside_it(family):
    model = model_of(family)
    alone = answers(model, batch_size=1, stop_ids=(1, 2, 3, 4, 5))
    for batch_size in (5, 256):
        assert [a.token_ids for a in answers(model, batch_size=batch_size, stop_ids=(1, 2, 3, 4, 5))] == [a.token_ids for a in alone]


def test_equal_seeds_give_equal_answers_and_others_others(model):
    assert answers(model, seed=3) == answers(model, seed=3)
    assert answers(model, seed=3) != answers(model, seed=4)


def test_equal_prompts_get_answers_of_their_own(model):
    assert len({a.token_ids for a in answers(model, [[5, 6, 7]] * 20)}) > 15


def test_the_cache_outgrows_its_room_without_a_change(model, monkeypatch):
    plain = answers(model, max_new_tokens=50, stop_ids=(1,))
    monkeypatch.setattr(module, "_cache", lambda config: module.DynamicCache(config=config))
    assert [a.token_ids for a in answers(model, max_new_tokens=50, stop_ids=(1,))] == [a.token_ids for a in plain]


def test_greedy_takes_the_likeliest_token_with_its_probability_at_temperature_one(model):
    (answer,) = answers(model, [[5, 6, 7]], temperature=0, max_new_tokens=6, stop_ids=(V,))
    ids = [5, 6, 7]
    for token, logprob in zip(answer.token_ids, answer.logprobs, strict=True):
        logp = model(input_ids=torch.tensor([ids])).logits[0, -1].log_softmax(-1)
        assert (token, logprob) == (int(logp.argmax()), pytest.approx(float(logp.detach().max()), abs=1e-5))
        ids.append(token)


def test_tokens_are_drawn_from_the_models_distribution(model):
    num = 4000
    done = answers(model, [[5, 6, 7]] * num, max_new_tokens=1, temperature=1.2, seed=11)
    counts = Counter(a.token_ids[0] for a in done)
    p = (model(input_ids=torch.tensor([[5, 6, 7]])).logits[0, -1] / 1.2).softmax(-1).tolist()
    statistic = sum((counts[i] - num * p[i]) ** 2 / (num * p[i]) for i in range(V))
    assert statistic < 36 + 4 * math.sqrt(2 * 36)  # chi-square with 36 degrees of freedom, four deviations


def test_a_token_without_probability_is_never_drawn_not_even_by_the_extreme_numbers():
    p = torch.tensor([[0.0, 0.1, 0.0, 0.2, 0.0]]).expand(4, 5)
    numbers = torch.tensor([0.0, 0.3, 0.34, 1.0 - 2.0**-40], dtype=torch.float64)
    assert module._drawn(p, numbers).tolist() == [1, 1, 3, 3]


def test_a_token_of_a_large_vocabulary_is_the_one_where_a_running_sum_over_all_of_it_passes_the_number():
    g = torch.Generator().manual_seed(0)
    p = (torch.randn(64, 5 * module.CHUNK + 17, generator=g) * 4).softmax(-1)
    numbers = torch.rand(64, generator=g, dtype=torch.float64)
    token = module._drawn(p, numbers)[:, None]
    end = p.double().cumsum(-1).gather(-1, token)
    begin = end - p.double().gather(-1, token)
    assert bool(((begin - 1e-6 <= numbers[:, None]) & (numbers[:, None] <= end + 1e-6)).all())
    assert len(set(token[:, 0].tolist())) > 40


def test_a_token_of_a_large_vocabulary_without_probability_is_never_drawn():
    p = torch.zeros(3, 4 * module.CHUNK)
    p[:, [module.CHUNK + 7, module.CHUNK + 8, 3 * module.CHUNK - 1]] = torch.tensor([0.1, 0.3, 0.2])
    numbers = torch.tensor([0.0, 0.4, 1.0 - 2.0**-40], dtype=torch.float64)
    assert module._drawn(p, numbers).tolist() == [module.CHUNK + 7, module.CHUNK + 8, 3 * module.CHUNK - 1]


def test_an_answer_ends_with_its_stop_token_or_at_the_limit(model):
    for answer in answers(model, stop_ids=(1, 2, 3, 4, 5), max_new_tokens=6):
        stopped = answer.token_ids[-1] in (1, 2, 3, 4, 5)
        assert answer.finish_reason == ("stop" if stopped else "length")
        assert not {1, 2, 3, 4, 5} & set(answer.token_ids[:-1])
        assert stopped or len(answer.token_ids) == 6
        assert len(answer.logprobs) == len(answer.token_ids)


def test_without_stop_ids_all_end_of_sequence_ids_of_the_model_stop(model):
    ends = {a.token_ids[-1] for a in answers(model, PROMPTS * 4, max_new_tokens=40) if a.finish_reason == "stop"}
    assert ends == {1, 2}


def test_a_prompt_that_leaves_little_context_is_cut_there_and_one_that_leaves_none_is_refused(model):
    long, short = answers(model, [[5] * 60, [5, 6]], stop_ids=(V,), max_new_tokens=9)
    assert (len(long.token_ids), long.finish_reason) == (4, "length")
    assert len(short.token_ids) == 9
    with pytest.raises(EngineError, match="prompt 1 has 64 tokens, the model takes 64"):
        TransformersEngine(model).generate([[5], [5] * 64], Sampling(max_new_tokens=1), seeds=[0, 1])
    with pytest.raises(EngineError, match="prompt 0 of 1 has no tokens"):
        TransformersEngine(model).generate([[]], Sampling(max_new_tokens=1), seeds=[0])


def test_no_prompts_give_no_answers(model):
    assert answers(model, []) == []


def test_answers_stream_as_they_end_outside_of_inference_mode(model):
    lengths = []
    for _, answer in TransformersEngine(model).generate(PROMPTS, Sampling(max_new_tokens=12, stop_ids=(1, 2, 3, 4, 5)), seeds=seeds(PROMPTS)):
        assert not torch.is_inference_mode_enabled()
        lengths.append(len(answer.token_ids))
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1]


def test_the_models_mode_is_restored_also_when_the_stream_is_dropped():
    model = model_of("llama").train()
    stream = TransformersEngine(model).generate(PROMPTS, Sampling(max_new_tokens=12, stop_ids=(1, 2, 3, 4, 5)), seeds=seeds(PROMPTS))
    next(stream)
    assert not model.training
    stream.close()
    assert model.training


def test_new_weights_are_used_at_once_and_another_model_after_sync():
    model, other = model_of("llama"), model_of("llama", seed=1)
    engine, sampling = TransformersEngine(model), Sampling(max_new_tokens=8, stop_ids=(V,))
    before, expected = answers(model, max_new_tokens=8, stop_ids=(V,)), answers(other, max_new_tokens=8, stop_ids=(V,))
    assert before != expected
    engine.sync(other)
    assert dict(engine.generate(PROMPTS, sampling, seeds=seeds(PROMPTS))) == dict(enumerate(expected))
    model.load_state_dict(other.state_dict())
    assert answers(model, max_new_tokens=8, stop_ids=(V,)) == expected


def test_top_k_one_and_a_small_top_p_are_greedy_and_report_the_whole_distributions_probability(model):
    greedy = answers(model, temperature=0)
    assert [a.token_ids for a in answers(model, temperature=1.0, top_k=1)] == [a.token_ids for a in greedy]
    nucleus = answers(model, temperature=1.0, top_p=1e-6)
    assert [a.token_ids for a in nucleus] == [a.token_ids for a in greedy]
    assert nucleus[0].logprobs == pytest.approx(greedy[0].logprobs, abs=1e-6)


@pytest.mark.parametrize(
    ("top_k", "top_p", "kept"),
    [(0, 1.0, [0, 1, 2, 3]), (2, 1.0, [1, 3]), (0, 0.5, [1, 3]), (0, 0.4, [1]), (3, 0.8, [1, 3, 0]), (9, 0.95, [0, 1, 2, 3]), (2, 0.6, [1, 3])],
)
def test_top_k_and_top_p_keep_the_smallest_set_of_likeliest_tokens(top_k, top_p, kept):
    p = torch.tensor([[0.2, 0.4, 0.1, 0.3]])
    restricted = module._restricted(p, top_k=top_k, top_p=top_p)
    assert restricted[0].nonzero()[:, 0].tolist() == sorted(kept)
    assert torch.equal(restricted[0, kept], p[0, kept])


def test_it_is_an_engine(model):
    engine = TransformersEngine(model)
    assert isinstance(engine, Engine)
    engine.close()


@pytest.mark.parametrize("wrong", [{"max_new_tokens": 0}, {"temperature": -1.0}, {"temperature": math.nan}, {"top_p": 0.0}, {"top_k": -1}])
def test_sampling_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sampling(**{"max_new_tokens": 4} | wrong)


def test_generated_holds_one_log_probability_a_token(model):
    (answer,) = answers(model, [[5, 6]])
    assert isinstance(answer, Generated)
    assert all(isinstance(t, int) for t in answer.token_ids)
    assert all(isinstance(x, float) and x <= 0.0 for x in answer.logprobs)
