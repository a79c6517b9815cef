"""Backends: what a configuration asks of one, how stages become launches, and how a launched command is watched, stopped and judged."""

import importlib.util
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from prorl_gym.config import load
from prorl_gym.errors import ConfigError, LaunchError, MissingExtraError, RunError, UnknownNameError
from prorl_gym.mix import Mix, MixEntry, weight_at
from prorl_trainer.backends import Backend, Capabilities, process
from prorl_trainer.backends.chain import chain
from prorl_trainer.backends.fit import _problems, check
from prorl_trainer.backends.launch import launch
from prorl_trainer.backends.native import Native
from prorl_trainer.backends.plan import described, make_backend, make_plan, parse_options, rendered
from prorl_trainer.config import TrainConfig

SCRIPT_BACKEND = Path(__file__).parents[2] / "fixtures" / "plugins" / "script_backend.py"
PLAIN = {
    "model": {"path": "nowhere"},
    "mix": [{"env": "math/arithmetic-v0"}],
    "algorithm": {"beta": 0.0, "dynamic_sampling": False},
    "validation": {"every": 0},
    "reset": {"optimizer": "reinit"},
}


def config(out="run", **over):
    data = {**PLAIN, "out": str(out)}
    for key, value in over.items():
        data[key] = {**data[key], **value} if isinstance(data.get(key), dict) else value
    return load(TrainConfig, data=data)


def script(**options):
    spec = importlib.util.spec_from_file_location("script_backend", SCRIPT_BACKEND)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Script(**options)


def stages(*names, steps=None, **settings):
    moments = [{"on": "step", "at": at, "reset": True} for at in steps] if steps else [{}] * len(names)
    return [{"name": name, **moment, **settings} for name, moment in zip(names, moments, strict=True)]


# What a backend can do


LEAST = Capabilities(losses=frozenset({"dapo"}), engines=frozenset({"transformers"}))


def test_a_plain_configuration_fits_a_backend_that_can_do_the_least():
    assert [*_problems(config(), LEAST)] == []
    check(config(), LEAST, backend="least")


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"algorithm": {"loss": "gspo"}}, "algorithm.loss = 'gspo': choose one of dapo"),
        ({"rollout": {"engine": "vllm"}}, "rollout.engine = 'vllm': choose one of transformers"),
        ({"algorithm": {"beta": 0.1}}, "algorithm.kl = 'k3': it has none, so set algorithm.beta = 0"),
        ({"algorithm": {"beta": 0.1, "kl_in": "reward"}}, "algorithm.kl_in = 'reward': choose one of loss"),
        ({"algorithm": {"mismatch": "icepop"}}, "algorithm.mismatch = 'icepop': choose one of off"),
        ({"shaping": {"truncation": "zero"}}, "shaping.truncation = 'zero': choose one of none"),
        ({"algorithm": {"dynamic_sampling": True}}, "algorithm.dynamic_sampling = true: set it to false"),
        ({"mix": [{"env": "math/arithmetic-v0", "adaptive": True}]}, "mix.adaptive = math/arithmetic-v0: give each entry a fixed difficulty"),
        ({"mix": [{"env": "code/repair-v0"}]}, "mix.env = code/repair-v0: leave out environments of several turns"),
        ({"shaping": {"overlong": {"buffer": 8}}}, "shaping.overlong = set: leave it out"),
        ({"shaping": {"cosine": {"limit": 64}}}, "shaping.cosine = set: leave it out"),
        ({"algorithm": {"beta": 0.1, "kl_target": 0.5}}, "algorithm.kl_target = 0.5: leave it out"),
        ({"entropy": {"bonus": 0.01}}, "entropy.bonus = 0.01: set it to 0"),
        ({"entropy": {"target": 0.5}}, "entropy.target = 0.5: leave it out"),
        ({"entropy": {"clip_cov": 0.01}}, "entropy.clip_cov = 0.01: set it to 0"),
        ({"model": {"path": "x", "lora": {"rank": 4}}}, "model.lora = set: train whole weights"),
        ({"rollout": {"ahead": True}}, "rollout.ahead = true: set it to false"),
        ({"validation": {"every": 10}}, "validation.every = 10: set it to 0"),
        ({"sinks": ["tensorboard"]}, "sinks = tensorboard: leave them out"),
    ],
)
def test_what_a_backend_cannot_do_is_refused_with_key_value_and_remedy_and_native_can_do_it(over, told):
    wanted = config(**over)
    with pytest.raises(ConfigError, match="the backend 'least' cannot run this configuration") as error:
        check(wanted, LEAST, backend="least")
    assert f"  {told}" in str(error.value)
    check(wanted, Native().capabilities, backend="native")


