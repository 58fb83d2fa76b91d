"""How fast adapters are trained here, beside peft on the same blocks.

    python tests/benchmarks/training.py [--rounds 3] [--tokens 8192] [--threads N] [--block 256]

Each side runs in a process of its own, in turn: SmolLM2 in bfloat16, rank 16 on all linear layers
of the decoder, the same blocks of prose, loss on the last quarter of each (what a summary or an
answer takes) and AdamW. Prints medians of tokens a second, the peak of memory, and the loss after
the same number of tokens. Needs the default model, and `pip install peft` for the other side.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

import torch

from assistant.models.library import resolve
from assistant.training.encode import Encoded
from assistant.training.pack import Blocks, pack, stack
from assistant.training.recipe import AdapterShape

_SIDES = ("inkling", "peft")
_BATCH = 2048
_RATE = 5e-4


def main() -> None:
    """Run the sides in turn and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=8192)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--block", type=int, default=256)
    parser.add_argument("--side", choices=_SIDES, help="run one side in this process")
    options = parser.parse_args()
    if options.side:
        print(json.dumps(_measure(options)))
        return
    sides = [s for s in _SIDES if s != "peft" or importlib.util.find_spec("peft") is not None]
    found: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    for _ in range(options.rounds):
        for side in sides:
            command = [sys.executable, __file__, *sys.argv[1:], "--side", side]
            child = subprocess.run(command, capture_output=True, text=True, check=True)
            found[side].append(json.loads(child.stdout.splitlines()[-1]))
    print(f"| side | tokens/s | peak GB | loss after {options.tokens} tokens |\n|---|---|---|---|")
    for side, rounds in found.items():
        speed, peak, loss = (
            statistics.median(one[key] for one in rounds) for key in ("speed", "peak", "loss")
        )
        print(f"| {side} | {speed:.0f} | {peak:.2f} | {loss:.4f} |")
    if "peft" in found:
        ratio = statistics.median(
            own["speed"] / other["speed"]
            for own, other in zip(found["inkling"], found["peft"], strict=True)
        )
        print(f"Inkling / peft, tokens a second: {ratio:.2f}")
    else:
        print("peft is not installed and was left out.")


def _measure(options: argparse.Namespace) -> dict[str, float]:
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    network, tokenizer = _network()
    blocks = _blocks(tokenizer, options.tokens + _BATCH, options.block)
    step = _inkling(network) if options.side == "inkling" else _peft(network)
    rows = _BATCH // options.block
    step(blocks.rows(0, rows))  # warms up, and is not counted
    began, loss, done = time.perf_counter(), 0.0, 0
    for start in range(rows, len(blocks), rows):
        loss = step(blocks.rows(start, start + rows))
        done += rows * options.block
    seconds = time.perf_counter() - began
    # Kibibytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    return {"speed": done / seconds, "peak": peak, "loss": loss}


def _network() -> tuple[Any, Any]:
    import transformers

    path = resolve("smollm2").path
    network = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.bfloat16)
    return network, transformers.AutoTokenizer.from_pretrained(path)


def _blocks(tokenizer: Any, tokens: int, length: int) -> Blocks:
    """Return blocks of one example each, of which the last quarter is learned."""
    text = " ".join(
        f"Letter {n}. The keeper of the lighthouse wrote that {n % 7} ships had passed in the fog, "
        f"and that his daughter had counted {n * 3 % 11} gulls on the rail before breakfast."
        for n in range(tokens // 20)
    )
    ids = tokenizer(text)["input_ids"]
    starts = range(0, min(len(ids), tokens) - length + 1, length)
    examples = [Encoded(tuple(ids[at : at + length]), length * 3 // 4) for at in starts]
    return stack(pack(examples, length), length)


def _inkling(network: Any) -> Any:
    from assistant.training.network.tuning import Tuning

    tuning = Tuning(network, AdapterShape(16, 32), seed=1, weight_decay=0.0)
    return lambda blocks: tuning.step(blocks, _RATE, lambda: False)


def _peft(network: Any) -> Any:
    import peft

    config = peft.LoraConfig(r=16, lora_alpha=32, target_modules="all-linear")
    model: Any = peft.get_peft_model(network, config)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=_RATE, betas=(0.9, 0.95), weight_decay=0.0)

    def step(blocks: Blocks) -> float:
        tokens = blocks.tokens.long()
        labels = tokens.masked_fill(~blocks.learned, -100)
        loss = model(input_ids=tokens, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return float(loss.detach())

    return step


if __name__ == "__main__":
    main()
