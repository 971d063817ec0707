"""Pretrain the language model: `python -m avitalk.train.instruct.language_main --out --wordnet`.

The folder gets the documents (`documents.jsonl`, `kept.jsonl` for measuring), the tokenizer, a
checkpoint every minute and, from the first one on, `language.safetensors`. A second call in the
same folder continues; `--fresh-text` writes new documents for it first.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from avitalk.files import write_bytes
from avitalk.instruct.llama import LlamaConfig
from avitalk.instruct.tokens import Tokens
from avitalk.train.instruct.language import Recipe, Trainer
from avitalk.train.instruct.text import (
    instructions,
    namings,
    parted,
    read_documents,
    wordnet,
    write_documents,
)

KEPT_SHARE = 0.02
"""Share of the documents that are kept for measuring."""
BESIDE = 3 / 7
"""Documents that name feelings, and as many of WordNet's, for each instruction."""


def prepare(
    folder: Path,
    dictionary: Path | None,
    count: int,
    seed: int,
    vocabulary: int = LlamaConfig().vocabulary,
) -> None:
    """Write documents to learn from and to measure with, and the tokenizer if there is none."""
    beside = round(BESIDE * count)
    sentences = list(wordnet(dictionary)) if dictionary is not None else []
    order = np.random.default_rng(seed).permutation(len(sentences))[:beside]
    documents = [
        *instructions(count, seed),
        *namings(beside, seed + 1),
        *(sentences[int(at)] for at in order),
    ]
    learnt, kept = parted(documents, KEPT_SHARE, seed)
    write_documents(folder / "documents.jsonl", learnt)
    write_documents(folder / "kept.jsonl", kept)
    if not (folder / "tokenizer.json").exists():
        asked = [document.request for document in learnt[:1000]]
        main = [d for d in learnt if d.kind == "instruction"]
        other = [d.text for d in learnt if d.kind != "instruction"]
        texts = [part for d in main for part in (d.description, d.text)]
        tokens = Tokens.train([*texts, *asked, *other], vocabulary)
        write_bytes(folder / "tokenizer.json", str(tokens).encode())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--wordnet", type=Path, required=True, help="WordNet's dict folder")
    parser.add_argument("--instructions", type=int, default=70_000, help="how many to write")
    parser.add_argument("--minutes", type=float, default=Recipe().minutes)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fresh-text", action="store_true", help="write the documents anew")
    parser.add_argument("--text-only", action="store_true", help="write documents and stop")
    parser.add_argument("--tensorboard", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.fresh_text or not (given.out / "documents.jsonl").exists():
        prepare(given.out, given.wordnet, given.instructions, given.seed)
    if given.text_only:
        return
    tokens = Tokens.parse((given.out / "tokenizer.json").read_text(encoding="utf-8"))
    recipe = replace(
        Recipe(), minutes=given.minutes, seed=given.seed, tensorboard=given.tensorboard
    )
    documents = read_documents(given.out / "documents.jsonl")
    trainer = Trainer(LlamaConfig(), recipe, tokens, documents, given.out)
    trainer.resume()
    trainer.run()


if __name__ == "__main__":
    main()
