#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Creates the sample working folder with the real nano-graphrag package.

    python make.py [--out FOLDER] [--force]

It uses no network and no model.  Three deterministic stubs replace what the
package would otherwise reach over the network:

  tokenizer   pieces of at most six letters (instead of a downloaded encoding)
  model       answers from the hand-written table in table.py
  embedding   hashed words and letter triples, 96 numbers, length 1

The package computes and writes all files in the folder.
"""

import argparse
import ast
import asyncio
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent

# ---------------------------------------------------------------- parameters
HASH_SEED = "0"          # fixes the order of Python sets, which the package joins
DIM = 96
CHUNK_TOKENS = 300
CHUNK_OVERLAP = 50
GLEANINGS = 2            # package default 1; 2 also exercises the "any left?" prompt
MAX_CLUSTER = 6          # package default 10
SUMMARY_TOKENS = 200     # package default 500
ENTITY_TYPES = ["organization", "person", "geo", "event", "ship", "object"]
BEST_MODEL = "stand-in-table-best"
CHEAP_MODEL = "stand-in-table-cheap"


# ----------------------------------------------------------------- tokenizer
class PieceTokenizer:
    """Cuts text into short pieces and numbers them in the order of their first use."""

    name = "stand-in-pieces"
    _piece = re.compile(r"\s?\w{1,6}|\s?[^\w\s]|\s")

    def __init__(self):
        self._ids = {}
        self._pieces = []

    def encode(self, text, **_):
        out = []
        for piece in self._piece.findall(text):
            if piece not in self._ids:
                self._ids[piece] = len(self._pieces)
                self._pieces.append(piece)
            out.append(self._ids[piece])
        return out

    def decode(self, tokens, **_):
        return "".join(self._pieces[t] for t in tokens)

    def encode_batch(self, texts, **_):
        return [self.encode(t) for t in texts]

    def decode_batch(self, batch, **_):
        return [self.decode(t) for t in batch]


# ----------------------------------------------------------------- embedding
STOP = set(
    "a an and are as at be been but by for from had has have he her him his in is it its no not of on "
    "one or she so that the their them then there they this to was were which who will with would"
    .split()
)


def features(text):
    """Returns the features of a text with small integer weights."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    found = {}
    for word in re.findall(r"\w+", folded):
        if word in STOP:
            continue
        found["w:" + word] = found.get("w:" + word, 0) + 6
        framed = f"^{word}$"
        for i in range(len(framed) - 2):
            key = "t:" + framed[i : i + 3]
            found[key] = found.get(key, 0) + 1
    # repeated words count more, up to a limit
    return {k: min(v, 18 if k[0] == "w" else 4) for k, v in found.items()} or {"empty": 1}


