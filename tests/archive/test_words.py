from hypothesis import given
from hypothesis import strategies as st

from archive.text.sketch import Sketch, agreement, similarity
from archive.text.words import Tokens, fold, plain, spelled, words


def texts(text: str) -> list[str]:
    return [word.text for word in words(text)]


def test_the_rule_of_words() -> None:
    assert texts("Kabul's peace-talks, l’homme. U.S. don't") == [
        "kabul", "peace", "talks", "l", "homme", "u", "s", "don", "t",
    ]  # fmt: skip


def test_accents_fall_but_the_short_i_is_a_letter_of_its_own() -> None:
    assert texts("Ålesund naïve ёлка йод Ελλάδα") == ["alesund", "naive", "елка", "йод", "ελλαδα"]


def test_scripts_without_spaces_give_overlapping_pairs() -> None:
    assert texts("北京大学 abc 京") == ["北京", "京大", "大学", "abc", "京"]


def test_a_mark_behind_an_unspaced_sign_is_no_word() -> None:
    assert texts("\u3400\u0300") == ["\u3400"]


def test_marks_belong_to_their_word() -> None:
    assert texts("हिन्दी संसद") == ["हिन्दी", "संसद"]


def test_words_know_their_place() -> None:
    text = "“Kabul’s” envoy"
    assert [text[word.start : word.end] for word in words(text)] == ["Kabul’s", "envoy"]


def test_titles_agree_but_for_case_and_punctuation() -> None:
    assert plain("Is Russia ready? — “Yes”") == plain("is russia READY: yes")


@given(st.text())
def test_any_text_gives_words_within_itself(text: str) -> None:
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        assert word.text


@given(st.text() | st.text(alphabet="aZ's_9- \u2019\u0301\u0438\u5317", max_size=30))
def test_words_are_spelled_alike_with_and_without_their_places(text: str) -> None:
    assert spelled(text) == texts(text)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    for word in words(text):
        assert fold(word.text) == word.text or texts(word.text) == [word.text]


@given(st.text())
def test_places_and_vocabulary_hold_every_word(text: str) -> None:
    tokens = Tokens.of(text)
    assert sum(len(places) for places in tokens.places.values()) == len(tokens.words)
    assert tokens.vocabulary == sorted(tokens.places)


def test_similarity_is_how_much_of_the_shorter_stands_in_the_longer() -> None:
    long = Sketch.of(" ".join(f"w{n}" for n in range(50)))
    part = Sketch.of(" ".join(f"w{n}" for n in range(20)))
    edited = Sketch.of(" ".join(f"w{n}" if n not in (10, 25) else "x" for n in range(50)))
    assert similarity(long, part) == 1.0
    assert similarity(long, Sketch.of(" ".join(f"v{n}" for n in range(50)))) == 0.0
    assert similarity(Sketch.of(""), long) == 1.0
    assert 0.3 < similarity(long, edited) < 1.0


def test_agreement_is_how_much_of_the_longer_stands_in_the_shorter() -> None:
    long = Sketch.of(" ".join(f"w{n}" for n in range(50)))
    part = Sketch.of(" ".join(f"w{n}" for n in range(20)))
    assert agreement(long, long) == 1.0
    assert agreement(long, part) == agreement(part, long) == 18 / 48
    assert agreement(Sketch.of(""), Sketch.of("")) == 0.0
