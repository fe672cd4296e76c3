#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets the real nano-graphrag judge backups and restores.

    python judge.py files|servers|convert --ngbak "java -jar backup-server.jar"

In an environment with the packages of samples/make_working_dir/requirements.txt.  "files" uses the package on PyPI.
"servers" uses the fork that has storage classes for Neo4j, Qdrant and Redis.  It needs the packages of
samples/lightrag/requirements-servers.txt too, and the fork: in the folder that NANO_GRAPHRAG_FORK names, or else it is
downloaded.  The fork's own variables (NEO4J_URL, NEO4J_USERNAME, NEO4J_PASSWORD, QDRANT_URL, REDIS_URL) name empty servers.

Documents are inserted, backed up, changed and restored.  Then the package must answer as before, and go on inserting.
With "convert" the files that the one package wrote are restored to servers, where the fork must find the same content, and
from there to files again.  The fork answers differently from servers than from files also about its own data: its search in
Qdrant has no threshold, and relationships in Neo4j have a direction.

What cannot be judged: the fork finds communities with a plugin of Neo4j, Graph Data Science.  fork.py replaces that method,
and the one that makes two nodes of an entity.  Hybrid search needs another service, and is off.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

FORK = "https://github.com/remcohendriks/nano-graphrag/archive/670ae32254470c30400c2c20b0893b8eddc3dec1.tar.gz"
FIRST = ["01_the_light_on_graskjaer.txt", "02_lindqvist_and_daughters.txt"]
ADDED = "04_the_museum_of_lost_cargo.txt"
QUESTION = "Who keeps Gråskjær Light?"
FOUND = {"local": "Gråskjær", "global": "Importance Score", "naive": "Gråskjær"}
BACKENDS = {"GRAPH_BACKEND": "neo4j", "VECTOR_BACKEND": "qdrant", "KV_BACKEND": "redis"}


class Program:
    """Runs ngbak and the packages. Each of the packages runs in a process of its own."""

    def __init__(self, ngbak, scratch, fork):
        self.ngbak_command = shlex.split(ngbak)
        self.fork = fork
        self.folder = Path(scratch) / "working_dir"
        self.folder.mkdir()
        self.backups = Path(scratch) / "backups"

    def ngbak(self, servers, *arguments):
        environment = {
            **os.environ,
            **(BACKENDS if servers else {}),
            "WORKING_DIR": str(self.folder),
            "BACKUP_DIR": str(self.backups),
        }
        done = run([*self.ngbak_command, *arguments, "--json"], environment)
        return json.loads(done.splitlines()[-1])

    def package(self, servers, step, *words):
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        command = [sys.executable, str(HERE / "package.py"), "fork" if servers else "pypi", str(self.folder)]
        if servers:
            command.append("--servers")
            environment["PYTHONPATH"] = self.fork
        return json.loads(run([*command, step, *words], environment).splitlines()[-1])

    def answers(self, servers):
        found = self.package(servers, "answers", QUESTION)
        for mode, word in FOUND.items():
            check(any(word in line for line in found[mode]), f"nano-graphrag finds something in the mode {mode}")
        return found

    def content(self, servers):
        return self.package(servers, "content", QUESTION)


def fork(scratch):
    """Returns a folder with the fork. Ends the program, visibly, if it cannot be had."""
    given = os.environ.get("NANO_GRAPHRAG_FORK")
    if given:
        return given
    folder = scratch + "/fork"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", folder, FORK]
    if subprocess.run(install).returncode:
        print("SKIPPED: nano-graphrag's judgement on servers, because the fork cannot be downloaded")
        sys.exit(0)
    return folder


def run(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def check(condition, what):
    print(("ok    " if condition else "WRONG ") + what, flush=True)
    if not condition:
        sys.exit(1)


def same_answers(before, after, when):
    for mode, context in before.items():
        check(after[mode] == context, f"nano-graphrag answers as before in the mode {mode}{when}")


def same_content(before, after, where):
    for kind, rows in before.items():
        different = sorted(key for key in rows.keys() | after[kind].keys() if rows.get(key) != after[kind].get(key))
        shown = "".join(f"\n{key}\n  {rows.get(key)}\n  {after[kind].get(key)}" for key in different[:3])
        check(not different, f"nano-graphrag reads the same {len(rows)} {kind} {where}{shown}")


def judge(program, servers):
    program.package(servers, "insert", *FIRST)
    before = program.answers(servers)
    backup = program.ngbak(servers, "backup")

    program.package(servers, "insert", ADDED)
    changed = program.answers(servers)
    check(changed != before, "another document changes the answers")

    program.ngbak(servers, "restore", backup["backup_id"], "--yes")
    same_answers(before, program.answers(servers), "")
    check(program.ngbak(servers, "check")["ok"], "ngbak check finds no error")

    program.package(servers, "insert", ADDED)
    same_answers(changed, program.answers(servers), " after another insert")


def judge_conversion(program):
    # Only Qdrant can read its snapshots, so that an archive with one cannot be converted.
    os.environ["QDRANT_BACKUP_MODE"] = "scroll"
    program.package(False, "insert", *FIRST)
    before = program.answers(False)
    content = program.content(False)
    archive = program.ngbak(False, "backup")["backup_id"]

    program.ngbak(True, "restore", archive, "--convert", "--yes")
    same_content(content, program.content(True), "on the servers")
    check(program.ngbak(True, "check")["ok"], "ngbak check finds no error on the servers")
    converted = program.ngbak(True, "backup")["backup_id"]
    program.answers(True)
    program.package(True, "insert", ADDED)
    program.answers(True)

    program.package(False, "insert", ADDED)
    program.ngbak(False, "restore", converted, "--convert", "--yes")
    same_content(content, program.content(False), "in files again")
    same_answers(before, program.answers(False), " in files again")
    check(program.ngbak(False, "check")["ok"], "ngbak check finds no error in files again")
    program.package(False, "insert", ADDED)
    program.answers(False)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("stores", choices=["files", "servers", "convert"])
    arguments.add_argument("--ngbak", required=True, help="the command that runs ngbak")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        program = Program(given.ngbak, scratch, None if given.stores == "files" else fork(scratch))
        if given.stores == "convert":
            judge_conversion(program)
        else:
            judge(program, given.stores == "servers")


if __name__ == "__main__":
    main()
