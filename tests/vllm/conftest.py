"""What the tests of the vLLM engine share: a tiny model, and one engine on it, whose process takes its time to start."""

import pytest
import torch

from prorl_trainer.tiny import make_model, make_tokenizer


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = make_tokenizer(["say digits 0123456789"] * 4, vocab_size=280, folder=folder)
    make_model(tokenizer, hidden=64, layers=2, heads=2, folder=folder)
    return folder


@pytest.fixture(scope="session")
def model(tiny):
    from prorl_trainer.policy import load_model

    return load_model(str(tiny), device="cpu", dtype="float32")


@pytest.fixture(scope="session")
def engine(model):
    from prorl_trainer.engines.vllm_engine import VllmEngine

    made = VllmEngine(model, max_model_len=1024)
    yield made
    made.close()


@pytest.fixture(scope="session")
def move():
    """Give a model other weights than ever before, as far from those that it began with each time."""
    generator, begun = torch.Generator().manual_seed(1), {}

    def moved(model, size=0.05):
        first = begun.setdefault(model, {name: value.detach().clone() for name, value in model.named_parameters()})
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(first[name] + torch.randn(parameter.shape, generator=generator).to(parameter.dtype) * size)

    return moved
