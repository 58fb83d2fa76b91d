"""The scripted step against the network's own: the same tokens, for every architecture and form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch

from assistant.engines.packed import script
from assistant.engines.packed.building import build
from assistant.engines.packed.cache import Cache
from assistant.engines.packed.forms import Form
from assistant.engines.packed.plan import plan_of
from assistant.engines.packed.script import scripted
from tests.engines import tiny_models
from tests.engines.packed.sizes import NAMES, wide

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.engines.packed.network import PackedNetwork

FORMS = tuple(Form)


def network_of(name: str, form: Form, folder: Path) -> PackedNetwork:
    tiny_models.CAUSAL[name](folder, **wide(name))
    plan = plan_of(json.loads((folder / "config.json").read_text("utf-8")))
    assert plan is not None
    return build(folder, plan, form)


@torch.inference_mode()
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMS)
def test_a_scripted_step_gives_what_the_network_gives(
    name: str, form: Form, tmp_path: Path
) -> None:
    """A token of each of some texts, or a few of one, behind what the network itself has read.

    Where the values themselves are rounded to 8 bits, one between two steps may come to either.
    """
    off = 1e-2 if form is Form.INT8 else 1e-5
    network = network_of(name, form, tmp_path)
    step = scripted(network, form)
    assert step is not None
    generator = torch.Generator().manual_seed(5)
    for rows, sizes in ((3, [1] * 24), (1, [1, 1, 2, 5, 1, 16, 3, 7])):
        caches = [Cache(network.plan, 4, form.dtype, rows) for _ in range(2)]
        for number, size in enumerate(sizes):
            if number == 4:
                ids = torch.randint(4, 260, (rows, 6), generator=generator)
                for cache in caches:
                    network.hidden(ids, cache)
            ids = torch.randint(4, 260, (rows, size), generator=generator)
            exact = network.hidden(ids, caches[0])
            found = step.hidden(ids, caches[1])
            assert caches[0].length == caches[1].length
            torch.testing.assert_close(found, exact, atol=off, rtol=off)


def test_where_torch_compiles_nothing_there_is_no_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(script, "_compiled", refuse)
    assert scripted(network_of("llama", Form.FLOAT32, tmp_path), Form.FLOAT32) is None
