"""Binds a process to the life of its parent; run as a file it does so and then becomes another program.

`python -I -S lifeline.py SIGNAL PARENT_PID IDENTITY become|hold PROGRAM ARGUMENT...` is how the supervisor starts
everything: a Python `preexec_fn` is unsafe in a threaded process, and Postgres cannot be asked to watch its parent.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
FILE_ACCESS_CAPABILITIES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWUSER = 0x10000000
NOBODY = 65534
FORWARDED_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def die_with_parent(death_signal: int, parent_pid: int) -> None:
    """Ask Linux to signal this process when the thread that started it ends; elsewhere do nothing.

    The signal is bound to the *thread* that spawned us, and a change of identity clears it: call this last.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent_pid:
            sys.exit(0)  # the parent was gone before the request was made


def die_with_stdin(death_signal: int) -> None:
    """Signal this process once standard input, a pipe held open by the parent, reaches its end."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), death_signal)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def enter_user_namespace() -> None:
    """Become nobody in a user namespace of our own, still owning root's files: Postgres refuses to run as root.

    Raises OSError where the kernel or the container forbids it.
    """
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1")


def become(uid: int, gid: int) -> None:
    """Stop being root yet keep root's access to files: programs and data often lie below root's closed home folder.

    Where the container withholds those capabilities the change happens without them.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    wanted = sum(1 << number for number in FILE_ACCESS_CAPABILITIES)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(wanted, wanted, wanted, 0, 0, 0)
    libc.capset(header, effective_permitted_inheritable)
    for number in FILE_ACCESS_CAPABILITIES:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0)


def assume(identity: str) -> None:
    """Change who we are: "same", "namespace", or "UID:GID" (needs root)."""
    if identity == "namespace":
        enter_user_namespace()
    elif identity != "same":
        uid, gid = identity.split(":")
        become(int(uid), int(gid))


def hold(program: list[str], death_signal: int) -> int:
    """Run the program as our child until it ends or standard input closes: the way without parent-death signals."""
    child = subprocess.Popen(program, stdin=subprocess.DEVNULL, close_fds=False)  # noqa: S603 - the caller's own command

    def forward(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    for number in FORWARDED_SIGNALS:
        signal.signal(number, forward)
    die_with_stdin(death_signal)
    return child.wait()


def main(arguments: list[str]) -> int:
    """Do what the module docstring says."""
    death_signal, parent_pid, identity, way, *program = arguments
    assume(identity)
    if way == "hold":
        return hold(program, int(death_signal))
    die_with_parent(int(death_signal), int(parent_pid))
    return os.execv(program[0], program)  # noqa: S606 - no shell is wanted: this process becomes the program


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
