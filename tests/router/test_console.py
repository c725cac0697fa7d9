"""Global options stand anywhere; list options take several words."""

from router.console import arranged


def test_global_options_may_stand_after_the_sub_command():
    assert arranged(["models", "--json", "--home", "h"]) == ["--json", "--home", "h", "models"]


def test_a_list_option_takes_words_until_the_next_option():
    words = ["score", "t.png", "--refs", "a.png", "b.png", "--kind", "person"]
    assert arranged(words) == [
        "score", "t.png", "--refs", "a.png", "--refs", "b.png", "--kind", "person",
    ]  # fmt: skip


def test_words_after_a_double_dash_are_left_alone():
    assert arranged(["score", "--", "--json"]) == ["score", "--", "--json"]


def test_a_list_option_without_a_word_is_left_for_the_parser_to_refuse():
    assert arranged(["score", "--refs", "--kind", "person"]) == [
        "score",
        "--refs",
        "--kind",
        "person",
    ]


def test_campaigns_are_a_list_only_where_a_report_is_built():
    assert arranged(["report", "build", "--campaign", "a", "b"]) == [
        "report", "build", "--campaign", "a", "--campaign", "b",
    ]  # fmt: skip
    assert arranged(["takes", "import", "--campaign", "a", "m.csv"])[-2:] == ["a", "m.csv"]
