"""Prices read out of search texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.search import NumberRange, PriceFilter
from domain.search_phrases import ReadText, read_text

K = 1_000 * 100
M = 1_000_000 * 100


@pytest.mark.parametrize(
    ("text", "words", "low", "high"),
    [
        ("Toyota Hilux 2022 under R300,000", "Toyota Hilux 2022", None, 300 * K),
        ("between R100k and R150k", "", 100 * K, 150 * K),
        ("max 2.5m", "", None, 2.5 * M),
        ("house max 2,5m", "house", None, 2.5 * M),
        ("over R5 000", "", 5 * K, None),
        ("R100-150k hilux", "hilux", 100 * K, 150 * K),
        ("R100k - R150k hilux", "hilux", 100 * K, 150 * K),
        ("polo 100k to 150k", "polo", 100 * K, 150 * K),
        ("from R200k to R100k", "", 100 * K, 200 * K),
        ("bakkie for under 300k in Durban", "bakkie in Durban", None, 300 * K),
        ("chair under 500", "chair", None, 50_000),
        ("max R1 999,99 couch", "couch", None, 199_999),
        ("max R1,999.99 couch", "couch", None, 199_999),
        ("bmw 320i under R 250 000 2019", "bmw 320i 2019", None, 250 * K),
        ("under R2022", "", None, 202_200),
        ("more than r500 less than r900", "", 50_000, 90_000),
        ("over R900 under R500", "", 50_000, 90_000),
        ("tv price between 1000 and 5000", "tv", 100_000, 500_000),
        ("flat <R6000", "flat", None, 600_000),
        ("budget of 80k corsa", "corsa", None, 80 * K),
        ("under 300 thousand rand", "", None, 300 * K),
        ("under R300 000 and over R100 000", "", 100 * K, 300 * K),
        ("MAX  R300K", "", None, 300 * K),
        ("at least 2 million, Cape Town", "Cape Town", 2 * M, None),
        ("not more than R450", "", None, 45_000),
        ("no more than R450", "", None, 45_000),
    ],
)
def test_a_price_phrase_becomes_a_filter(text: str, words: str, low: float | None, high: float | None) -> None:
    read = read_text(text, currency="ZAR")
    assert (read.words, read.price_filter) == (words, PriceFilter(NumberRange(low, high), "ZAR"))
    assert read.phrase


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Toyota Hilux 2022",
        "house from 2015",
        "hilux 2018-2022",
        "hilux 2018 to 2022",
        "between 2018 and 2022 polo",
        "under 2022",
        "at least 3 bedrooms",
        "over 4 seats",
        "under 100 000 km hilux",
        "under 100k km polo",
        "erf 500 to 600 m2",
        "max 50%",
        "bakkie R300,000",
        '"under R300" the book',
        "understanding 5000",
        "over the hill",
        "mazda 3",
        "under R",
        "under 99999999999999999999",
        "iphone 13 pro max 256gb",
    ],
)
def test_years_sizes_counts_and_quotes_are_no_prices(text: str) -> None:
    assert read_text(text, currency="ZAR") == ReadText(words=text)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("under $500", "USD"),
        ("under 500 eur", "EUR"),
        ("under £500", "GBP"),
        ("under R500", "ZAR"),
        ("under 500", "USD"),
    ],
)
def test_a_currency_sign_decides_and_the_default_fills_in(text: str, currency: str) -> None:
    assert read_text(text, currency="USD").price_filter == PriceFilter(NumberRange(None, 50_000), currency)


def test_a_second_currency_stays_in_the_words() -> None:
    read = read_text("tv over R100 under $50", currency="ZAR")
    assert read == ReadText("tv under $50", PriceFilter(NumberRange(10_000, None), "ZAR"), "over R100")


def test_the_phrase_shows_what_was_read() -> None:
    assert read_text("Hilux for under R300,000 in Durban", currency="ZAR").phrase == "for under R300,000"
    assert read_text("over R1k hilux under R2k", currency="ZAR").phrase == "over R1k under R2k"


def spellings(amount: int) -> list[str]:
    grouped = f"{amount:,}"
    return [f"R{amount}", f"R{grouped}", f"R {grouped.replace(',', ' ')}", f"{grouped}.00 rand", f"ZAR {amount}"]


@given(st.integers(1, 10**9), st.integers(0, 4), st.sampled_from(["under", "max", "up to", "less than", "<"]))
def test_every_spelling_of_an_amount_is_read_exactly(amount: int, spelling: int, limit: str) -> None:
    read = read_text(f"hilux {limit} {spellings(amount)[spelling]} white", currency="EUR")
    assert read.price_filter == PriceFilter(NumberRange(None, amount * 100), "ZAR")
    assert read.words == "hilux white"


WORDS = ("under", "over", "between", "and", "max", "to", "km", "hilux")
AMOUNTS = ("R300k", "2022", "100", "5", "000", "$", "-", '"', ",", "1,5m")


@given(st.lists(st.sampled_from([*WORDS, *AMOUNTS]), max_size=12))
def test_nothing_is_left_to_read_and_only_phrases_are_taken(pieces: list[str]) -> None:
    text = " ".join(pieces)
    read = read_text(text, currency="ZAR")
    if read.price_filter is None:
        assert read == ReadText(text.strip())
    else:
        low, high = read.price_filter.range.minimum, read.price_filter.range.maximum
        assert (low, high) != (None, None)
        assert low is None or high is None or low <= high
        assert len(read.words) < len(text)
        assert read.phrase
        assert all(word in text for word in read.phrase.split())


@given(st.text(max_size=600))
def test_no_text_breaks_the_reader(text: str) -> None:
    read = read_text(text, currency="ZAR")
    assert len(read.words) <= 500
