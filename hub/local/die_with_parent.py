"""Runs a command so that it dies with the process that started it, even when that process is killed with -9.

Called as `python -I -S tether.py PARENT_PID SIGNAL COMMAND ARGUMENT…`. It asks the kernel for a signal on the death of
the parent and becomes the command: the process id does not change. This is a program of its own, not a `preexec_fn`,
because Python code between fork and exec can deadlock in a process that has threads.

The kernel watches the *thread* that started the command, so start from the thread that lives as long as the process.
Elsewhere than on Linux there is no such request and the command merely runs.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def command_dying_with_parent(command: Sequence[str], death: signal.Signals = signal.SIGTERM) -> list[str]:
    """The argv that runs `command` tethered to the calling process; `death` is what it gets when we die."""
    return [sys.executable, "-I", "-S", str(Path(__file__)), str(os.getpid()), str(int(death)), *command]


def main(argv: Sequence[str]) -> None:
    """Becomes the command. Exits with 0 when the parent is gone already."""
    parent, death, *command = argv
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0)
        if os.getppid() != int(parent):  # it died before we could ask
            sys.exit(0)
    os.execvp(command[0], command)  # noqa: S606 - the point of this program


if __name__ == "__main__":
    main(sys.argv[1:])
