"""The attack suite: programs that try to read, harm, outlive, blind or deceive, each with the endings that it may have.

`cases.CASES` is the catalogue, `suite.run_suite` runs it on a backend: `prorl sandbox check`. A backend holds a case where the program wins
nothing, ends in one of the stated ways, and a correct program run right after it on the same backend still passes.
"""
