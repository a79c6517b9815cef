"""The pool of killable workers, with real processes and verifiers that misbehave."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from prorl_gym import pool as pool_module
from prorl_gym.pool import GradeRequest, VerifierPool
from prorl_gym.types import Outcome, Task, Verdict

FIXTURES = Path(__file__).parents[2] / "fixtures"
VERIFIERS = FIXTURES / "verifiers.py"
TASK = Task(env_id="t/t-v0", prompt=({"role": "user", "content": "?"},), answer="gold")
RIGHT = Verdict.graded(1.0, extracted="gold", reason="right")


@pytest.fixture(scope="module")
def pool():
    """One worker, so that a slow item stands before its neighbours."""
    with VerifierPool(workers=1, memory_mib=2048) as made:
        yield made


def request(name, completion="gold", *, task=TASK, **more):
    return GradeRequest(ref=f"{VERIFIERS}:{name}", task=task, completion=completion, **more)


def grade(pool, name, completion="gold", **more):
    return pool.submit(request(name, completion, **more)).result(timeout=60)


def test_a_right_and_a_wrong_answer_are_graded(pool):
    assert grade(pool, "Equal") == RIGHT
    assert grade(pool, "Equal", "other") == Verdict.graded(0.0, extracted="other", reason="wrong")
    assert grade(pool, "Equal", "  ").outcome is Outcome.NO_ANSWER


def test_extracted_skips_the_extraction(pool):
    thought = "<think>"
    assert grade(pool, "Equal", thought).outcome is Outcome.NO_ANSWER
    given = GradeRequest(ref=f"{VERIFIERS}:Equal", task=TASK, extracted=thought)
    assert pool.submit(given).result(timeout=60) == Verdict.graded(0.0, extracted=thought, reason="wrong")


def test_an_answer_that_overruns_twice_while_its_gold_does_not_is_at_fault(pool):
    verdict = grade(pool, "Sleeps", "slow")
    assert (verdict.outcome, verdict.score) == (Outcome.GRADED, 0.0)
    assert verdict.reason == "limit: the answer overran the deadline twice; the gold answer does not"


def test_a_verifier_that_overruns_on_the_gold_too_is_at_fault_itself(pool):
    verdict = grade(pool, "SleepsOnGold", "slow")
    assert verdict.outcome is Outcome.UNGRADABLE
    assert "so does the gold answer" in verdict.reason


def test_a_task_without_a_gold_is_ungradable_after_two_overruns(pool):
    nameless = Task(env_id="t/t-v0", prompt=(), answer=None)
    assert grade(pool, "Sleeps", "slow", task=nameless).outcome is Outcome.UNGRADABLE


def test_the_neighbours_of_a_verifier_that_sleeps_forever_finish_before_it(pool):
    order = [r.completion for r, _ in pool.map([request("Sleeps", c) for c in ("slow", "gold", "gold", "gold")], ordered=False)]
    assert order == ["gold", "gold", "gold", "slow"]


def test_the_neighbours_of_a_verifier_that_sleeps_do_not_wait_for_its_deadline(monkeypatch):
    """The sleeper's deadline is an hour; what stood behind it in one batch goes to the other worker."""
    monkeypatch.setattr(pool_module, "CLOSE_S", 0.3)
    with VerifierPool(workers=2) as own:
        slow = own.submit(request("SleepsLong", "slow"))
        neighbours = [own.submit(request("SleepsLong")) for _ in range(40)]
        assert [f.result(timeout=60) for f in neighbours] == [RIGHT] * 40
        assert not slow.done()


def test_the_neighbours_of_a_verifier_that_sleeps_are_graded_as_without_it(pool):
    requests = [request("Sleeps", c) for c in ("gold", "slow", "gold", "slow", "gold")]
    verdicts = [v for _, v in pool.map(requests)]
    assert [v.score for v in verdicts] == [1.0, 0.0, 1.0, 0.0, 1.0]
    assert [v.reason.partition(":")[0] for v in verdicts] == ["right", "limit", "right", "limit", "right"]