def test_every_mismatch_is_told_at_once_and_those_of_later_stages_too():
    later = stages("later", steps=[5], set={"shaping": {"truncation": "mask"}})
    with pytest.raises(ConfigError) as error:
        check(config(algorithm={"loss": "gspo"}, sinks=["x"], stages=later), LEAST, backend="least")
    lines = str(error.value).splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["algorithm.loss", "sinks", "shaping.truncation"]


# Backends by name


def test_native_is_registered_and_keeps_the_protocol():
    assert isinstance(make_backend("native", {"processes": 2}), Backend)


@pytest.mark.parametrize(
    ("name", "options", "error", "told"),
    [
        ("nativ", [], UnknownNameError, r"did you mean 'native'\?.*backends: .*native"),
        ("native", ["proceses=2"], ConfigError, r"did you mean 'processes'\? \(its options: processes, python, chain\)"),
        ("native", ["processes=two"], ConfigError, "a number of processes, 1 or more; got processes = 'two'"),
        ("native", ["processes=0"], ConfigError, "got processes = 0"),
        ("native", ["chain=perhaps"], ConfigError, "chain = true or false; got 'perhaps'"),
        ("native", ["processes"], ConfigError, "--backend-set takes KEY=VALUE"),
    ],
)
def test_a_backend_or_option_that_is_not_there_is_refused_with_those_there_are(name, options, error, told):
    with pytest.raises(error, match=told):
        make_backend(name, parse_options(options))


# Plans


def test_native_renders_torchrun_over_the_configuration_itself(tmp_path):
    wanted = config(tmp_path / "run", steps=7, optimizer={"lr": 1e-5})
    plan = make_plan(wanted, Native(processes=4, python="/opt/env/bin/python"))
    [item] = plan.launches
    assert item.argv[:3] == ("/opt/env/bin/python", "-m", "torch.distributed.run")
    assert item.argv[item.argv.index("--nproc-per-node") + 1] == "4"
    assert item.argv[-4:] == ("-m", "prorl_gym", "train", str(tmp_path / "run.launch" / "run" / "train.toml"))
    assert item.resume_argv == (*item.argv, "--resume")
    (tmp_path / "train.toml").write_text(item.files["train.toml"])
    assert load(TrainConfig, path=tmp_path / "train.toml") == wanted
    assert not (tmp_path / "run.launch").exists()
    assert item.environment["PYTHONPATH"] is None
    assert int(item.environment["OMP_NUM_THREADS"]) >= 1


def test_native_refuses_in_the_plan_what_its_processes_cannot_share(tmp_path):
    with pytest.raises(ConfigError, match="prompts_per_step is 64, which 3 processes cannot share equally: set it to 63 or 66"):
        make_plan(config(tmp_path / "run", steps=7), Native(processes=3))


def test_a_plan_as_text_holds_every_command_and_file(tmp_path):
    text = described(make_plan(config(tmp_path / "run", steps=4, stages=stages("b", steps=[2])), script()))
    assert "2 launches" in text
    assert text.count("SCRIPT_VARIABLE=here") == text.count("env -u SCRIPT_TAKEN") == 2
    assert "# launch 2: b;" in text
    assert f"# file {tmp_path / 'run.launch' / 'stage-2' / 'train.toml'}" in text
    assert f'#   path = "{tmp_path / "run" / "stage-1" / "model"}"' in text


@pytest.mark.parametrize("out", [".", "..", "/"])
def test_a_run_needs_a_folder_of_its_own(out):
    with pytest.raises(ConfigError, match="no folder of the run's own"):
        make_plan(config(out), Native())


