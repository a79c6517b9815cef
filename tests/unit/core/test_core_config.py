"""Configuration: TOML, overrides, and errors that name the key, what was given and what is expected."""

from typing import Literal

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_gym.config import Strict, load, parse_value, to_toml
from prorl_gym.errors import ConfigError


class Optimizer(Strict):
    """Inner section."""

    lr: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.95)


class Entry(Strict):
    """One of a list."""

    env: str
    weight: float = 1.0
    inner: Optimizer | None = None


class Config(Strict):
    """A whole configuration."""

    steps: int = pydantic.Field(default=10, ge=1)
    name: str | None = None
    style: Literal["full", "terse"] = "full"
    optimizer: Optimizer = Optimizer()
    mix: list[Entry] = pydantic.Field(default_factory=list)
    options: dict[str, int] = pydantic.Field(default_factory=dict)


def test_a_file_is_read_and_its_defaults_are_filled_in(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text('steps = 3\n[optimizer]\nlr = 1e-5\n[[mix]]\nenv = "a"\n')
    config = load(Config, path=file)
    assert (config.steps, config.optimizer.lr, config.optimizer.betas, config.mix[0].weight) == (3, 1e-5, (0.9, 0.95), 1.0)


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("steps=7", lambda c: c.steps == 7),
        (" steps = 7 ", lambda c: c.steps == 7),
        ("optimizer.lr=1e-5", lambda c: c.optimizer.lr == 1e-5),
        ("optimizer.betas=[0.5, 0.6]", lambda c: c.optimizer.betas == (0.5, 0.6)),
        ("mix.0.weight=2", lambda c: c.mix[0].weight == 2.0),
        ("mix.1.inner.lr=3", lambda c: c.mix[1].inner.lr == 3.0),
        ("mix.1={env='c'}", lambda c: c.mix[1].env == "c"),
        ('mix=[{env="z"}]', lambda c: [e.env for e in c.mix] == ["z"]),
        ("name=a b=c", lambda c: c.name == "a b=c"),
        ("name=", lambda c: c.name == ""),
        ("options.new=1", lambda c: c.options == {"new": 1}),
    ],
)
def test_an_override_goes_to_its_place(override, read):
    assert read(load(Config, data={"mix": [{"env": "a"}, {"env": "b"}]}, overrides=[override]))


def test_later_overrides_win_and_the_data_given_stays_as_it_was():
    data = {"steps": 1, "optimizer": {"lr": 1.0}, "mix": [{"env": "a"}]}
    config = load(Config, data=data, overrides=["steps=2", "steps=3", "optimizer.lr=0.1", "mix.0.env=b"])
    assert (config.steps, config.optimizer.lr, config.mix[0].env) == (3, 0.1, "b")
    assert data == {"steps": 1, "optimizer": {"lr": 1.0}, "mix": [{"env": "a"}]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1e-5", 1e-5),
        ("true", True),
        ("[1, 'a']", [1, "a"]),
        ('"7"', "7"),
        ("{a = 1}", {"a": 1}),
        ("True", "True"),
        ("a/b-v0", "a/b-v0"),
        ("", ""),
    ],
)
def test_a_value_is_read_as_toml_and_anything_else_is_a_text(text, value):
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("steps", "--set takes KEY=VALUE.*got 'steps'"),
        ("=3", "--set takes KEY=VALUE"),
        ("mix.5.weight=1", "'5' is no index of a list of 1 entries"),
        ("mix.x.weight=1", "'x' is no index"),
        ("mix.²=1", "'²' is no index"),
        ("mix.-1=1", "'-1' is no index"),
        ("steps.a=1", "steps is a plain value and holds no keys"),
        ("steps.a.b=1", "'a' stands below a plain value"),
    ],
)
def test_an_override_that_leads_nowhere_says_so(override, message):
    with pytest.raises(ConfigError, match=message):
        load(Config, data={"steps": 1, "mix": [{"env": "a"}]}, overrides=[override])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"stebs": 1}, "stebs: unknown key; did you mean 'steps'"),
        ({"optimizer": {"lrr": 1}}, "optimizer.lrr: unknown key; did you mean 'lr'"),
        ({"mix": [{"env": "a"}, {"env": "a", "wieght": 1}]}, "mix.1.wieght: unknown key; did you mean 'weight'"),
        ({"mix": [{"env": "a", "inner": {"beta": 1}}]}, "mix.0.inner.beta: unknown key; did you mean 'betas'"),
        ({"zzzz": 1}, "zzzz: unknown key; known keys: mix, name, optimizer, options, steps, style"),
        ({"mix": [{}]}, "mix.0.env: missing, and it has no default"),
        ({"steps": 0}, "steps: Input should be greater than or equal to 1; got 0"),
        ({"style": "short"}, "style: Input should be 'full' or 'terse'; got 'short'"),
        ({"name": ["x" * 500]}, r"name: .*; got \['x+\.\.\.$"),
    ],
)
def test_a_bad_key_or_value_is_named_with_what_was_expected(data, message):
    with pytest.raises(ConfigError, match=rf"(?m)^  {message}"):
        load(Config, data=data)


def test_all_problems_of_a_file_are_named_at_once_under_the_file(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text("steps = 0\nstebs = 1\n")
    with pytest.raises(ConfigError) as caught:
        load(Config, path=file)
    first, *rest = str(caught.value).splitlines()
    assert first == f"{file} is not usable:"
    assert len(rest) == 2


def test_a_file_that_is_missing_or_no_toml_is_named(tmp_path):
    (tmp_path / "quickstart.toml").write_text("steps: 3")
    with pytest.raises(ConfigError, match=r"did you mean .*quickstart.toml"):
        load(Config, path=tmp_path / "quickstrat.toml")
    with pytest.raises(ConfigError, match=r"quickstart.toml is not TOML"):
        load(Config, path=tmp_path / "quickstart.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"bytes.toml is not TOML"):
        load(Config, path=tmp_path / "bytes.toml")
    with pytest.raises(ConfigError, match="there is no file"):
        load(Config, path=tmp_path / "no" / "such.toml")


@given(
    st.builds(
        Config,
        steps=st.integers(1, 10**9),
        name=st.none() | st.text(st.characters(codec="utf-8"), max_size=20),
        style=st.sampled_from(["full", "terse"]),
        optimizer=st.builds(Optimizer, lr=st.floats(allow_nan=False)),
        mix=st.lists(st.builds(Entry, env=st.text(st.characters(codec="utf-8"), max_size=9), weight=st.floats(allow_nan=False)), max_size=3),
        options=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=9), st.integers(-(2**40), 2**40), max_size=3),
    )
)
def test_a_configuration_written_as_toml_reads_back_as_it_was(folder, config):
    file = folder / "c.toml"
    file.write_text(to_toml(config), encoding="utf-8", newline="")
    assert load(Config, path=file) == config


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("config")


def test_a_value_set_later_is_checked_too():
    with pytest.raises(pydantic.ValidationError):
        Config().steps = 0
