"""Who may import whom, and what an import of the package and a listing cost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "sympy", "reasoning_gym", "docker", "transformers", "datasets", "pint", "pyarrow", "openai", "vllm", "matplotlib", "pandas")


def modules_after(code):
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_import_rules_hold():
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--config", ROOT / "pyproject.toml", "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 kept, 0 broken" in done.stdout


def test_importing_the_package_imports_nothing_heavy_and_no_environment():
    loaded = modules_after("import prorl_gym")
    assert not loaded & {*HEAVY, "typer", "pytest", "prorl_trainer.loop", "prorl_gym.pool", "prorl_gym.testing"}
    assert not [
        name
        for name in loaded
        if name.startswith("prorl_env_") and name.count(".") and not name.endswith(".plugin") and name != "prorl_env_logic.table"
    ]


@pytest.mark.parametrize("command", [["env", "list"], ["plugin", "list"], ["--help"], ["train", "--help"], ["generate", "--help"]])
def test_listing_and_help_import_nothing_heavy(command):
    loaded = modules_after(f"""
from prorl_gym.cli import main
import contextlib, io, sys
sys.argv = ["prorl", *{command!r}]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
""")
    assert "typer" in loaded
    assert not loaded & set(HEAVY)


def test_making_an_environment_imports_its_own_domain_only():
    loaded = modules_after("import prorl_gym; e = prorl_gym.make('math/arithmetic-v0'); e.reset(seed=0)")
    assert "prorl_env_math.envs" in loaded
    assert not loaded & {"torch", "transformers", "reasoning_gym", "prorl_env_logic.environment", "prorl_env_stem.envs", "prorl_env_code.envs"}
