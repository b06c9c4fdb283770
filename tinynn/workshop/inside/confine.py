"""Confine this process: another user, its own namespaces, a file system that cannot be written, limits.

Fairness and robustness, no security boundary: a kernel that is wrong, or written to cheat, is held. What a
system does not allow is left out, and every function here returns what that was, as the user will read it.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

NOBODY = 65534
CLONE = {
    "mnt": 0x20000,
    "uts": 0x4000000,
    "ipc": 0x8000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
MS_NOSUID, MS_NODEV, MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 2, 4, 0x1000, 0x2000, 0x4000, 0x40000
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE = 442, -100, 0x8000  # one number on all architectures
ATTR_RDONLY, ATTR_NOSUID = 1, 2
CAPSET = {"x86_64": 126, "aarch64": 91}
PDEATHSIG, DUMPABLE, SUBREAPER, NO_NEW_PRIVS = 1, 4, 36, 38
SIGKILL = 9
PUBLIC = ("/tmp", "/var/tmp", "/dev/shm")  # where others leave files for each other


class MountAttr(ctypes.Structure):
    """struct mount_attr."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns"))


class Confinement:
    """What has been achieved so far; `missing` says what has not."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.missing: list[str] = []
        self.box = order["box"]
        self.namespaces = False
        order["counted"] = (
            None  # how many processes there are in a user namespace of our own, if there is one
        )
        self.root = hasattr(os, "geteuid") and os.geteuid() == 0
        self.libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def call(self, name: str, *arguments: Any) -> None:
        """A function of libc; OSError where it fails."""
        if getattr(self.libc, name)(*arguments) == -1:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")

    def mount(self, source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
        encoded = (source.encode(), os.fsencode(target), kind.encode() if kind else None)
        self.call("mount", *encoded, ctypes.c_ulong(flags), options.encode() or None)

    def enter(self) -> None:
        """Namespaces and mounts: the children of this process will be inside."""
        if self.libc is None:
            self.missing.append(
                f"no namespaces on {sys.platform}: files, network and processes are not contained"
            )
            return
        if not self.order["namespaces"]:
            self.missing.append("no namespaces, as asked: files, network and processes are not contained")
            return
        uid, gid = (os.geteuid(), os.getegid())
        wanted = [n for n in CLONE if n != "user" or not self.root]
        try:
            self.call("unshare", sum(CLONE[n] for n in wanted))
            if not self.root:
                map_user(uid, gid)
                self.order["counted"] = 3  # launcher, first process, worker
            self.namespaces = True
        except OSError as error:
            self.missing.append(
                f"no namespaces here ({error.strerror}): files, network and processes are not contained"
            )
            return
        try:
            self.arrange_files()
        except OSError as error:
            self.missing.append(f"files are not contained ({error.strerror})")

    def arrange_files(self) -> None:
        """Everything read-only; what is private out of sight; the box empty, writable and small."""
        self.mount("none", "/", None, MS_REC | MS_PRIVATE)
        if self.root:
            self.keep_reachable()
        attributes = MountAttr(set=ATTR_RDONLY | ATTR_NOSUID)
        size = ctypes.c_size_t(ctypes.sizeof(attributes))
        self.call("syscall", MOUNT_SETATTR, AT_FDCWD, b"/", AT_RECURSIVE, ctypes.byref(attributes), size)
        needed = self.needed()
        for place in (*PUBLIC, *self.order["hide"]):
            if os.path.isdir(place) and not any(within(path, place) for path in needed):
                self.mount(
                    "tmpfs", os.path.realpath(place), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m"
                )
        os.makedirs(self.box, exist_ok=True)
        owner = f",uid={NOBODY},gid={NOBODY}" if self.root else ""
        self.mount("tmpfs", self.box, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=700,size=64m{owner}")

    def needed(self) -> list[str]:
        """The directories without which the interpreter and the compilers do not work."""
        paths = [
            sys.prefix,
            sys.base_prefix,
            os.path.dirname(os.path.realpath(sys.executable)),
            *self.order["needs"],
        ]
        return [os.path.realpath(path) for path in paths]

    def keep_reachable(self) -> None:
        """As root: let an interpreter under a locked directory, such as /root, be seen by another user.

        An empty directory takes the place of the locked one, and in it stands what is needed, nothing else.
        """
        locked: dict[str, list[str]] = {}
        for path in dict.fromkeys(self.needed()):
            wall = first_locked(path)
            if wall and not any(within(path, other) for other in locked.get(wall, ())):
                locked.setdefault(wall, []).append(path)
        if not locked:
            return
        self.mount("tmpfs", self.box, "tmpfs", 0)
        for wall, paths in locked.items():
            aside = [os.path.join(self.box, str(i)) for i in range(len(paths))]
            for path, keep in zip(paths, aside, strict=True):
                os.mkdir(keep)
                self.mount(path, keep, None, MS_BIND | MS_REC)
            self.mount("tmpfs", wall, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
            for path, keep in zip(paths, aside, strict=True):
                os.makedirs(path, exist_ok=True)
                self.mount(keep, path, None, MS_MOVE)
                os.rmdir(keep)
        self.call("umount2", os.fsencode(self.box), 2)

    def settle(self) -> None:
        """In the child, which is the first process of its namespace: /proc, the user, no way back."""
        if self.libc is None:
            return
        self.libc.prctl(PDEATHSIG, SIGKILL, 0, 0, 0)
        self.libc.prctl(SUBREAPER, 1, 0, 0, 0)
        if self.namespaces:
            try:
                self.mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV)
            except OSError:
                self.missing.append("other processes can be seen in /proc")
        if self.root:
            self.become_nobody()
        self.libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
        self.drop_capabilities()
        if not self.namespaces:
            self.libc.prctl(PDEATHSIG, SIGKILL, 0, 0, 0)  # which a change of user has cleared

    def become_nobody(self) -> None:
        """From root to an unprivileged user, in a user namespace of its own where there are any."""
        if not self.namespaces:
            walls = [wall for path in self.needed() if (wall := first_locked(path))]
            if walls:
                self.missing.append(f"it runs as root: without namespaces no other user can read {walls[0]}")
                return
            os.chown(self.box, NOBODY, NOBODY)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        assert self.libc is not None
        self.libc.prctl(DUMPABLE, 1, 0, 0, 0)  # or /proc/self would be root's
        self.libc.prctl(PDEATHSIG, SIGKILL, 0, 0, 0)
        try:
            self.call("unshare", CLONE["user"])
            map_user(NOBODY, NOBODY)
            self.order["counted"] = 2  # this process and the worker, but not the launcher
        except OSError:
            pass  # processes are then counted for the whole system

    def drop_capabilities(self) -> None:
        """Who could mount could also uncover what is hidden."""
        if os.uname().machine in CAPSET:
            header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
            self.call("syscall", CAPSET[os.uname().machine], ctypes.byref(header), ctypes.byref(nothing))


def map_user(uid: int, gid: int) -> None:
    """In a new user namespace: whoever we were outside is nobody inside."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1")


