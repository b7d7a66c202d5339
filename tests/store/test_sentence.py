"""A sentence that can be said in another language stays one, wherever it is kept or sent to."""

import pickle

import bson
import pytest

from app.tongue import Tongue, speaking, t
from store.sentence import Sentence, either, listed, restored, stored

FRENCH = Tongue("fr", "1 234,5")
SENTENCES = [
    # a text from outside may look like a template, and is none
    (
        Sentence("There is no file {name}.", name="{n} of {rows}"),
        "There is no file {n} of {rows}.",
        "Il n’y a pas de fichier {n} of {rows}.",
    ),
    # a number is written as the reader writes it, within a sentence within a sentence
    (
        Sentence("{rows} make {calls}", rows=Sentence("{n} rows", n=12_000), calls=Sentence("1 call")),
        "12,000 rows make 1 call",
        "12\N{NO-BREAK SPACE}000 lignes font 1 appel",
    ),
    # several, one after the other, of which not all are sentences
    (
        listed("; ", [Sentence("1 row"), "acc", Sentence("still empty")]),
        "1 row; acc; still empty",
        "1 ligne; acc; encore vide",
    ),
    # several to choose from
    (either(["%H:%M", "%H.%M", "%Hh%M"]), "%H:%M or %H.%M or %Hh%M", "%H:%M ou %H.%M ou %Hh%M"),
    # a text that is no sentence stays what it is
    ("[no] {sentence}", "[no] {sentence}", "[no] {sentence}"),
]


@pytest.mark.parametrize(("said", "english", "french"), SENTENCES)
def test_a_sentence_is_the_same_after_it_was_kept_or_sent(said: str, english: str, french: str) -> None:
    for again in (said, restored(stored(said)), pickle.loads(pickle.dumps(said))):
        assert again == english
        with speaking(FRENCH):
            assert t(again).replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}") == french


def test_a_number_that_the_database_has_no_room_for_is_kept_as_a_text() -> None:
    said = Sentence("{n} rows", n=10**21)
    assert bson.decode(bson.encode({"said": stored(said)}))["said"][1] == {"n": f"{10**21:,}"}
    assert restored(stored(said)) == said
