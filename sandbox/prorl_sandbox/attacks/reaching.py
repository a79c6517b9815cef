"""What must be out of reach: the host's files, its processes, every network, the kernel's doors."""

from prorl_gym.sandbox import Limits, Status
from prorl_sandbox.attacks.case import SHORT, cases

_STAT = "lets a program see by stat() that a file exists and how large it is: Landlock does not cover it, so keep secrets out of file names"

FILES = cases(
    "files",
    {"name": "a secret of the host", "code": "won('read', lambda: open({{canary}}).read())", "control": True},
    {"name": "passwords", "code": "for p in ('/etc/passwd', '/etc/shadow'): won(p, lambda: open(p).read())", "control": True},
    {
        "name": "homes",
        "code": "def others(p):\n    return [n for n in os.listdir(p) if not sys.prefix.startswith(os.path.join(p, n))] or -1\n"
        "for p in ('/root', '/home', {{folder}}): won(p, lambda: others(p))",
        "control": True,
    },
    {
        "name": "writes outside",
        "code": "for p in (os.path.dirname(os.__file__), '/', '/usr', '/var/tmp', '/dev/shm', '/etc', {{folder}}):\n"
        "    won(p, lambda: open(p + '/prorl-attack', 'w'))\nwon('append', lambda: open(os.__file__, 'a'))",
    },
    {"name": "a write into a folder of the host", "code": "won('write', lambda: open({{folder}} + '/written', 'w').write('x'))", "control": True},
    {
        "name": "changes a host file",
        "code": "won('chmod', lambda: os.chmod({{canary}}, 0o777))\nwon('utime', lambda: os.utime({{canary}}, (1, 1)))",
        "control": True,
    },
    {"name": "sees a host file", "code": "won('stat', lambda: os.stat({{canary}}).st_size)", "control": True, "not_on": {"restricted": _STAT}},
    {
        "name": "links out",
        "code": "def through(make):\n    p = '/tmp/l%d' % id(make)\n    make({{canary}}, p)\n    return open(p).read()\n"
        "won('symlink', lambda: through(os.symlink))\nwon('link', lambda: through(os.link))",
    },
    {"name": "inherited descriptors", "code": "for fd in range(3, 1024): won(fd, lambda: os.fstat(fd).st_mode)"},
    {
        "name": "proc and devices",
        "code": "for p in ('/proc/self/fd', '/proc', '/sys/kernel'): won(p, lambda: os.listdir(p))\n"
        "for p in ('/proc/self/environ', '/proc/1/mem', '/proc/self/mem', '/dev/mem', '/dev/kmsg'): won(p, lambda: open(p, 'rb').read(1))\n"
        "won('mknod', lambda: os.mknod('/tmp/dev', 0o20666, os.makedev(1, 1)))",
    },
    {
        "name": "programs of the host",
        "code": "for p in ('/usr/bin/su', '/bin/sh', '/bin/true', sys.executable or '/usr/bin/python3'):\n    won(p, lambda: os.execv(p, [p, '-c', 'exit']))",
    },
    {"name": "another root", "code": "won('chroot', lambda: os.chroot('/tmp'))\nwon('up', lambda: open('/../../..' + {{canary}}).read())"},
)

