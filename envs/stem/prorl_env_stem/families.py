"""Every procedural family by subject: laws, problems in several steps, formulae, and questions of several parts."""

from prorl_env_stem import biology, chemistry, inheritance, physics, reactions, several, steps, symbolic
from prorl_env_stem.problem import Family

SUBJECTS: dict[str, tuple[Family, ...]] = {
    "physics": physics.FAMILIES + steps.FAMILIES + symbolic.PHYSICS + several.PHYSICS,
    "chemistry": chemistry.FAMILIES + reactions.FAMILIES + symbolic.CHEMISTRY + several.CHEMISTRY,
    "biology": biology.FAMILIES + inheritance.FAMILIES + symbolic.BIOLOGY + several.BIOLOGY,
}