def within(path: str, folder: str) -> bool:
    return os.path.commonpath([os.path.realpath(path), os.path.realpath(folder)]) == os.path.realpath(folder)


def first_locked(path: str) -> str | None:
    """The first directory above `path`, or it itself, which others may not enter."""
    steps: Iterable[Path] = [*reversed(Path(path).parents), Path(path)]
    return next((str(step) for step in steps if not os.stat(step).st_mode & 1), None)


def limit_build(order: dict[str, Any]) -> None:
    """For a compiler: it is ours, but its input is not."""
    if resource is not None:
        set_limit("CPU", order["seconds"])
        set_limit("AS", 4 << 30)
        set_limit("FSIZE", 256 << 20)
        set_limit("CORE", 0)


def limit_run(order: dict[str, Any]) -> list[str]:
    """For the kernel; returns what could not be limited."""
    if resource is None:
        return [f"time alone is limited on {sys.platform}: neither memory nor files"]
    missing = [] if set_limit("AS", address_space() + order["memory"]) else ["memory is not limited"]
    set_limit("CPU", int(sum(os.times()[:2]) + order["cpu"]) + 1)
    set_limit("FSIZE", 16 << 20)
    set_limit("CORE", 0)
    set_limit("NOFILE", 64)
    if order["processes"] == 0:
        set_limit("NPROC", 0)  # whoever else runs as this user: there is one already
    elif order["processes"] and order["counted"] and counts_apart():
        set_limit("NPROC", order["counted"] + order["processes"])
    elif order["processes"]:
        missing.append("the number of threads is not limited: it is counted for all that this user runs")
    return missing


def counts_apart() -> bool:
    """Whether a user namespace counts its own processes: since Linux 5.14; before, the whole user's."""
    return [int(number) for number in re.findall(r"\d+", os.uname().release)[:2]] >= [5, 14]


def set_limit(name: str, value: int) -> bool:
    """Set it, hard and soft; never higher than it was."""
    which: Any = getattr(resource, f"RLIMIT_{name}", None)
    try:
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        later = value + 5 if name == "CPU" and hard == resource.RLIM_INFINITY else value
        resource.setrlimit(which, (value, later))  # SIGXCPU says what SIGKILL, at the hard limit, does not
    except (ValueError, OSError, TypeError):
        return False
    return True


def address_space() -> int:
    """What this process has mapped already."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 1 << 30
