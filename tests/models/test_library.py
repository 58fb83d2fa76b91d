"""What is in the library, what a reference means, and what is left alone when one is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.config.paths import models_folder
from assistant.core import errors
from assistant.models import library, manifest
from assistant.models.adapters import shipped
from assistant.models.catalogue import load_catalogue
from assistant.models.description import Kind, Verdict
from assistant.models.install import Progress, install
from assistant.models.staging import folder_name, open_staging, readable_size
from tests.models.test_inspection import LLAMA, model

if TYPE_CHECKING:
    from pathlib import Path


def _never() -> bool:
    return False


def _ignore(_progress: Progress) -> None:
    pass


def _into_library(name: str, **settings: str) -> Path:
    """Put a model of the catalogue into the library without fetching it."""
    folder = model(models_folder() / name, LLAMA, **settings)
    manifest.write(folder, manifest.Manifest(name=name, source="package", reference=name))
    return folder


def test_a_folder_is_used_where_it_lies_and_remembered(tmp_path: Path) -> None:
    """It resolves at once; `get` remembers it under its name; removing leaves it alone."""
    folder = model(tmp_path / "My Llama")
    assert library.resolve(str(folder)).title == "My Llama"
    assert library.installed() == ()

    found = install(str(folder), _ignore, _never)
    assert (found.reference, found.path) == ("My Llama", folder)
    assert [d.reference for d in library.installed()] == ["My Llama"]
    assert library.resolve("My Llama", "chat").kind is Kind.CHAT
    # The library holds a note, not a copy.
    (entry,) = manifest.entries()
    assert [path.name for path in entry.folder.iterdir()] == [manifest.MANIFEST]

    assert install(str(folder), _ignore, _never) == library.resolve(str(folder))
    assert len(library.installed()) == 1

    library.remove("My Llama")
    assert library.installed() == ()
    assert (folder / "model.safetensors").exists()
    with pytest.raises(errors.ModelNotFound, match="models list"):
        library.remove("My Llama")


def test_two_folders_of_one_name_get_two_names(tmp_path: Path) -> None:
    """Neither takes the other's place, nor that of a model of the catalogue."""
    for parent in ("a", "b"):
        (tmp_path / parent).mkdir()
        install(str(model(tmp_path / parent / "story")), _ignore, _never)
    smollm = model(tmp_path / "SmolLM2")
    install(str(smollm), _ignore, _never)
    names = [d.reference for d in library.installed()]
    assert names == ["SmolLM2-2", "story", "story-2"]
    library.remove(str(tmp_path / "a" / "story"))
    assert library.resolve("story-2").path == tmp_path / "b" / "story"


def test_a_relative_path_means_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`./name` and a folder that is there; the library's names come first."""
    model(tmp_path / "gpt2")
    model(tmp_path / "smollm2")
    monkeypatch.chdir(tmp_path)
    assert library.resolve("gpt2").path == tmp_path / "gpt2"
    assert library.resolve("./smollm2").path == tmp_path / "smollm2"
    with pytest.raises(errors.ModelNotFound, match="inkling models get smollm2"):
        library.resolve("smollm2")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert library.resolve("~/gpt2").path == tmp_path / "gpt2"


@pytest.mark.parametrize(
    "reference",
    ["", " ", "no such name!", "../..", "a/b/c", "~nobody-here/x", "x\0y", "name?", "C:\\nowhere"],
)
def test_a_reference_without_meaning_is_explained(reference: str) -> None:
    """Whatever is typed, the answer is a sentence."""
    with pytest.raises((errors.ModelNotFound, errors.NotAModel)) as caught:
        library.resolve(reference)
    assert len(str(caught.value)) > 20


def test_the_catalogue_comes_first_and_brings_what_was_measured() -> None:
    """Title, licence and abilities; measured ones hold for the kind that was measured."""
    _into_library("gemma3")
    _into_library("smollm2", chat_template="{{ eos_token }}")
    install_order = [d.reference for d in library.installed()]
    assert [name for name in install_order if load_catalogue().get(name)] == ["smollm2", "gemma3"]
    skills = {adapter.name for adapter in shipped()}
    assert set(install_order[1:-1]) == skills, "adapters stand below their base"
    found = library.resolve("smollm2")
    assert found.catalogue_name == "smollm2"
    assert found.abilities["continue"].verdict is Verdict.ROUGH
    assert library.resolve("smollm2", Kind.BASE).abilities == {}


def test_a_damaged_model_does_not_hide_the_others() -> None:
    """It is left out of the list, says what is wrong when asked for, and can be removed."""
    _into_library("gemma3")
    (_into_library("smollm2") / "model.safetensors").write_bytes(b"short")
    assert [d.reference for d in library.installed()] == ["gemma3"]
    with pytest.raises(errors.WeightsDamaged):
        library.resolve("smollm2")
    library.remove("smollm2")
    assert not (models_folder() / "smollm2").exists()


def test_a_remembered_folder_that_is_gone_says_so(tmp_path: Path) -> None:
    """The user moved it: the sentence names the path."""
    folder = model(tmp_path / "mine")
    install(str(folder), _ignore, _never)
    folder.rename(tmp_path / "moved")
    with pytest.raises(errors.ModelNotFound, match="mine"):
        library.resolve("mine")
    library.remove("mine")


def test_a_name_cannot_reach_out_of_the_library(tmp_path: Path) -> None:
    """Removing takes names, never paths into other folders."""
    outside = model(tmp_path / "outside")
    for name in ("../outside", str(outside), "..", ".", "/"):
        with pytest.raises(errors.ModelNotFound):
            library.remove(name)
    assert outside.exists()
    assert folder_name("../../etc/passwd") == "etc--passwd"
    assert folder_name("///") == "model"


def test_unfinished_work_of_the_dead_is_swept_and_of_the_living_is_not() -> None:
    """A folder under another process's lock stays; one without goes."""
    (models_folder() / ".incomplete-dead").mkdir()
    (models_folder() / ".removed-old").mkdir()
    with open_staging("alive") as alive:
        with open_staging("other"):
            assert alive.folder.exists()
            assert not (models_folder() / ".incomplete-dead").exists()
        with pytest.raises(errors.DownloadError), open_staging("alive"):
            pass
        assert alive.folder.exists()
    assert list(models_folder().iterdir()) == []


def test_a_library_that_cannot_be_written_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file stands where the folder should be."""
    folder = model(tmp_path / "mine")
    (models_folder() / ".incomplete-mine").write_text("a file in the way")
    with pytest.raises(errors.DownloadError, match="cannot be written"):
        install(str(folder), _ignore, _never)


def test_sizes_are_written_as_people_do() -> None:
    """Decimal units, as download pages have them."""
    assert [readable_size(n) for n in (9, 98_362, 92_871_040, 2.5e9)] == [
        "9 B",
        "98 kB",
        "93 MB",
        "2.5 GB",
    ]


def test_the_default_is_in_the_catalogue() -> None:
    """An empty reference means it."""
    assert load_catalogue().get(load_catalogue().default) is not None