def test_the_deadline_of_the_request_goes_before_the_verifiers_own(pool):
    assert grade(pool, "SleepsLong", "slow", deadline_s=0.3).reason.startswith("limit: the answer overran the deadline")


def test_the_deadline_of_the_pool_goes_before_the_verifiers_own():
    with VerifierPool(workers=1, deadline_s=0.3) as own:
        assert grade(own, "SleepsLong", "slow").reason.startswith("limit: the answer overran the deadline")


def test_an_exception_is_ungradable_and_names_itself(pool):
    verdict = grade(pool, "Raises", "x")
    assert verdict.outcome is Outcome.UNGRADABLE
    assert verdict.reason == "crash: ValueError: the rules\nare on fire"
    assert grade(pool, "Raises") == RIGHT


def test_a_verifier_that_kills_its_process_is_told_from_the_answer_that_makes_it(pool):
    assert grade(pool, "Dies", "x").reason.startswith("limit: the answer killed its worker twice")
    assert grade(pool, "DiesOnGold", "x").outcome is Outcome.UNGRADABLE
    assert grade(pool, "Dies") == RIGHT


def test_the_neighbours_of_a_verifier_that_kills_its_process_are_not_charged(pool):
    verdicts = [v for _, v in pool.map([request("Dies", c) for c in ("x", "gold", "y", "gold")])]
    assert [v.score for v in verdicts] == [0.0, 1.0, 0.0, 1.0]


def test_a_verifier_that_kills_the_supervisor_leaves_no_process_and_no_charged_neighbour(tmp_path):
    file = tmp_path / "pid"
    with VerifierPool(workers=1) as own:
        verdicts = [v for _, v in own.map([request("KillsTheSupervisor", c) for c in (str(file), "gold", "gold")])]
    assert [v.score for v in verdicts] == [0.0, 1.0, 1.0]
    assert own.counts["died"] == 2
    assert ends(int(file.read_text()))


def ends(pid):
    for _ in range(1000):
        if not _runs(pid):
            return True
        time.sleep(0.02)
    return False


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_exhausted_memory_is_a_limit_of_the_answer(pool):
    assert grade(pool, "EatsMemory", "x").reason.startswith("limit: the answer overran the memory limit twice")
    assert grade(pool, "EatsMemory") == RIGHT


def test_endless_recursion_is_ungradable_and_harms_nobody(pool):
    assert grade(pool, "Recurses", "x").reason.startswith("crash: RecursionError")
    assert grade(pool, "Recurses") == RIGHT


def test_what_a_verifier_prints_does_not_disturb_the_protocol(pool):
    assert [grade(pool, "Prints", "x").reason for _ in range(3)] == ["wrong"] * 3


@pytest.mark.parametrize(
    ("answer", "reason"), [("bool", "crash: TypeError: OddVerdict gave True; expected a Verdict"), ("complex", "crash: the verdict")]
)
def test_a_verdict_that_is_none_is_ungradable_and_says_so(pool, answer, reason):
    verdict = grade(pool, "OddVerdict", answer)
    assert verdict.outcome is Outcome.UNGRADABLE
    assert verdict.reason.startswith(reason)


def test_a_worker_has_a_fixed_hash_seed_and_one_thread(pool):
    assert grade(pool, "Seeded", "x").extracted == "0 1"


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        (f"{FIXTURES}/verifier_that_raises_on_import.py:V", "crash: LookupError: no rules here"),
        (f"{FIXTURES}/no_such_file.py:V", "crash: PluginError: no file"),
        (f"{VERIFIERS}:NoSuchName", "crash: PluginError: the entry point"),
        ("no_such_module:V", "crash: PluginError: the entry point 'no_such_module:V' names the module"),
        (f"{FIXTURES}/starts_a_pool_on_import.py:V", "crash: RuntimeError: a grading worker tried to start workers of its own"),
    ],
)
def test_a_verifier_that_cannot_be_imported_is_ungradable(pool, ref, reason):
    verdicts = [pool.submit(GradeRequest(ref=ref, task=TASK, completion="x")).result(timeout=60) for _ in range(2)]
    assert {v.outcome for v in verdicts} == {Outcome.UNGRADABLE}
    assert all(v.reason.startswith(reason) for v in verdicts), verdicts