PROCESSES = cases(
    "processes",
    {
        "name": "signals to its parent",
        "code": "import signal\np = os.getppid()\nif p > 1:\n    for s in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL): won(s, lambda: os.kill(p, s))",
    },
    {
        "name": "signals to a process of the host",
        "code": "import signal\nwon('kill', lambda: os.kill({{victim}}, signal.SIGTERM))",
        "control": True,
    },
    {
        "name": "signals to everybody",
        "code": "import signal\nfor s in (signal.SIGKILL, signal.SIGSTOP):\n    for call in (lambda: os.kill(-1, s), lambda: os.killpg(0, 0)):\n"
        "        try: call()\n        except OSError: pass\nprint('on')",
        "ends": (Status.OK, Status.SIGNALED),
        "limits": SHORT,
    },
    {
        "name": "the environment",
        "code": "won('own', lambda: os.environ['PRORL_ATTACK_SECRET'])\nwon('host', lambda: open('/proc/%d/environ' % {{host}}, 'rb').read())",
        "control": True,
    },
    {"name": "a list of processes", "code": "won('proc', lambda: [p for p in os.listdir('/proc') if p.isdecimal()])", "control": True},
    {
        "name": "another's memory",
        "code": "won('mem', lambda: open('/proc/%d/mem' % os.getppid(), 'rb').read(1))\nwon('readv', lambda: libc.process_vm_readv({{victim}}, None, 0, None, 0, 0))\n"
        "won('attach', lambda: libc.ptrace(16, {{victim}}, 0, 0))\nwon('traceme', lambda: libc.ptrace(0, 0, 0, 0))\nwon('pidfd', lambda: os.pidfd_open({{victim}}))",
        "control": True,
    },
    {
        "name": "the grader's modules",
        "code": "import importlib\nfor m in ('prorl_gym', 'prorl_env_code', 'numpy', 'pytest'):\n    try:\n        importlib.import_module(m); print('WON', m)\n"
        "    except ModuleNotFoundError: pass",
    },
    {
        "name": "frames and objects",
        "code": "import gc\nframe, seen = sys._getframe(), []\nwhile frame:\n    seen += [repr(v) for v in list(frame.f_locals.values()) + list(frame.f_globals.values())]\n"
        "    frame = frame.f_back\nseen += [repr(o)[:200] for o in gc.get_objects() if isinstance(o, (list, dict, tuple, str, bytes))]\n"
        "won('answer', lambda: 'found' if any(''.join(['expected', '-', 'answer']) in s for s in seen) else -1)",
    },
)

NETWORK = cases(
    "network",
    {"name": "tcp to the host", "code": "import socket\nwon('tcp', lambda: socket.create_connection(('127.0.0.1', {{port}}), 1))", "control": True},
    {
        "name": "udp",
        "code": "import socket\nwon('udp', lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {{port}})))",
        "control": True,
    },
    {
        "name": "a socket in a folder",
        "code": "import socket\nwon('unix', lambda: socket.socket(socket.AF_UNIX).connect({{unix}}) or 'in')",
        "control": True,
    },
    {
        "name": "an abstract socket",
        "code": "import socket\nwon('abstract', lambda: socket.socket(socket.AF_UNIX).connect('\\0' + {{abstract}}) or 'in')",
        "control": True,
    },
    {
        "name": "the engine's socket",
        "code": "import socket\nwon('docker', lambda: socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock') or 'in')",
    },
    {
        "name": "raw packets",
        "code": "import socket\nwon('raw', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))\n"
        "won('packet', lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))",
    },
    {"name": "netlink", "code": "import socket\nwon('netlink', lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))", "control": True},
    {"name": "the hypervisor", "code": "import socket\nwon('vsock', lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM))"},
    {"name": "a server", "code": "import socket\nwon('listen', lambda: socket.create_server(('127.0.0.1', 0)))", "control": True},
    {"name": "six", "code": "import socket\nwon('ipv6', lambda: socket.socket(socket.AF_INET6))", "control": True},
    {
        "name": "names",
        "code": "import socket\nwon('dns', lambda: socket.getaddrinfo('localhost', 80))",
        "ends": (Status.OK, Status.NONZERO_EXIT),
        "control": True,
    },
)

