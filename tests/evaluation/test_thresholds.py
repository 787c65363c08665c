"""What the table of confidences says of readings."""

from evaluation.thresholds import table


def test_the_table_counts_what_stays_above_a_confidence_and_what_of_it_is_right() -> None:
    lines = table({"intent": [(0.99, True), (0.6, False), (0.25, True), (0.1, False)]}).splitlines()
    assert lines[0] == "| at least | intent: kept · right |"
    assert "| 0.2 | 75.0% · 66.7% |" in lines
    assert "| 0.97 | 25.0% · 100.0% |" in lines


def test_where_nothing_stays_there_is_no_share() -> None:
    assert table({"topic": [(0.1, True)]}).splitlines()[-1] == "| 0.97 | – |"
