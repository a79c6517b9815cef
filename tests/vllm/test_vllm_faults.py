"""A vLLM process that dies or falls silent is replaced and nothing is lost; one that is closed leaves nothing behind. Run by `make test-vllm`."""

import os
import re
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
import torch

pytest.importorskip("vllm", reason="vLLM is not installed here; make test-vllm runs these in an environment of their own")

from prorl_gym.errors import EngineError
from prorl_trainer.engines import Sampling, take_faults
from prorl_trainer.engines.vllm_engine import VllmEngine
from prorl_trainer.engines.vllm_process import _session
from prorl_trainer.policy import load_model
from prorl_trainer.scoring import score

pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="processes and their shared memory are looked up in /proc"),
]
SAMPLING = Sampling(max_new_tokens=24, temperature=1.0)
PROMPTS = [[5, 6], [7, 8, 9]] * 8
SEEDS = list(range(len(PROMPTS)))


def in_shared_memory(pids):
    """The files in /dev/shm that processes hold."""
    maps = [Path(f"/proc/{pid}/maps").read_text() for pid in pids]
    return {Path(name) for text in maps for name in re.findall(r"(/dev/shm/\S+)", text)}


def named(pids, name):
    return next(pid for pid in pids if name in Path(f"/proc/{pid}/comm").read_text())


def answered(stream):
    done = dict(stream)
    assert sorted(done) == SEEDS
    return [done[i].token_ids for i in SEEDS]


def test_vllms_own_engine_process_killed_amid_answers_is_replaced_with_the_weights_of_the_last_hand_over(engine, model, move, monkeypatch):
    move(model)
    engine.sync(model)
    expected = answered(engine.generate(PROMPTS, SAMPLING, seeds=SEEDS))
    other = engine.generate([[5] * 1020, *PROMPTS[1:]], Sampling(max_new_tokens=1000, temperature=1.0), seeds=SEEDS)
    before = engine.process.popen.pid
    held = _session(before)
    files = in_shared_memory(held)
    assert len(held) >= 3
    assert files
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_eos_ids", lambda: ())  # none but the first, which has room for four tokens, ends soon
        first = next(other)
    os.kill(named(held, "VLLM::Worker"), signal.SIGSTOP)
    killer = threading.Timer(1.0, os.kill, (named(held, "VLLM::EngineCor"), signal.SIGKILL))
    killer.start()
    assert answered(engine.generate(PROMPTS, SAMPLING, seeds=SEEDS)) == expected
    assert engine.process.popen.pid != before
    assert _session(before) == []
    assert not [f for f in files if f.exists()]
    (told,) = take_faults(engine)
    assert "restart 1 in a row: the vLLM process ended with" in told
    # A stream that had begun before, and hears of it only now, goes on too: what it had got is not asked for again.
    assert [len(tokens) for tokens in answered([first, *other])] == [4] + [1000] * 15
    assert engine.faults == []


def test_a_process_that_falls_silent_amid_answers_is_replaced_past_its_deadline(engine, monkeypatch):
    expected = answered(engine.generate(PROMPTS, SAMPLING, seeds=SEEDS))
    before = engine.process.popen.pid
    files = in_shared_memory(_session(before))
    monkeypatch.setattr(engine, "_deadline_s", 15.0)
    for pid in _session(before):
        os.kill(pid, signal.SIGSTOP)
    assert answered(engine.generate(PROMPTS, SAMPLING, seeds=SEEDS)) == expected
    assert _session(before) == []
    assert not [f for f in files if f.exists()]
    (told,) = take_faults(engine)
    assert "vLLM said nothing for 15 s" in told


def test_a_process_that_falls_silent_in_a_hand_over_is_replaced_by_one_with_the_new_weights(engine, model, move, monkeypatch):
    before = engine.process.popen.pid
    os.kill(named(_session(before), "VLLM::Worker"), signal.SIGSTOP)
    move(model)
    monkeypatch.setattr(engine, "_sync_deadline_s", 20.0)
    engine.sync(model)
    assert engine.last_canary < 1e-4
    assert _session(before) == []
    (told,) = take_faults(engine)
    assert "vLLM said nothing for 20 s" in told
    done = dict(engine.generate(PROMPTS, SAMPLING, seeds=SEEDS))
    ours = score(model, PROMPTS, [done[i].token_ids for i in SEEDS], temperature=1.0, pad_id=0).logp_BT
    for i in SEEDS:
        theirs = torch.tensor(done[i].logprobs)
        assert float((ours[i][: len(theirs)] - theirs).abs().max()) < 1e-4


def test_an_untied_bfloat16_model_samples_and_syncs_and_a_trainer_that_dies_takes_vllm_with_it(tiny, move):
    model = load_model(str(tiny), device="cpu", dtype="bfloat16")
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    model.config.tie_word_embeddings = False
    engine = VllmEngine(model, max_model_len=1024, max_restarts=0)
    try:
        _bfloat16_agrees_after_a_sync(engine, model, move)
        pids = _session(engine.process.popen.pid)
        files = {*in_shared_memory(pids), engine._folder}
        assert len(pids) >= 3
        _hang_up(engine.process)
        deadline = time.monotonic() + 60
        while _session(engine.process.popen.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert _session(engine.process.popen.pid) == []
        assert not [f for f in files if f.exists()]
        with pytest.raises(EngineError, match=r"not replaced \(max_restarts = 0\)"):
            list(engine.generate(PROMPTS, SAMPLING, seeds=SEEDS))
    finally:
        engine.close()


def _bfloat16_agrees_after_a_sync(engine, model, move):
    move(model, 0.2)
    engine.sync(model)
    assert engine.last_canary < engine._threshold
    done = dict(engine.generate(PROMPTS, SAMPLING, seeds=SEEDS))
    ours = score(model, PROMPTS, [done[i].token_ids for i in SEEDS], temperature=1.0, pad_id=0).logp_BT
    off = torch.cat([(ours[i][: len(done[i].logprobs)] - torch.tensor(done[i].logprobs)).abs() for i in SEEDS])
    assert float(off.mean()) < 0.05
    move(model, 0.2)
    engine._expected = engine._rescored()
    with pytest.raises(EngineError, match="it samples from other weights"):
        engine._check_canary(engine.process)


def _hang_up(process):
    """End the connection as the trainer's death would."""
    with socket.socket(fileno=os.dup(process._pipe.fileno())) as connection:
        connection.shutdown(socket.SHUT_RDWR)


def test_closing_leaves_no_process_and_no_files(engine):
    """The last one: the engine is used up."""
    leader = engine.process.popen.pid
    pids = _session(leader)
    files = {*in_shared_memory(pids), engine._folder}
    assert len(pids) >= 3
    assert len(files) >= 2
    engine.close()
    engine.close()
    assert _session(leader) == []
    assert not [f for f in files if f.exists()]
    with pytest.raises(EngineError, match="closed"):
        engine.generate(PROMPTS, SAMPLING, seeds=SEEDS)
