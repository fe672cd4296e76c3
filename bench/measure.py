"""Runs commands and measures wall time, CPU time and peak memory."""

import os
import re
import statistics
import subprocess
import time


def run(command, **environment):
    """Runs a shell command; returns (wall seconds, CPU seconds, peak MiB, stdout). Exits if the command fails."""
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
    """Returns the row with the median wall time."""
    return sorted(rows)[len(rows) // 2]


def middle(numbers):
    return statistics.median(numbers)


def seconds(text):
    """Parses the output of `Sizes.seconds`: `12.3 s`, `2 min 04 s`."""
    match = re.fullmatch(r"(?:(\d+) min )?([0-9.]+) s", text)
    return 60 * int(match[1] or 0) + float(match[2])


def machine():
    """Returns a line with the machine's cores, memory and Java version."""
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
