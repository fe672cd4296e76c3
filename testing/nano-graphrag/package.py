# SPDX-License-Identifier: Apache-2.0
"""Opens one of the two packages of nano-graphrag, inserts documents or answers a question, and prints the result as JSON.

    python package.py pypi|fork FOLDER [--servers] insert TEXT... | answers QUESTION

The package on PyPI and the fork with storage classes for servers have the same module name, so that each step runs in a
process of its own, which has one of them on its path.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import re
import sys
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples" / "make_working_dir"
sys.path.insert(0, str(SAMPLES))

import make  # noqa: E402

MODES = ["local", "global", "naive"]


def points(context):
    """Returns what a model would find in the reports: their titles, and whether one letter of them has changed."""
    titles = re.findall(r'^\d+,\t"?# (.*)$', context, re.MULTILINE)
    found = [{"description": title, "score": 50} for title in titles]
    # The number in front of a row says only in which order the reports came.
    rows = sorted(re.sub(r"^\d+,\t", "", line) for line in context.splitlines())
    digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return json.dumps({"points": [*found, {"description": digest, "score": 1}]})


def open_pypi(folder, servers):
    class Model(make.TableModel):
        def answer(self, messages):
            if messages[0]["role"] == "system":
                return points(messages[0]["content"])
            return super().answer(messages)

    import table
    from nano_graphrag.prompt import PROMPTS

    rag, _ = make.open_rag(folder, Model(PROMPTS, table.ENTITIES, table.RELATIONS))
    return rag


def open_fork(folder, servers):
    import fork

    return fork.open_rag(folder, fork.SERVERS if servers else fork.FILES, points)


async def insert(rag, names):
    await rag.ainsert([(SAMPLES / "texts" / name).read_text("utf-8") for name in names])
    # The fork itself never saves the graph when it is a file.
    await rag.chunk_entity_relation_graph.index_done_callback()


async def answers(rag, question):
    """Returns the contexts that the package would give a model, as sorted lines without the number in front."""
    from nano_graphrag import QueryParam

    found = {}
    for mode in MODES:
        context = await rag.aquery(question, QueryParam(mode=mode, only_need_context=True))
        found[mode] = sorted(re.sub(r"^\d+,\t", "", line) for line in context.splitlines())
    return found


async def run(given):
    rag = (open_pypi if given.package == "pypi" else open_fork)(given.folder, given.servers)
    if given.step == "insert":
        await insert(rag, given.words)
        return {}
    return await answers(rag, *given.words)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("package", choices=["pypi", "fork"])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--servers", action="store_true", help="Neo4j, Qdrant and Redis instead of the folder")
    arguments.add_argument("step", choices=["insert", "answers"])
    arguments.add_argument("words", nargs="+")
    given = arguments.parse_args()
    with contextlib.redirect_stdout(sys.stderr):
        result = asyncio.run(run(given))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
