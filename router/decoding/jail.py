"""The walls of the child that decodes: time, memory, no network, no further processes.

The network is taken away by an empty namespace where the kernel lets us have one; on top, and where
it does not, a system-call filter (seccomp, BPF) forbids sockets, programs and processes of its own.
"""

import ctypes
import errno
import platform
import resource
import struct
import sys
from pathlib import Path

CLONE_NEWNET, CLONE_NEWUSER, CLONE_THREAD = 0x40000000, 0x10000000, 0x00010000
OPEN_FILES = 256
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # prctl(2)
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF, 32 bits, absolute
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NUMBER, _ARCH, _FLAGS = 0, 4, 16  # offsets in struct seccomp_data; FLAGS: low half of argument 0
# io_uring's calls (setup, enter, register) have one number everywhere; what is asked through its
# rings, sockets too, passes no filter.
_RINGS = (425, 426, 427)
_X32 = 0x40000000  # from here on: the same calls once more, for 32-bit pointers (x86_64)
# By machine: audit name, forbidden calls (socket, socketpair, connect, execve, execveat, fork,
# vfork, ptrace), clone, clone3.
_CALLS = {
    "x86_64": (0xC000003E, (41, 53, 42, 59, 322, 57, 58, 101, *_RINGS), 56, 435),
    "aarch64": (0xC00000B7, (198, 199, 203, 221, 281, 117, *_RINGS), 220, 435),
}


def lock(*, cpu_seconds: int, lifetimes: int, memory: int) -> str:
    """Put this process behind its walls, for good; gives what keeps it off the network.

    Args:
        cpu_seconds: for the first file.
        lifetimes: how many such spans the process may live.
        memory: bytes of address space beyond what its libraries have mapped by now.
    """
    limit = _mapped() + memory
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds * lifetimes))
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    if sys.platform != "linux":
        return "open: no walls against the network on this system"
    kernel = ctypes.CDLL(None, use_errno=True)
    alone = kernel.unshare(CLONE_NEWNET) == 0 or kernel.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0
    filtered = _filter(kernel)
    kinds = [*(["namespace"] if alone else []), *(["seccomp"] if filtered else [])]
    return "+".join(kinds) or "open: neither namespaces nor seccomp are to be had"


def _mapped() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _filter(kernel: ctypes.CDLL) -> bool:
    calls = _CALLS.get(platform.machine())
    if calls is None:
        return False
    code = ctypes.create_string_buffer(_program(*calls))
    lines = len(code.raw) // 8

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    given = Program(lines, ctypes.addressof(code))
    if kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(kernel.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(given), 0, 0) == 0)


def _program(arch: int, forbidden: tuple[int, ...], clone: int, clone3: int) -> bytes:
    """Assemble the filter; a jump counts the lines that it leaves out."""
    refuse = _line(_RETURN, value=_REFUSE | errno.EPERM)
    lines = [
        _line(_LOAD, value=_ARCH),
        _line(_EQUAL, yes=1, value=arch),
        _line(_RETURN, value=_REFUSE | errno.EPERM),
        _line(_LOAD, value=_NUMBER),
        _line(_AT_LEAST, no=1, value=_X32),
        refuse,
    ]
    for number in forbidden:
        lines += [_line(_EQUAL, no=1, value=number), refuse]
    # glibc falls back to clone, whose flags can be seen from here.
    lines += [_line(_EQUAL, no=1, value=clone3), _line(_RETURN, value=_REFUSE | errno.ENOSYS)]
    lines += [
        _line(_EQUAL, no=3, value=clone),
        _line(_LOAD, value=_FLAGS),
        _line(_ANY_BIT, yes=1, value=CLONE_THREAD),
        refuse,
        _line(_RETURN, value=_ALLOW),
    ]
    return b"".join(lines)


def _line(code: int, *, yes: int = 0, no: int = 0, value: int) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)