@pytest.mark.parametrize("file", ["verifier_that_dies_on_import.py", "verifier_that_hangs_on_import.py"])
def test_an_import_that_ends_or_never_ends_costs_its_own_items_and_not_their_neighbours(monkeypatch, file):
    monkeypatch.setattr(pool_module, "IMPORT_S", 3.0)
    with VerifierPool(workers=1) as own:
        broken = GradeRequest(ref=f"{FIXTURES / file}:V", task=TASK, completion="x", deadline_s=0.1)
        verdicts = [v for _, v in own.map([broken, request("Equal"), request("Equal", "x")])]
    assert [v.outcome.value for v in verdicts] == ["ungradable", "graded", "graded"]
    assert [v.score for v in verdicts[1:]] == [1.0, 0.0]
    assert own.counts["died"] >= 3


def test_map_keeps_the_order_and_takes_no_more_than_it_may_hold():
    taken = []

    def source():
        for i in range(50):
            taken.append(i)
            yield request("Echoes", f"{i}")

    with VerifierPool(workers=2) as own:
        for number, (asked, verdict) in enumerate(own.map(source(), in_flight=5)):
            assert asked.completion == verdict.extracted == f"{number}"
            assert len(taken) <= number + 6
    assert number == 49
    assert own.counts == {"graded": 50}


def test_unordered_map_gives_every_item_once(pool):
    found = sorted(int(v.extracted) for _, v in pool.map((request("Echoes", f"{i}") for i in range(40)), ordered=False, in_flight=7))
    assert found == list(range(40))


def test_an_empty_stream_gives_nothing(pool):
    assert list(pool.map([])) == []
    assert list(pool.map([], ordered=False)) == []


def wait_for(file):
    for _ in range(6000):
        if file.exists():
            return
        time.sleep(0.01)
    raise AssertionError(f"{file} never came")


def test_closing_resolves_what_runs_what_is_queued_and_what_comes_later(monkeypatch, tmp_path):
    monkeypatch.setattr(pool_module, "CLOSE_S", 0.3)
    own = VerifierPool(workers=1)
    asked = [own.submit(request("Stays", str(tmp_path / f"{i}"))) for i in range(40)]
    wait_for(tmp_path / "0")
    own.close()
    late = own.submit(request("Equal"))
    assert {f.result(timeout=20).reason for f in [*asked, late]} == {"pool: closed before this item was graded"}
    assert own.counts == {"ungradable": 41, "died": 1}
    assert not own._processes
    own.close()


def test_closing_waits_for_a_grading_under_way(tmp_path):
    own = VerifierPool(workers=1)
    future = own.submit(request("Brief", str(tmp_path / "begun")))
    wait_for(tmp_path / "begun")
    own.close()
    assert future.result(timeout=1).reason == "done"


KILLED = f"""
import sys, time
from prorl_gym.pool import GradeRequest, VerifierPool
from prorl_gym.types import Task

pool = VerifierPool(workers=2)
task = Task(env_id="t/t-v0", prompt=(), answer="gold")
pool.submit(GradeRequest(ref={str(VERIFIERS)!r} + ":Equal", task=task, completion="gold")).result(timeout=60)
pool.submit(GradeRequest(ref={str(VERIFIERS)!r} + ":Stays", task=task, completion=sys.argv[1]))
while not open(sys.argv[1], "a+").tell():
    time.sleep(0.01)
print(*(process.pid for process in pool._processes), flush=True)
time.sleep(600)
"""


