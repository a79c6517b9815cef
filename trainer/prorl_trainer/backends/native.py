"""The backend "native": this trainer, in one or several processes of one machine, under torchrun.

    prorl train CONFIG --backend native --processes 2 [--python PATH] [--backend-set chain=true]

A stop is asked for by a file and not by a signal: torchrun ends its workers 30 s after a signal, which may be in the middle of a step. Where a
signal reaches it all the same (a container that is stopped signals every process), it is told to wait as long as a stop may take.
"""

import os
import sys
from pathlib import Path

from prorl_gym.errors import ConfigError
from prorl_trainer.backends import Capabilities, Launch
from prorl_trainer.backends.plan import rendered
from prorl_trainer.config import TrainConfig
from prorl_trainer.parallel import refuse_uneven

STOP_FILE = "PRORL_STOP_FILE"
"""The variable that tells `prorl train` which file asks it for a stop."""


class Native:
    """`processes` of this trainer under torchrun, by the interpreter `python` (default: the one that runs now), with its environment's packages.

    `chain` begins each stage and each reset with a launch of its own, from the export of the last, as backends without resets have to.
    """

    name = "native"

    def __init__(self, *, processes: int = 1, python: str = sys.executable, chain: bool = False) -> None:
        if not isinstance(processes, int) or isinstance(processes, bool) or processes < 1:
            raise ConfigError(f"the backend 'native' runs a number of processes, 1 or more; got processes = {processes!r}")
        if not isinstance(chain, bool):
            raise ConfigError(f"the backend 'native' chains launches or does not: chain = true or false; got {chain!r}")
        self.processes, self.python = processes, python
        self.capabilities = Capabilities(
            losses=None,
            engines=None,
            kl=None,
            kl_in=None,
            mismatch=None,
            truncation=None,
            resets="chained" if chain else "in_run",
            dynamic_sampling=True,
            adaptive_levels=True,
            multi_turn=True,
            length_shaping=True,
            steered_kl=True,
            entropy_control=True,
            lora=True,
            ahead=True,
            validation=True,
            sinks=True,
        )

    def render(self, config: TrainConfig, *, name: str, title: str, folder: Path) -> Launch:
        """`torchrun ... -m prorl_gym train FOLDER/train.toml`."""
        refuse_uneven(config, self.processes)
        stop_file = folder / "stop"
        torchrun = ("-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", str(self.processes))
        argv = (self.python, *torchrun, "-m", "prorl_gym", "train", str(folder / "train.toml"))
        deadlines = config.deadlines
        patience_s = deadlines.collect_s + deadlines.update_s + deadlines.sync_s + deadlines.validate_s + deadlines.save_s
        return Launch(
            name=name,
            title=title,
            argv=argv,
            resume_argv=(*argv, "--resume"),
            files={"train.toml": rendered(config)},
            environment={**self._environment(config, stop_file), "TORCH_ELASTIC_SHUTDOWN_TIMEOUT": f"{patience_s:.0f}"},
            needs=("torch", "prorl_gym", "prorl_trainer"),
            run=config.out,
            export=config.out / "model",
            stop_file=stop_file,
            stop_timeout_s=patience_s,
            noise="torch/distributed/elastic/multiprocessing/api.py",
        )

    def _environment(self, config: TrainConfig, stop_file: Path) -> dict[str, str | None]:
        # PYTHONSAFEPATH: `python -m` would put the working folder, with whatever files it holds, before the standard library.
        environment: dict[str, str | None] = {STOP_FILE: str(stop_file), "PYTHONSAFEPATH": "1"}
        if self.processes > 1 and "OMP_NUM_THREADS" not in os.environ:
            environment["OMP_NUM_THREADS"] = str(config.model.threads or max(1, (os.cpu_count() or 1) // self.processes))
        if self.python != sys.executable:
            environment |= {"VIRTUAL_ENV": None, "PYTHONHOME": None, "PYTHONPATH": None}
        return environment
