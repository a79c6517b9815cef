"""Sinks: told in order, never waited for, told of when they fail, hang or fall behind."""

import threading
import time

import pytest

from prorl_gym.errors import ConfigError
from prorl_gym.registry import registry
from prorl_trainer.sinks import Sinks


class Recorder:
    """A sink that keeps what it is given, and may wait for `gate` first."""

    def __init__(self):
        self.rows, self.threads, self.closed = [], set(), False
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, step, metrics):
        self.gate.wait()
        self.threads.add(threading.current_thread().name)
        self.rows.append((step, dict(metrics)))

    def close(self):
        self.closed = True


@pytest.fixture
def sink(monkeypatch):
    """Put a maker of sinks under a name, for one test."""
    makers = {}
    monkeypatch.setattr(registry(), "load", lambda kind, name: makers[name], raising=True)

    def add(name, make):
        makers[name] = make
        return name

    return add


def test_every_step_reaches_a_sink_in_order_on_one_thread_of_its_own_and_it_is_closed(sink, tmp_path):
    recorder = Recorder()
    sinks = Sinks([sink("recorder", lambda folder: recorder)], tmp_path)
    metrics = {"reward": 0.0}
    for step in range(1, 51):
        metrics["reward"] = step / 10  # the caller's dict may change after the call
        assert sinks(step, metrics) == []
    assert sinks.close() == []
    assert recorder.rows == [(step, {"reward": step / 10}) for step in range(1, 51)]
    assert recorder.threads == {"sink-recorder"}
    assert recorder.closed


def test_a_sink_that_hangs_holds_nothing_up_and_what_it_misses_is_told_ever_more_seldom(sink, tmp_path):
    recorder, other = Recorder(), Recorder()
    recorder.gate.clear()
    names = [sink("hangs", lambda folder: recorder), sink("other", lambda folder: other)]
    sinks = Sinks(names, tmp_path, queued=4)
    told = []
    for step in range(1, 101):
        told += sinks(step, {"reward": 1.0})
        while len(other.rows) < step:
            time.sleep(0.001)  # only the one that works is waited for
    assert told[0].startswith("the sink 'hangs' is behind by 4 steps; 1 were left out so far")
    assert 3 <= len(told) <= 9
    (last,) = sinks.close(patience_s=0.3)
    assert "'hangs' did not end in time and was left; " in last
    assert not any("other" in fault for fault in [*told, last])
    assert other.closed
    recorder.gate.set()


def test_a_slow_sink_catches_up_at_the_end(sink, tmp_path):
    recorder = Recorder()
    recorder.gate.clear()
    sinks = Sinks([sink("slow", lambda folder: recorder)], tmp_path)
    for step in range(1, 21):
        sinks(step, {"reward": 1.0})
    assert recorder.rows == []
    recorder.gate.set()
    assert sinks.close() == []
    assert [step for step, _ in recorder.rows] == list(range(1, 21))


def test_a_sink_that_fails_is_told_of_and_dropped_after_three_times_and_none_is_lost_at_the_end(sink, tmp_path):
    def fails(step, metrics):
        raise OSError("the disk is full")

    sinks = Sinks([sink("fails", lambda folder: fails)], tmp_path)
    told = [fault for step in range(1, 11) for fault in sinks(step, {"reward": 1.0})] + sinks.close()
    assert told == [
        "the sink 'fails' failed (OSError: the disk is full)",
        "the sink 'fails' failed (OSError: the disk is full)",
        "the sink 'fails' failed (OSError: the disk is full) and is not called again",
    ]


def test_a_sink_that_fails_as_it_is_closed_is_told_of(sink, tmp_path):
    class Sour(Recorder):
        def close(self):
            raise ConnectionError("gone")

    assert Sinks([sink("sour", lambda folder: Sour())], tmp_path).close() == ["the sink 'sour' failed as it was closed (ConnectionError: gone)"]


def test_a_sink_that_cannot_start_or_hangs_as_it_starts_stops_the_run_by_name(sink, tmp_path):
    gate = threading.Event()

    def broken(folder):
        raise OSError("no such server")

    fine = sink("fine", lambda folder: Recorder())
    with pytest.raises(ConfigError, match=r"the sink 'broken' could not be started \(OSError: no such server\); mend it or take it out of sinks"):
        Sinks([fine, sink("broken", broken)], tmp_path)
    with pytest.raises(ConfigError, match=r"the sink 'waits' was not ready after 0\.2 s"):
        Sinks([fine, sink("waits", lambda folder: gate.wait())], tmp_path, start_s=0.2)
    gate.set()
    patience = time.monotonic() + 10
    while time.monotonic() < patience and any(t.name == "sink-fine" for t in threading.enumerate()):
        time.sleep(0.01)
    assert not any(t.name == "sink-fine" for t in threading.enumerate()), "the others' threads are left behind"