def embed_text(text):
    """Returns the normalised weighted sum of the features' hash bits (+1/-1).
    The sum is an integer vector, so it is the same on every machine."""
    import numpy as np

    total = np.zeros(DIM, dtype=np.int64)
    for key, weight in features(text).items():
        coins = hashlib.blake2b(key.encode(), digest_size=DIM // 8, person=b"sample-0").digest()
        total += weight * (2 * np.unpackbits(np.frombuffer(coins, dtype=np.uint8)).astype(np.int64) - 1)
    vector = total.astype(np.float64)
    return (vector / np.sqrt((vector**2).sum())).astype(np.float32)


async def embed(texts):
    import numpy as np

    return np.stack([embed_text(t) for t in texts])


# --------------------------------------------------------------------- model
def sentences(text):
    """Returns the complete sentences of a passage, in order.  A passage cut from
    a longer text may begin and end in mid-sentence; incomplete ends are left out."""
    found = []
    for paragraph in re.split(r"\n+", text):
        for s in re.split(r"(?<=[.!?])\s+(?=[\"“A-ZÅÄÖØΘ])", paragraph.strip()):
            s = s.strip()
            if re.match(r"[\"“(]?[A-ZÅÄÖØΘ]", s) and re.search(r"[.!?][\"”)]?$", s):
                found.append(s)
    return found


def unquote(stored):
    """Removes the pair of quotes with which names and descriptions are stored."""
    return stored[1:-1] if len(stored) > 1 and stored[0] == stored[-1] == '"' else stored


class TableModel:
    """Answers the package's own prompts from the table."""

    def __init__(self, prompts, entities, relations):
        self.prompts = prompts
        self.entities = {e[0]: e for e in entities}
        self.order = [e[0] for e in entities]
        self.relations = relations
        self.spelling = {}
        for name, _, _, others in entities:
            for form in (name, *others):
                self.spelling[form] = name
        longest_first = sorted(self.spelling, key=lambda s: (-len(s), s))
        self._finder = re.compile("|".join(r"(?<!\w)%s(?!\w)" % re.escape(s) for s in longest_first))
        self.display = {f'"{n.upper()}"': n for n in self.order}
        self.asked = {}

    # -- which rows of the table apply to a passage
    def named(self, text):
        """Returns the table's names in a text; if names overlap, the longer one."""
        return {self.spelling[m] for m in self._finder.findall(text)}

    def round_of(self, name):
        """Returns the round in which an entity is found; some are 'missed' at first."""
        place = self.order.index(name)
        if place % 9 == 4:
            return 2
        return 1 if place % 6 == 5 else 0

    def extraction(self, text, round_no):
        tup, rec, end = (
            self.prompts["DEFAULT_TUPLE_DELIMITER"],
            self.prompts["DEFAULT_RECORD_DELIMITER"],
            self.prompts["DEFAULT_COMPLETION_DELIMITER"],
        )
        here = self.named(text)
        lines = sentences(text)
        naming = [(s, self.named(s)) for s in lines]
        records = []
        for name in self.order:
            if name in here and self.round_of(name) == round_no:
                _, kind, told, _ = self.entities[name]
                said = next((s for s, names in naming if name in names), None)
                told = f"{told} {said}" if said else told
                records.append(f'("entity"{tup}"{name}"{tup}"{kind}"{tup}"{told}")')
        for source, target, told, strength in self.relations:
            if {source, target} <= here and max(self.round_of(source), self.round_of(target)) == round_no:
                said = next((s for s, names in naming if {source, target} <= names), None)
                told = f"{told} {said}" if said else told
                records.append(
                    f'("relationship"{tup}"{source}"{tup}"{target}"{tup}"{told}"{tup}{strength})'
                )
        return f"{rec}\n".join(records) + end

    # -- the prompts
    def answer(self, messages):
        question = messages[-1]["content"]
        template = self.prompts
        if question == template["entiti_continue_extraction"]:
            rounds = sum(m["content"] == question for m in messages)
            return self._count("glean", self.extraction(self._passage(messages[0]["content"]), rounds))
        if question == template["entiti_if_loop_extraction"]:
            asked = sum(m["content"] == template["entiti_continue_extraction"] for m in messages)
            left = [n for n in self.named(self._passage(messages[0]["content"])) if self.round_of(n) > asked]
            return self._count("any left", "YES" if left else "NO")
        if question.startswith(template["entity_extraction"][:60]):
            return self._count("extract", self.extraction(self._passage(question), 0))
        if question.startswith(template["community_report"][:60]):
            return self._count("report", self.report(question))
        if question.startswith(template["summarize_entity_descriptions"][:60]):
            return self._count("summary", self.summary(question))
        raise ValueError("the stub does not know this prompt: " + question[:200])

    def _count(self, kind, reply):
        self.asked[kind] = self.asked.get(kind, 0) + 1
        return reply

    def _passage(self, prompt):
        before, after = self.prompts["entity_extraction"].split("{input_text}")
        start = prompt.rindex(before.rsplit("}", 1)[1]) + len(before.rsplit("}", 1)[1])
        return prompt[start : len(prompt) - len(after)]

    def summary(self, prompt):
        """Joins the distinct sentences of the list, in order."""
        data = prompt[prompt.rindex("Description List: ") + len("Description List: ") :]
        told = ast.literal_eval(data[: data.rindex("\n#######")])
        seen = []
        for part in told:
            for s in sentences(unquote(part)):
                if s not in seen:
                    seen.append(s)
        return " ".join(seen[:9])

    def report(self, prompt):
        data = prompt[prompt.rindex("-----Entities-----") :]
        table_e, table_r = data.split("-----Relationships-----")
        entities = self._rows(table_e, 5)
        relations = self._rows(table_r, 5)
        name = lambda stored: self.display.get(stored, stored.strip('"'))
        first = lambda told: (sentences(told.split("<SEP>")[0].strip('"')) or [told.strip('"')])[0]
        inside = {e[1] for e in entities}
        entities.sort(key=lambda e: (-int(e[4]), e[1]))
        heads = [name(e[1]) for e in entities[:3]]
        title = heads[0] if len(heads) == 1 else " and ".join(heads[:2])
        own = [r for r in relations if r[1] in inside and r[2] in inside]
        out = len(relations) - len(own)
        plain = lambda stored: stored.strip('"').lower().replace("geo", "place")
        what = "; ".join(f"{name(e[1])} ({plain(e[2])})" for e in entities)
        rating = min(9.5, 2.0 + 0.5 * (len(own) // 3))
        findings = []
        for e in entities[:6]:
            ties = [first(r[3]) for r in own if e[1] in (r[1], r[2])][:4]
            findings.append(
                {
                    "summary": f"{name(e[1])} ({plain(e[2])})",
                    "explanation": " ".join([first(e[3])] + ties),
                }
            )
        return json.dumps(
            {
                "title": title,
                "summary": f"This community of {len(entities)} is centred on {title}. "
                f"It is made up of {what}. Ties inside of it: {len(own)}; ties that lead out of it: {out}.",
                "rating": rating,
                "rating_explanation": f"The rating follows the number of ties inside of the community ({len(own)}).",
                "findings": findings,
            },
            ensure_ascii=False,
            indent=2,
        )

    @staticmethod
    def _rows(block, columns):
        body = block.split("```csv\n", 1)[1].rsplit("\n```", 1)[0].split("```")[0]
        rows = [line.split(",\t") for line in body.strip().split("\n")[1:]]
        for row in rows:
            if len(row) != columns:
                raise ValueError("the stub cannot read this row: " + ", ".join(row))
        return rows


class TableClient:
    """Implements the one method that the package calls on its model client, so that
    the package's own function writes the cache."""

    def __init__(self, model):
        self._model = model
        self.chat = SimpleNamespace(completions=SimpleNamespace(create=self._create))

    async def _create(self, model, messages, **_):
        message = SimpleNamespace(content=self._model.answer(messages))
        return SimpleNamespace(choices=[SimpleNamespace(message=message)])


# ------------------------------------------------------------------- assembly
def open_rag(folder, model=None):
    """Returns the package's GraphRAG for a folder, with the stubs installed."""
    import tiktoken

    tokenizer = PieceTokenizer()
    tiktoken.encoding_for_model = lambda *_: tokenizer

    import nano_graphrag._llm as llm
    import nano_graphrag._utils as utils
    from nano_graphrag import GraphRAG
    from nano_graphrag.prompt import PROMPTS

    import table

    utils.ENCODER = None
    PROMPTS["DEFAULT_ENTITY_TYPES"] = ENTITY_TYPES
    model = model or TableModel(PROMPTS, table.ENTITIES, table.RELATIONS)
    llm.global_openai_async_client = TableClient(model)

    async def best(prompt, system_prompt=None, history_messages=[], **kw):
        return await llm.openai_complete_if_cache(BEST_MODEL, prompt, system_prompt, history_messages, **kw)

    async def cheap(prompt, system_prompt=None, history_messages=[], **kw):
        return await llm.openai_complete_if_cache(CHEAP_MODEL, prompt, system_prompt, history_messages, **kw)

    rag = GraphRAG(
        working_dir=str(folder),
        enable_naive_rag=True,
        chunk_token_size=CHUNK_TOKENS,
        chunk_overlap_token_size=CHUNK_OVERLAP,
        entity_extract_max_gleaning=GLEANINGS,
        entity_summary_to_max_tokens=SUMMARY_TOKENS,
        max_graph_cluster_size=MAX_CLUSTER,
        best_model_func=best,
        cheap_model_func=cheap,
        embedding_func=utils.EmbeddingFunc(embedding_dim=DIM, max_token_size=8192, func=embed),
    )
    return rag, model


def make(out):
    texts = [p.read_text(encoding="utf-8") for p in sorted((HERE / "texts").glob("*.txt"))]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "working_dir"
        rag, model = open_rag(folder)
        asyncio.set_event_loop(asyncio.new_event_loop())
        rag.insert(texts)
        out.mkdir(parents=True, exist_ok=True)
        for made in sorted(folder.iterdir()):
            shutil.copyfile(made, out / made.name)
            print(f"{made.name:45} {made.stat().st_size:9,}")
    print("prompts answered by the stub:", dict(sorted(model.asked.items())))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=HERE.parent / "working_dir")
    parser.add_argument("--force", action="store_true", help="replace the files of a folder that is not empty")
    args = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        env = {**os.environ, "PYTHONHASHSEED": HASH_SEED}
        return subprocess.call([sys.executable, *sys.argv], env=env)
    if args.out.exists() and any(args.out.iterdir()):
        if not args.force:
            print(f"{args.out} is not empty (use --force to replace its files)", file=sys.stderr)
            return 2
        for old in args.out.glob("*"):
            if re.match(r"(kv_store|vdb|graph)_.*\.(json|graphml)$", old.name):
                old.unlink()
    make(args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
