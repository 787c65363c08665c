"""Every response that report, hand-over and look-up say is in domain.yml, and nothing there is said by nobody."""

import re
from pathlib import Path

import pytest
from talk_by_hand import DOMAIN, ROOT

from bot import leak_report
from bot.actions.hand_over import FORM as CALL_BACK_FORM
from bot.routing import default_routing
from bot.tickets.workflow import STATES

FILES = [
    *(
        ROOT / "bot" / "actions" / f"{name}.py"
        for name in ("leak_report", "hand_over", "privacy", "ticket_status", "tracking")
    ),
    *(ROOT / "bot" / f"{name}.py" for name in ("leak_report", "call_back", "ticket_lookup")),
]
OURS = re.compile(r"utter_(?:leak|hand_over|call_back|ticket|privacy|answer_time|moment)")
MADE = {
    *(f"utter_leak_label_{name}" for name in leak_report.FIELDS),
    *(f"utter_leak_question_{slot}" for slot in (*leak_report.ORDER, leak_report.WHICH)),
    *(f"utter_leak_why_{slot}" for slot in (*leak_report.ORDER, leak_report.WHICH)),
    *(f"utter_leak_choice_{key}" for keys in leak_report.CHOICES.values() for key in keys),
    *leak_report.ANSWERED_HERE.values(),
    *(f"utter_leak_value_{how}" for how in ("yes", "no", "none", "unknown", "skipped")),
    *(f"utter_leak_contact_{contact.id}" for contact in default_routing().contacts),
    *(f"utter_leak_contact_{contact.id}_if" for contact in default_routing().contacts if contact.why != "always"),
    *(f"utter_leak_answer_{kind}" for kind in ("named", "anonymous")),
    *("utter_leak_question_privacy_consent_short", "utter_leak_question_confirm_report_short", "utter_leak_choice_leave"),
    *(f"utter_ticket_state_{state}" for state in STATES),
    *(f"utter_ticket_needs_{what}" for what in ("both", "number", "pin")),
    *(f"utter_hand_over_{kind}" for kind in ("closed", "nobody", "open_request", "open_leak")),
    *(f"utter_privacy_label_{key}" for key in ("name", "phone", "email", "company")),
    *(f"utter_call_back_{part}_{slot}" for part in ("question", "why") for slot in ("call_back_consent", "call_back_phone")),
}  # fmt: skip


def written_in(path: Path) -> set[str]:
    return set(re.findall(r'"(utter_(?!action")[a-z_]+[a-z])"', path.read_text(encoding="utf-8")))


SAID = sorted({name for path in FILES for name in written_in(path)} | MADE)


@pytest.mark.parametrize("response", SAID)
def test_what_is_said_is_defined(response: str) -> None:
    assert response in DOMAIN["responses"], f"{response} is said, but domain.yml does not define it."


def test_what_is_defined_is_said() -> None:
    defined = {name for name in DOMAIN["responses"] if OURS.match(name)}
    assert defined - set(SAID) == set()


def test_no_response_is_asked_by_rasa_itself() -> None:
    for form in ("leak_report", CALL_BACK_FORM, "ticket_lookup"):
        assert not [name for name in DOMAIN["responses"] if name.startswith((f"utter_ask_{form}_", "utter_ask_"))]


def test_consent_says_purpose_items_retention_refusal_and_version() -> None:
    for name in ("utter_leak_question_privacy_consent", "utter_call_back_question_call_back_consent"):
        text = DOMAIN["responses"][name][0]["text"]
        assert all(part in text for part in ("목적", "항목", "보관", "동의하지 않으셔도", "{days}", "{version}"))
    handing_over = DOMAIN["responses"]["utter_leak_question_handover_consent"][0]["text"]
    assert all(
        part in handing_over for part in ("받는 곳", "{recipients}", "목적", "항목", "보관", "동의하지 않으셔도")
    )


def test_no_phone_number_stands_in_the_words() -> None:
    texts = [DOMAIN["responses"][name][0]["text"] for name in SAID]
    assert not [text for text in texts if re.search(r"0\d{1,2}-\d{3,4}-\d{4}", text.replace("010-1234-5678", ""))]
