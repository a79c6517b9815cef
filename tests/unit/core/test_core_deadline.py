"""Calls with a deadline: results and errors pass through, a late one is given up and its thread ended, C calls are left behind and counted."""

import threading
import time

import pytest

from prorl_gym import deadline
from prorl_gym.deadline import left_behind, within
from prorl_gym.errors import StuckError


def wait_until(condition):
    patience = time.monotonic() + 20
    while not condition() and time.monotonic() < patience:
        time.sleep(0.005)
    return condition()


def spins():
    while True:
        pass


def waits():
    while True:
        time.sleep(0.01)


def will_not_end():
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            return "late"


def test_results_and_errors_pass_through_on_one_thread():
    assert within(5, lambda: 7, what="seven") == 7
    with pytest.raises(KeyError, match="gone"):
        within(5, lambda: {}["gone"], what="a look-up")
    with pytest.raises(TimeoutError, match="its own"):
        within(5, lambda: (_ for _ in ()).throw(TimeoutError("its own")), what="an error")
    names = {within(5, threading.get_ident, what="a name") for _ in range(20)}
    assert len(names) == 1
    assert threading.get_ident() not in names


@pytest.mark.parametrize("call", [spins, waits, will_not_end])
def test_a_late_call_is_given_up_by_name_and_its_thread_ends(call):
    with pytest.raises(TimeoutError, match=r"the step of x took longer than 0\.05 s and was given up"):
        within(0.05, call, what="the step of x")
    assert wait_until(lambda: left_behind() == 0)
    assert within(5, lambda: "next", what="the next") == "next"


def test_a_c_call_is_left_behind_until_it_ends_and_too_many_of_them_are_an_error(monkeypatch):
    monkeypatch.setattr(deadline, "MAX_LEFT_BEHIND", 1)
    lock = threading.Lock()
    lock.acquire()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            within(0.05, lock.acquire, what="a lock")
    assert left_behind() == 2
    with pytest.raises(StuckError, match="over 1 calls were given up and still run, a third was to be the next"):
        within(0.05, lambda: 1, what="a third")
    lock.release()  # the first takes it, and ends
    lock_again = wait_until(lambda: left_behind() == 1)
    lock.release()
    assert lock_again
    assert wait_until(lambda: left_behind() == 0)
    assert within(5, lambda: 1, what="a fourth") == 1
