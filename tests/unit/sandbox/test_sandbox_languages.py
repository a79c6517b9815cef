"""C and C++: compiled once in a jail, executed in another, every ending typed."""

import shutil

import pytest

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, Language, Limits, Status
from prorl_sandbox import languages

DOUBLE = {
    "c": '#include <stdio.h>\nint main(void) { int x; scanf("%d", &x); printf("%d\\n", x * 2); return 0; }',
    "cpp": "#include <iostream>\nint main() { int x; std::cin >> x; std::cout << x * 2 << std::endl; }",
}


@pytest.fixture(params=["c", "cpp"])
def language(request):
    if not any(shutil.which(name) for name in languages.language(request.param).compilers):
        pytest.skip(f"this machine has no compiler for {request.param}")
    return request.param


def run_c(sandbox, code: str, given: bytes = b"", **limits: object):
    if not any(shutil.which(name) for name in languages.C.compilers):
        pytest.skip("this machine has no C compiler")
    return sandbox.run(ExecutionRequest(code=code, inputs=[given], language="c", limits=Limits(**{"wall_s": 20.0, **limits}))).runs[0]


def test_a_program_is_compiled_once_and_run_on_each_input(sandbox, language):
    request = ExecutionRequest(code=DOUBLE[language], inputs=[b"21", b"4"], language=language)
    first, again = sandbox.run(request), sandbox.run(request)
    assert [r.stdout for r in first.runs] == [b"42\n", b"8\n"]
    assert first.compile is not None
    assert first.compile.status is Status.OK
    assert again.compile is first.compile


def test_what_does_not_compile_is_a_compile_error_for_every_input(sandbox, language):
    result = sandbox.run(ExecutionRequest(code="int main( {", inputs=[b"", b""], language=language))
    assert [r.status for r in result.runs] == [Status.COMPILE_ERROR] * 2
    assert result.compile is not None
    assert b"error" in result.compile.stderr


def test_a_compiler_reads_nothing_of_the_host_and_a_bomb_for_it_is_contained(sandbox, tmp_path):
    (tmp_path / "secret.h").write_text("hunter2")
    for path in ("/etc/passwd", f"{tmp_path}/secret.h", "/proc/self/environ"):
        stolen = run_c(sandbox, f'#include "{path}"\nint main(void) {{ return 0; }}')
        assert stolen.status is Status.COMPILE_ERROR
        assert b"root:" not in stolen.stderr
        assert b"hunter2" not in stolen.stderr
    assert run_c(sandbox, "char big[1 << 30] = {1};\nint main(void) { return big[5]; }").status is Status.COMPILE_ERROR


@pytest.mark.parametrize(
    ("body", "status", "signal"),
    [
        ("return 3;", Status.NONZERO_EXIT, None),
        ("abort();", Status.SIGNALED, 6),
        ("int *p = 0; *p = 1;", Status.SIGNALED, 11),
        ("kill(getpid(), 9);", Status.SIGNALED, 9),
        ('for (;;) puts("xxxxxxxxxxxxxxxx");', Status.OUTPUT_LIMIT, 9),
        ("char *p; while ((p = malloc(1 << 20))) memset(p, 1, 1 << 20); abort();", Status.MEMORY, 6),
        ('return fork() == -1 && execl("/bin/true", "true", (char *)0) == -1 ? 0 : 1;', Status.OK, None),
        ('return open("/etc/passwd", 0) == -1 && socket(2, 1, 0) == -1 && fcntl(3, 1) == -1 && fcntl(4, 1) == -1 ? 0 : 1;', Status.OK, None),
    ],
)
def test_each_ending_of_an_executed_program_is_typed(sandbox, body, status, signal):
    headers = "".join(f"#include <{h}>\n" for h in ("stdio.h", "stdlib.h", "string.h", "unistd.h", "fcntl.h", "signal.h", "sys/socket.h"))
    left = run_c(sandbox, f"{headers}int main(void) {{ {body} }}", memory_mib=64)
    assert (left.status, left.signal) == (status, signal), left


def test_time_of_an_executed_program_is_cpu_time_and_the_wall_stands_behind_it(sandbox):
    assert run_c(sandbox, "int main(void) { for (volatile long i = 0;; i++); }", cpu_s=0.2).status is Status.CPU_TIME
    assert run_c(sandbox, "#include <unistd.h>\nint main(void) { sleep(60); }", wall_s=0.4).status is Status.WALL_TIME


def test_a_language_without_its_compiler_says_how_to_get_one():
    missing = Language(name="cobol", source="main.cob", compilers=("no-such-cobc",), remedy="apt-get install gnucobol")
    with pytest.raises(SandboxUnavailableError, match=r"no-such-cobc.*apt-get install gnucobol"):
        languages.compiler(missing)


def test_a_sandbox_without_a_jail_for_compilers_refuses(language):
    with pytest.raises(SandboxUnavailableError, match="compiles nothing"):
        languages.Compilers(None, room=1).prepare(ExecutionRequest(code=DOUBLE[language], inputs=[b""], language=language))