def test_the_workers_of_an_owner_that_is_killed_end_with_it_also_amid_a_grading(tmp_path):
    file = tmp_path / "pid"
    owner = subprocess.Popen([sys.executable, "-W", "ignore", "-c", KILLED, str(file)], stdout=subprocess.PIPE, text=True)
    supervisors = [int(pid) for pid in owner.stdout.readline().split()]
    grader = int(file.read_text())
    assert supervisors
    assert all(_runs(pid) for pid in (*supervisors, grader))
    owner.kill()
    owner.communicate()
    assert all(ends(pid) for pid in (*supervisors, grader))


def test_a_pool_serves_several_threads_at_once(pool):
    results = {}

    def ask(name):
        results[name] = [v.extracted for _, v in pool.map(request("Echoes", f"{name}{i}") for i in range(10))]

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == {name: [f"{name}{i}" for i in range(10)] for name in "abc"}


def test_lone_surrogates_reach_the_verifier_as_question_marks(pool):
    verdict = grade(pool, "Echoes", "a\ud800b", task=Task(env_id="t/t-v0", prompt=(), answer="\udfff", task_id="x"))
    assert verdict.extracted == "a?b"


def test_metadata_as_deep_as_json_allows_arrives_and_deeper_is_ungradable(pool):
    def nested(depth):
        value = []
        for _ in range(depth):
            value = [value]
        return Task(env_id="t/t-v0", prompt=(), answer="gold", metadata={"deep": value}, task_id="x")

    assert grade(pool, "TaskEchoes", "x", task=nested(200)).extracted == str(nested(200).metadata)
    for depth in (300, 100_000):
        verdict = grade(pool, "TaskEchoes", "x", task=nested(depth))
        assert verdict.outcome is Outcome.UNGRADABLE
        assert verdict.reason.startswith("task: ")


def test_a_task_that_json_cannot_hold_is_ungradable(pool):
    for value in (2**70, object(), {1, 2}):
        verdict = grade(pool, "Equal", task=Task(env_id="t/t-v0", prompt=(), answer="gold", metadata={"big": value}, task_id="x"))
        assert verdict.reason.startswith("task: ")


def test_a_completion_of_a_megabyte_arrives_whole(pool):
    assert grade(pool, "Echoes", "x" * 1_000_000).reason == "1000000"
    assert grade(pool, "Echoes", "x" * 1_000_001).reason.startswith("limit: 1000001 characters")


def test_counts_tell_how_gradings_ended_and_why_attempts_overran():
    with VerifierPool(workers=1, memory_mib=2048) as own:
        for name, completion in (("Equal", "gold"), ("Equal", ""), ("Raises", "x"), ("Sleeps", "x"), ("Dies", "x"), ("EatsMemory", "x")):
            grade(own, name, completion)
    assert own.counts == {"graded": 4, "no_answer": 1, "ungradable": 1, "time": 2, "died": 2, "memory": 2}


FORKED = f"""
import os, sys
import prorl_gym
from prorl_gym.pool import GradeRequest, shared_pool
from prorl_gym.types import Task

def score():
    request = GradeRequest(ref={str(VERIFIERS)!r} + ":Equal", task=Task(env_id="t/t-v0", prompt=(), answer="gold"), completion="gold")
    return shared_pool().submit(request).result(timeout=60).score

assert score() == 1.0
before = shared_pool()
assert before is shared_pool()
child = os.fork()
if child == 0:
    fresh = shared_pool()
    ok = fresh is not before and score() == 1.0
    fresh.close()
    os._exit(0 if ok else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert score() == 1.0
"""


def test_a_forked_child_gets_a_shared_pool_of_its_own():
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_pool_refuses_to_start_within_a_worker(monkeypatch):
    monkeypatch.setenv(pool_module.WORKER_FLAG, "1")
    with pytest.raises(RuntimeError, match="if __name__ == '__main__'"):
        VerifierPool(workers=1)


def test_a_pool_has_as_many_workers_as_there_are_processors_unless_told():
    with VerifierPool() as own:
        assert own.workers == os.cpu_count()