_X86 = "if os.uname().machine == 'x86_64':\n"
_CLONE = Limits(cpu_s=1.0, wall_s=4.0)
KERNEL = cases(
    "kernel",
    {
        "name": "new namespaces",
        "code": "for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x08000000, 0x04000000, 0x02000000): won(hex(flag), lambda: libc.unshare(flag))",
    },
    {
        "name": "clone3",
        "code": "won('clone3', lambda: libc.syscall(435, ctypes.byref(ctypes.create_string_buffer(88)), 88) or os._exit(0))",
        "limits": _CLONE,
    },
    {
        "name": "mounts",
        "code": "won('mount', lambda: libc.mount(b'x', b'/tmp', b'tmpfs', 0, None))\nwon('umount', lambda: libc.umount2(b'/tmp', 2))\n"
        "won('pivot', lambda: libc.syscall(155 if os.uname().machine == 'x86_64' else 41, b'/tmp', b'/tmp'))\nwon('fsopen', lambda: libc.syscall(430, b'tmpfs', 0))\n"
        "won('setns', lambda: libc.setns(0, 0))",
    },
    {"name": "io_uring", "code": "won('setup', lambda: libc.syscall(425, 8, ctypes.byref(ctypes.create_string_buffer(256))))"},
    {
        "name": "bpf",
        "code": "won('bpf', lambda: libc.syscall(321 if os.uname().machine == 'x86_64' else 280, 0, ctypes.byref(ctypes.create_string_buffer(128)), 128))",
    },
    {"name": "userfaultfd", "code": "won('fd', lambda: libc.syscall(323 if os.uname().machine == 'x86_64' else 282, 1))"},
    {
        "name": "perf",
        "code": "won('open', lambda: libc.syscall(298 if os.uname().machine == 'x86_64' else 241, ctypes.byref(ctypes.create_string_buffer(128)), 0, -1, -1, 0))",
    },
    {
        "name": "keyrings",
        "code": _X86
        + "    won('add', lambda: libc.syscall(248, b'user', b'attack', b'x', 1, -3))\n    won('get', lambda: libc.syscall(250, 0, -3, 1))",
        "control": True,
    },
    {
        "name": "shared memory and queues",
        "code": "won('shm', lambda: libc.shmget(0, 4096, 0o1600))\nwon('sem', lambda: libc.semget(0, 1, 0o1600))\nwon('msg', lambda: libc.msgget(0, 0o1600))\n"
        + _X86
        + "    won('mq', lambda: libc.syscall(240, b'prorl', 0o102, 0o600, 0))",
    },
    {
        "name": "the x32 table",
        "code": _X86 + "    libc.syscall(0x40000000 + 39)\n    print('WON alive')\nelse:\n    os.abort()",
        "ends": (Status.SIGNALED,),
    },
    {
        "name": "the 32-bit gate",
        "code": "import mmap\nif os.uname().machine != 'x86_64': os.abort()\ntry:\n    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
        "    page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))\n    got = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()\n"
        "    print('WON' if got > 0 else 'refused', got)\nexcept (OSError, ValueError):\n    os.abort()",
        "ends": (Status.SIGNALED,),
    },
    {
        "name": "out of the filter",
        "code": "won('strict', lambda: libc.prctl(22, 1, 0, 0, 0))\nwon('nnp', lambda: libc.prctl(38, 0, 0, 0, 0))\n"
        "won('privs', lambda: libc.prctl(39, 0, 0, 0, 0) - 1 if libc.prctl(39, 0, 0, 0, 0) != 1 else -1)",
        "ends": (Status.OK, Status.SIGNALED),
    },
    {"name": "personality", "code": "won('set', lambda: libc.personality(0x0040000))", "control": True},
    {
        "name": "priority",
        "code": "won('fifo', lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)))\nwon('nice', lambda: os.nice(-10))",
    },
    {
        "name": "another user",
        "code": "won('uid', lambda: os.setuid(0) if os.getuid() else -1)\nwon('gid', lambda: os.setgid(0) if os.getgid() else -1)\n"
        "caps = ctypes.create_string_buffer(24)\nlibc.capget((0x20080522).to_bytes(4, 'little') + bytes(4), caps)\n"
        "won('capabilities', lambda: 'some' if caps.raw[:12].strip(b'\\0') else -1)",
    },
    {
        "name": "kernel modules and reboot",
        "code": _X86 + "    for nr in (175, 313, 176, 169, 246, 320): won(nr, lambda: libc.syscall(nr, 0, 0, 0, 0, 0))",
    },
    {
        "name": "calls that a filter does not know",
        "code": "for nr in (*range(442, 470), 600, 999): won(nr, lambda: libc.syscall(nr, 0, 0, 0, 0, 0, 0))",
    },
    {
        "name": "time",
        "code": "import time\nwon('set', lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()))\nwon('adj', lambda: libc.adjtimex(None))",
    },
    {"name": "core dumps of secrets", "code": "import resource\nwon('core', lambda: resource.getrlimit(resource.RLIMIT_CORE)[1] or -1)"},
)
