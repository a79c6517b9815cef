"""The sink against the real wandb in offline mode: what is written to disk is what was logged."""

from pathlib import Path

import pytest

wandb = pytest.importorskip("wandb")

from prorl_gym.plugins import add_plugin  # noqa: E402
from prorl_gym.registry import registry  # noqa: E402


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_metrics_and_configuration_reach_an_offline_run(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    if "wandb" not in registry().names("sink"):
        add_plugin("prorl_wandb.plugin")
    folder = tmp_path / "my-run"
    folder.mkdir()
    (folder / "config.toml").write_text("steps = 5\n[optimizer]\nlr = 1e-5\n", encoding="utf-8")
    sink = registry().load("sink", "wandb")(folder)
    assert sink._run.name == "my-run"
    assert sink._run.config["optimizer"] == {"lr": 1e-5}
    sink(1, {"reward": 0.25})
    sink(2, {"reward": 0.75})
    sink.close()
    written = list(Path(folder, "wandb").glob("offline-run-*/run-*.wandb"))
    assert len(written) == 1
    assert b"reward" in written[0].read_bytes()
