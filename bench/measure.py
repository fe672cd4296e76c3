"""Runs a command and says what it cost: wall and CPU seconds, and the most memory it held."""

import os
import re
import statistics
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


def middle(numbers):
    return statistics.median(numbers)


def seconds(text):
    """What `Sizes.seconds` writes: `12.3 s`, `2 min 04 s`."""
    match = re.fullmatch(r"(?:(\d+) min )?([0-9.]+) s", text)
    return 60 * int(match[1] or 0) + float(match[2])


def machine():
    """The machine's cores, memory and Java, in a line."""
    with open("/proc/cpuinfo") as info:
        model = re.search(r"model name\s*: (.*)", info.read())[1]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    java = subprocess.run(["java", "-version"], stderr=subprocess.PIPE, text=True).stderr.splitlines()[1]
    return f"{os.cpu_count()} cores of {model.strip()}, {memory:.0f} GiB, {java}"


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