def test_a_configuration_that_toml_cannot_say_is_refused_by_key():
    with pytest.raises(ConfigError, match="optimizer: a key is set to nothing"):
        rendered(config(optimizer={"token_budget": None}))


# Stages as launches


def spans(wanted):
    links, _ = chain(wanted)
    return [(link.title, link.begin, link.config.steps) for link in links]


RESET = {"interval": 4, "optimizer": "reinit"}
SIGNALS = {"drop": 0.1, "max_interval": 9, "optimizer": "reinit"}


def test_without_stages_and_resets_a_chain_is_one_launch():
    assert spans(config(steps=10)) == [("the file's own settings", 0, 10)]


def test_a_launch_begins_with_every_interval_and_every_stage():
    own = "the file's own settings"
    assert spans(config(steps=10, reset=RESET)) == [(own, 0, 4), ("reset after step 4", 4, 4), ("reset after step 8", 8, 2)]
    assert spans(config(steps=10, reset=RESET, stages=stages("b", "c"))) == [(own, 0, 4), ("b", 4, 4), ("c", 8, 2)]
    both = config(steps=10, reset={**RESET, "interval": 6, "max_interval": 9}, stages=stages("b", steps=[3]))
    assert spans(both) == [(own, 0, 3), ("b", 3, 6), ("reset after step 9", 9, 1)]


def test_each_launch_has_the_settings_of_its_stage_and_no_reset_of_its_own():
    links, _ = chain(
        config(
            profile="prorl-v1",
            steps=6,
            reset={"max_interval": 2},
            stages=[*stages("b", set={"rollout": {"group_size": 4}}), *stages("c", weights={"math/arithmetic-v0": 3.0})],
        )
    )
    made = [load(TrainConfig, data=json.loads(link.config.model_dump_json(exclude_none=True))) for link in links]
    assert [m.rollout.group_size for m in made] == [16, 4, 4]
    assert [m.mix[0].weight for m in made] == [1.0, 1.0, 3.0]
    assert [m.algorithm.updates_per_step for m in made] == [4, 4, 4]
    assert all(m.reset.model_dump(exclude_defaults=True) == {} and not m.stages for m in made)
    assert [str(m.out) for m in made] == ["run/stage-1", "run/stage-2", "run/stage-3"]


@pytest.mark.parametrize("cycle", [{"on_steps": 2, "off_steps": 2, "start": 4}, {"on_steps": 3, "off_steps": 0, "start": 6}])
def test_streams_and_schedules_go_on_where_the_launch_before_ended(cycle):
    cosine = {"limit": 64, **cycle}
    mix = [{"env": "math/arithmetic-v0", "weight": [[0, 0.0], [8, 8.0]]}, {"env": "math/algebra-v0", "start": 5}]
    rollout, algorithm = {"prompts_per_step": 8}, {"dynamic_sampling": True, "refill": 2.5}
    wanted = config(steps=12, reset=RESET, mix=mix, rollout=rollout, algorithm=algorithm, shaping={"cosine": cosine})
    links, _ = chain(wanted)
    assert [[e.start for e in link.config.mix] for link in links] == [[0, 5], [80, 85], [160, 165]]
    for link in links:
        for step in range(1, 5):
            assert weight_at(link.config.mix[0].weight, step) == weight_at(wanted.mix[0].weight, link.begin + step)
            assert link.config.shaping.cosine.is_on(step) == wanted.shaping.cosine.is_on(link.begin + step)


