"""The child process that turns a GGUF file into a folder for transformers.

Run as a module with one JSON object as its argument; prints JSON lines: `{"reading": seconds}` when
the tokenizer has been read, `{"saving": true}`, and at the end `{"done": …}` or `{"failed": kind,
"detail": …}`. Ends when its parent does. Use `assistant.models.convert`.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.models.child import end_with_parent

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_PROBE = "The city council voted on Tuesday to close the old bridge."


def main() -> int:
    """Convert what the argument asks for and say how it went."""
    end_with_parent()
    wish: dict[str, Any] = json.loads(sys.argv[1])
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    try:
        _say(done=_convert(wish))
    except MemoryError:
        return _fail("memory", "")
    except OSError as error:
        kind = "disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "broken"
        return _fail(kind, str(error))
    except Exception as error:
        logging.getLogger(__name__).debug("conversion failed", exc_info=True)
        return _fail("broken", str(error))
    return 0


def _say(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _fail(kind: str, detail: str) -> int:
    _say(failed=kind, detail=detail.strip().splitlines()[-1] if detail.strip() else "")
    return 1


def _convert(wish: dict[str, Any]) -> dict[str, str]:
    import torch
    import transformers
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    warnings.simplefilter("ignore")
    source, target = Path(wish["gguf"]), Path(wish["target"])
    began = time.monotonic()
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    _say(reading=time.monotonic() - began)
    model = AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
        trust_remote_code=False,
    )
    _say(saving=True)
    if wish["chat_template"]:
        tokenizer.chat_template = wish["chat_template"]
    if wish["begins_with"] is not None:
        _ensure_beginning(tokenizer, wish["begins_with"])
    _set_tokens(model, wish["end"], wish["banned"])
    # A name that says where the file was on the machine that converted it.
    model.config._name_or_path = ""  # noqa: SLF001 - there is no public way to leave it out
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    # Weights are saved for the eyes of their owner alone, unlike the rest.
    for weights in target.glob("*.safetensors"):
        shutil.copymode(target / "config.json", weights)
    _check(target)
    return {"transformers": transformers.__version__, "torch": torch.__version__}


def _ensure_beginning(tokenizer: PreTrainedTokenizerBase, token: int) -> None:
    """Make every text begin with `token` where the file asks for that and the reader forgot it."""
    from tokenizers.processors import TemplateProcessing

    if tokenizer("a").input_ids[:1] == [token]:
        return
    sign = tokenizer.convert_ids_to_tokens(token)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{sign} $A", pair=f"{sign} $A $B", special_tokens=[(sign, token)]
    )


def _set_tokens(model: PreTrainedModel, end: Sequence[int], banned: Sequence[int]) -> None:
    generation = model.generation_config
    assert generation is not None
    if end:
        model.config.eos_token_id = end[0]
        generation.eos_token_id = list(end)
    if banned:
        generation.suppress_tokens = list(banned)


def _check(target: Path) -> None:
    """Load the folder as the engine will and see that it makes numbers."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(target, trust_remote_code=False)
    model = AutoModelForCausalLM.from_pretrained(
        target, trust_remote_code=False, use_safetensors=True
    )
    with torch.inference_mode():
        logits = model(**tokenizer(_PROBE, return_tensors="pt")).logits
    if not bool(torch.isfinite(logits).all()):
        message = "the weights make no numbers"
        raise ValueError(message)


if __name__ == "__main__":
    sys.exit(main())
