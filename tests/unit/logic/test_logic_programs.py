import os

import pytest

from prorl_env_logic import programs


def test_an_item_is_made_in_another_process_and_again_by_its_successor():
    first = programs.entry(0, 3)
    [maker] = programs._makers
    assert maker.process.pid != os.getpid()
    maker.process.kill()
    maker.process.wait()
    with pytest.raises(RuntimeError, match="ended the process"):
        programs.entry(0, 3)
    assert not programs._makers
    assert programs.entry(0, 3) == first
    assert programs._makers != [maker]


def test_a_program_that_does_not_end_is_given_up(monkeypatch):
    programs.entry(0, 3)
    [maker] = programs._makers
    monkeypatch.setattr(programs, "DEADLINE_S", 0.0)
    with pytest.raises(RuntimeError, match="does not end"):
        programs.entry(1, 6)
    assert maker.process.returncode is not None


def test_a_forked_process_does_not_use_its_parent_s():
    programs.entry(0, 3)
    before = list(programs._makers)
    try:
        programs._forked()
        assert not programs._makers
    finally:
        programs._makers[:] = before
        before[0].process.returncode = None
        programs._close()