def test_an_entry_of_a_mix_begins_at_its_start_in_training_and_at_0_elsewhere():
    entry = {"env": "math/arithmetic-v0"}
    for split, begin in (("train", 7), ("validation", 0), ("test", 0)):
        [from_start] = Mix([MixEntry(**entry, start=7)], split=split).draw(0, 1)
        [*_, at] = Mix([MixEntry(**entry)], split=split).draw(0, begin + 1)
        assert (from_start.index, from_start.task) == (begin, at.task)


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"reset": {"interval": 4, "optimizer": "keep"}}, "reset.optimizer = 'keep': an export holds no optimiser"),
        ({"reset": {**RESET, "target": "best"}}, "reset.target = 'best' and reset.policy = 'rollback' look back"),
        ({"reset": {**RESET, "average": 0.5}}, "reset.average mixes"),
        ({"reset": RESET, "model": {"lora": {"rank": 4}}}, "model.lora: the export of a launch is an adapter"),
        ({"reset": {"stall_patience": 2}, "validation": {"every": 5}}, "reset.stall_patience is a reading within a run"),
        ({"reset": SIGNALS, "stages": stages("b", "late"), "validation": {"every": 1}}, "the stage 'late' never begins within 10 steps"),
        ({"stages": [{"name": "b", "on": "step", "at": 3}]}, "the stage 'b' begins after step 3 without a reset"),
        ({"reset": RESET, "shaping": {"cosine": {"limit": 64, "on_steps": 3, "off_steps": 2}}}, "within that cycle, after step 4"),
    ],
)
def test_what_a_chain_cannot_carry_over_is_refused_by_name(over, told):
    with pytest.raises(ConfigError) as error:
        chain(config(steps=10, **over))
    assert told in str(error.value)


def test_what_a_chain_does_not_hear_or_begins_anew_is_noted():
    mix = [{"env": "math/arithmetic-v0", "adaptive": True}]
    wanted = config(steps=10, reset={**RESET, "drop": 0.1}, validation={"every": 5}, mix=mix)
    notes = chain(wanted)[1]
    assert any(n.startswith("reset.drop is not heard") for n in notes)
    assert any(n.startswith("the levels of adaptive entries begin anew") for n in notes)


# Launching


@pytest.fixture
def shown():
    return []


def on_ready(shown, *signals):
    """Note what is shown; when the command says that it is ready, send this process the signals."""

    def show(text):
        shown.append(text)
        if text == "ready\n":
            for number in signals:
                os.kill(os.getpid(), number)

    return show


def saw(run):
    return json.loads((run / "saw.json").read_text())


def test_a_command_runs_with_its_files_and_environment_where_the_launcher_stands(tmp_path, shown, monkeypatch):
    monkeypatch.setenv("SCRIPT_TAKEN", "yes")
    run = launch(make_plan(config(tmp_path / "run", steps=5), script()), show=shown.append)
    assert run == tmp_path / "run" / "stage-1"
    told = saw(run)
    assert told["variable"] == "here"
    assert not told["taken"]
    assert told["cwd"] == os.getcwd()
    assert told["steps"] == 5
    assert shown == ["trained\n"]
    assert (tmp_path / "run.launch" / "stage-1" / "log.txt").read_text() == "trained\n"
    assert load(TrainConfig, path=tmp_path / "run.launch" / "train.toml").steps == 5


def test_each_launch_of_a_chain_begins_from_the_export_of_the_last(tmp_path, shown):
    run = launch(make_plan(config(tmp_path / "run", steps=5, stages=stages("b", "c", steps=[2, 3])), script()), show=shown.append)
    told = [saw(tmp_path / "run" / f"stage-{n}") for n in (1, 2, 3)]
    assert [t["model"] for t in told] == ["nowhere", str(tmp_path / "run/stage-1/model"), str(tmp_path / "run/stage-2/model")]
    assert [t["steps"] for t in told] == [2, 1, 2]
    assert run == tmp_path / "run" / "stage-3"


def test_a_command_that_fails_gives_its_status_and_what_it_said_last_without_the_launchers_noise(tmp_path, shown):
    plan = make_plan(config(tmp_path / "run"), script(way="fails"))
    with pytest.raises(LaunchError, match="ended with status 3; go on with --resume") as error:
        launch(plan, show=shown.append)
    assert str(error.value).endswith("| the cause, plainly")
    assert "".join(shown) == "the cause, plainly\n"
    again = pickle.loads(pickle.dumps(error.value))
    assert (again.status, again.log) == (3, str(tmp_path / "run.launch" / "stage-1" / "log.txt"))


