"""A model as a policy: prompts through the template, answers back as text with their tokens."""

import pytest

from prorl_gym.errors import ConfigError
from prorl_gym.policy import Request, make_policy
from prorl_gym.types import Task
from prorl_trainer.engines import Sampling
from prorl_trainer.engines.transformers_engine import TransformersEngine
from prorl_trainer.policy import EnginePolicy, encode_answer, encode_prompt, load_model, load_tokenizer
from prorl_trainer.tiny import make_model, make_tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("tiny")
    make_model(make_tokenizer(["1+2=3 say ab"] * 3, vocab_size=270, folder=place), hidden=32, layers=1, heads=2, folder=place)
    return str(place)


def requests(texts):
    for key, text in enumerate(texts):
        task = Task(env_id="x/y-v0", prompt=({"role": "user", "content": text},))
        yield Request(key=key, messages=task.prompt, task=task)


def policy(folder, **options):
    sampling = Sampling(max_new_tokens=6, temperature=1.0)
    return EnginePolicy(TransformersEngine(load_model(folder, device="cpu")), load_tokenizer(folder), sampling, seed=5, **options)


def test_a_prompt_goes_through_the_chat_template_and_asks_for_an_answer(folder):
    tokenizer = load_tokenizer(folder)
    messages = ({"role": "system", "content": "s"}, {"role": "user", "content": "1+2="})
    assert tokenizer.decode(encode_prompt(tokenizer, messages)) == "<|system|>s<|user|>1+2=<|assistant|>"
    assert tokenizer.decode(encode_answer(tokenizer, "3")) == "3<|im_end|>"


def test_a_tokenizer_without_a_template_gets_plain_text_and_one_without_padding_pads_with_its_end(folder, tmp_path):
    tokenizer = load_tokenizer(folder)
    tokenizer.chat_template, tokenizer.pad_token = None, None
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "chat_template.jinja").unlink(missing_ok=True)
    plain = load_tokenizer(str(tmp_path))
    assert plain.decode(encode_prompt(plain, ({"role": "system", "content": "s"}, {"role": "user", "content": "1+2="}))) == "s\n\n1+2=\n"
    assert plain.pad_token_id is not None


def test_every_request_gets_its_own_completion_with_its_tokens(folder):
    texts = ["1", "1+2=", "say ab", "22+1="]
    done = {r.key: c for r, c in policy(folder, batch_size=3).complete(requests(texts))}
    tokenizer = load_tokenizer(folder)
    assert sorted(done) == [0, 1, 2, 3]
    for key, completion in done.items():
        assert list(completion.prompt_token_ids) == encode_prompt(tokenizer, ({"role": "user", "content": texts[key]},))
        assert completion.text == tokenizer.decode(completion.token_ids, skip_special_tokens=True)
        assert len(completion.token_ids) == len(completion.logprobs) == completion.num_tokens <= 6
        assert completion.truncated == (completion.token_ids[-1] != tokenizer.eos_token_id)


def test_an_answer_is_fixed_by_seed_group_and_sample_in_whatever_order_and_company(folder):
    def asked(order, seed=5, group="g", batch_size=256):
        task = Task(env_id="x/y-v0", prompt=({"role": "user", "content": "1"},))
        stream = (Request(key=i, messages=task.prompt, task=task, sample=i, group_id=group) for i in order)
        sampling = Sampling(max_new_tokens=6, temperature=1.0)
        made = EnginePolicy(TransformersEngine(load_model(folder, device="cpu")), load_tokenizer(folder), sampling, seed=seed, batch_size=batch_size)
        return {r.key: c.token_ids for r, c in made.complete(stream)}

    first = asked(range(8))
    assert len(set(first.values())) > 1
    assert asked(reversed(range(8)), batch_size=3) == first
    assert asked([5]) == {5: first[5]}
    assert asked(range(8), seed=6) != first
    assert asked(range(8), group="h") != first


def test_a_prompt_over_the_limit_is_an_error_of_its_own(folder):
    done = {r.key: c for r, c in policy(folder, max_prompt_tokens=8).complete(requests(["1", "1" * 20]))}
    assert done[0].finish_reason in ("stop", "length")
    assert done[1].finish_reason == "error"
    assert "22 tokens, at most 8" in done[1].error


@pytest.mark.parametrize("path", ["no-such-folder", "./no/such/folder", "/nowhere/at/all"])
def test_a_model_that_is_not_there_is_named_without_asking_the_network(path):
    for load in (load_model, load_tokenizer):
        with pytest.raises(ConfigError, match="there is no model folder"):
            load(path)
    with pytest.raises(ConfigError, match="there is no model folder"):
        make_policy("transformers", model=path)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be loaded"):
        load_model(str(tmp_path))
