"""What a person sees of a run, and what Ctrl-C does."""

import math
import os
import signal

import pytest

from prorl_trainer.screen import screen, sparkline, stop_on_interrupt


def test_a_sparkline_rises_with_its_values_and_fits_its_width():
    assert sparkline([1.0, 2.0, 3.0]) == "▁▄█"
    assert sparkline([5.0] * 3) == "▁▁▁"
    assert len(sparkline([float(i) for i in range(1000)], width=40)) == 40
    assert sparkline([math.nan, 1.0, math.inf, 2.0]) == "▁█"
    assert sparkline([math.nan]) == ""


def test_in_a_pipe_a_run_prints_plain_lines(capsys):
    with screen("train", 3) as show:
        for step in (1, 2, 3):
            show(step, {"reward": step / 10, "unknown": 1.0})
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "train 1/3 reward 0.1"
    assert lines[-1] == "train 3/3 reward 0.3"


def test_the_first_interrupt_asks_to_stop_and_the_second_stops(capsys):
    before = signal.getsignal(signal.SIGINT)
    with stop_on_interrupt() as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "press Ctrl-C again" in capsys.readouterr().err