def test_a_command_that_leaves_no_model_has_failed(tmp_path, shown):
    with pytest.raises(LaunchError, match="ended well but left no model at"):
        launch(make_plan(config(tmp_path / "run"), script(way="exports nothing")), show=shown.append)


def test_a_failed_chain_goes_on_where_it_failed(tmp_path, shown):
    plan = make_plan(config(tmp_path / "run", steps=5, stages=stages("b", "c", steps=[2, 3])), script(way="fails once"))
    with pytest.raises(LaunchError, match="stage-2"):
        launch(plan, show=shown.append)
    with pytest.raises(RunError, match="already holds a run; resume it with --resume"):
        launch(plan, show=shown.append)
    shown.clear()
    (tmp_path / "run" / "stage-1" / "untouched").touch()
    with pytest.raises(LaunchError, match="stage-3"):
        launch(plan, resume=True, show=shown.append)
    assert (tmp_path / "run" / "stage-1" / "untouched").exists()
    assert saw(tmp_path / "run" / "stage-2")["again"]
    assert shown[0] == "launch stage-2: b (resumed)\n"
    assert launch(plan, resume=True, show=shown.append) == tmp_path / "run" / "stage-3"


def test_a_backend_that_cannot_resume_begins_the_unfinished_launch_anew(tmp_path, shown):
    failing = make_plan(config(tmp_path / "run", steps=5, stages=stages("b", steps=[2])), script(way="fails once", resumes=False))
    with pytest.raises(LaunchError, match="stage-2"):
        launch(failing, show=shown.append)
    run = launch(make_plan(config(tmp_path / "run", steps=5, stages=stages("b", steps=[2])), script(resumes=False)), resume=True, show=shown.append)
    assert not saw(run)["again"]
    assert not (run / "checkpoints").exists()


def test_a_chain_is_not_resumed_with_another_past(tmp_path, shown):
    launch(make_plan(config(tmp_path / "run", steps=5, stages=stages("b", steps=[2])), script()), show=shown.append)
    with pytest.raises(RunError, match=r"stage-1/train\.toml is not what this configuration gives"):
        launch(make_plan(config(tmp_path / "run", steps=5, stages=stages("b", steps=[3])), script()), resume=True, show=shown.append)
    with pytest.raises(RunError, match=r"there is no run in .* to resume"):
        launch(make_plan(config(tmp_path / "other"), script()), resume=True, show=shown.append)


def test_a_run_is_replaced_when_asked_but_not_by_a_command_that_fails_at_once(tmp_path, shown):
    first = make_plan(config(tmp_path / "run", steps=5, stages=stages("b", steps=[2])), script())
    launch(first, show=shown.append)
    whole = make_plan(config(tmp_path / "run", steps=5), script(resets="in_run"))
    launch(whole, overwrite=True, show=shown.append)
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["model", "saw.json"]
    assert sorted(p.name for p in (tmp_path / "run.launch").iterdir() if p.is_dir()) == ["run"]
    broken = make_plan(config(tmp_path / "run", seed=9), script(way="well", resets="in_run"))
    [item] = broken.launches
    broken = replace(broken, launches=(replace(item, argv=(sys.executable, "-c", "raise SystemExit('no such model')")),))
    with pytest.raises(LaunchError, match="no such model"):
        launch(broken, overwrite=True, show=shown.append)
    assert saw(tmp_path / "run")["steps"] == 5


def test_what_is_no_run_is_never_removed(tmp_path, shown):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("years of work")
    launch(make_plan(config(tmp_path / "run", stages=stages("b", steps=[2])), script()), overwrite=True, show=shown.append)
    assert (tmp_path / "run" / "thesis.txt").exists()


# Stopping


def test_a_signal_is_handed_on_and_the_command_saves_and_ends(tmp_path, shown):
    plan = make_plan(config(tmp_path / "run", steps=5, stages=stages("b", steps=[2])), script(way="waits"))
    before = signal.getsignal(signal.SIGTERM)
    assert launch(plan, show=on_ready(shown, signal.SIGTERM)) == tmp_path / "run" / "stage-1"
    assert "".join(shown).endswith("ready\nsaved\n")
    assert not (tmp_path / "run" / "stage-2").exists()
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_command_that_ends_by_the_very_signal_was_stopped_and_did_not_fail(tmp_path, shown):
    run = launch(make_plan(config(tmp_path / "run"), script(way="dies of it")), show=on_ready(shown, signal.SIGTERM))
    assert run == tmp_path / "run" / "stage-1"


