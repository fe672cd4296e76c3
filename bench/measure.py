"""Runs a command and says what it cost: wall and CPU seconds, and the most memory it held."""

import os
import subprocess
import time


def run(command, **environment):
    """Runs a shell command; returns (wall seconds, CPU seconds, peak MiB, stdout). Fails when the command fails."""
    env = {**os.environ, **environment}
    start = time.monotonic()
    child = subprocess.Popen(command, shell=True, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, executable="/bin/bash")
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    if status != 0:
        raise SystemExit(f"failed ({status}): {command}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out


def median(rows):
    """The row whose wall time is the middle one."""
    return sorted(rows)[len(rows) // 2]


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
