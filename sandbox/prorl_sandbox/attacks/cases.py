"""The whole catalogue. Those of carry-over come first, on a fresh backend: a disk filled by a later case must not make them pass by chance."""

from prorl_sandbox.attacks.case import Case
from prorl_sandbox.attacks.deceiving import CARRY_OVER, FORGING
from prorl_sandbox.attacks.ordinary import LEFTOVERS, RESOURCES, SANITY
from prorl_sandbox.attacks.reaching import FILES, KERNEL, NETWORK, PROCESSES

CASES: tuple[Case, ...] = (*CARRY_OVER, *SANITY, *FILES, *PROCESSES, *NETWORK, *KERNEL, *FORGING, *LEFTOVERS, *RESOURCES)