def test_a_stop_file_asks_instead_of_a_signal(tmp_path, shown):
    plan = make_plan(config(tmp_path / "run"), script(way="looks"))
    assert launch(plan, show=on_ready(shown, signal.SIGINT)) == tmp_path / "run" / "stage-1"
    assert shown[-1] == "stopped\n"


@pytest.mark.parametrize("signals", [1, 2])
def test_a_command_that_does_not_stop_is_killed_with_everything_that_it_started(tmp_path, shown, monkeypatch, signals):
    """By its own patience after one signal, at once after a second."""
    monkeypatch.setattr(process, "KILL_AFTER_S", 0.3)
    plan = make_plan(config(tmp_path / "run"), script(way="ignores", stop_timeout_s=0.3 if signals == 1 else 1000.0))
    with pytest.raises(LaunchError, match="was killed by SIGKILL, asked to stop") as error:
        launch(plan, show=on_ready(shown, *[signal.SIGINT] * signals))
    assert error.value.status == -signal.SIGKILL
    assert ends(int((tmp_path / "run" / "stage-1" / "child").read_text()))


def ends(pid):
    """Whether the process is gone or a zombie, soon."""
    for _ in range(200):
        try:
            if ") Z " in Path(f"/proc/{pid}/stat").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_a_run_that_is_being_launched_is_not_launched_again_even_by_another_launcher(tmp_path, shown):
    plan = make_plan(config(tmp_path / "run"), script(way="waits"))
    seen = []

    def show(text):
        if text == "ready\n":
            with pytest.raises(RunError, match=r"a launch of .*run is running \(process \d+\)") as error:
                launch(plan, resume=True, show=shown.append)
            seen.append(error)
            os.kill(os.getpid(), signal.SIGTERM)

    launch(plan, show=show)
    assert seen


def test_a_launcher_that_is_killed_leaves_its_training_alive_and_the_run_locked(tmp_path, shown):
    code = (
        "import importlib.util, sys\n"
        "from prorl_gym.config import load\n"
        "from prorl_trainer.backends.launch import launch\n"
        "from prorl_trainer.backends.plan import make_plan\n"
        "from prorl_trainer.config import TrainConfig\n"
        "from prorl_gym.registry import load_object\n"
        f"backend = load_object({str(SCRIPT_BACKEND) + ':Script'!r})(way='waits')\n"
        f"launch(make_plan(TrainConfig.model_validate_json({config(tmp_path / 'run').model_dump_json()!r}), backend))\n"
    )
    launcher = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    assert launcher.stderr.readline() == "ready\n"
    launcher.kill()
    launcher.communicate()
    with pytest.raises(RunError, match=r"a launch of .*run is running") as error:
        launch(make_plan(config(tmp_path / "run"), script()), resume=True, show=shown.append)
    trained = int(str(error.value).partition("(process ")[2].partition(")")[0])
    os.kill(trained, signal.SIGTERM)
    assert ends(trained)
    assert launch(make_plan(config(tmp_path / "run"), script()), resume=True, show=shown.append)
    assert saw(tmp_path / "run" / "stage-1")["again"]


# The environment to run in


def test_an_environment_that_lacks_what_is_needed_is_refused_before_anything_is_touched(tmp_path):
    wanted = config(tmp_path / "run")
    with pytest.raises(ConfigError, match="there is no executable '/no/such/python'"):
        launch(make_plan(wanted, Native(python="/no/such/python")))
    bare = make_plan(wanted, script())
    lacking = replace(bare, launches=tuple(replace(item, needs=("tomllib", "no_such_module")) for item in bare.launches))
    with pytest.raises(MissingExtraError, match=r"lacks no_such_module; run: .* -m pip install no_such_module"):
        launch(lacking)
    assert not (tmp_path / "run").exists()
