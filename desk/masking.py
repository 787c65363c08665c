"""Hides the middle of phone numbers in lists. Pure."""

import re

PHONE = re.compile(
    r"(?<!\d)(\+?\d{2,4}?)([-. )]{0,2})(\d{3,4})([-. ]{0,2})(\d{4})(?!\d)"
    r"|(?<![\d-])(?:(1[568]\d\d)([-. ]?)|(?!(?:19|20)\d\d-(?:19|20))(\d{3,4})(-))(\d{4})(?![\d-])"  # without an area code
)


def mask_phone(text: str) -> str:
    """Return the text with each phone number shown as 010-****-5678, or ****-1234 where there is no area code."""

    def masked(found: re.Match[str]) -> str:
        before, gap, middle, sign, end, *others = (part or "" for part in found.groups())
        if not end:
            special, special_sign, middle, sign, end = others
            middle, sign = special or middle, special_sign or sign
        return f"{before}{gap}{'*' * len(middle)}{sign}{end}"

    return PHONE.sub(masked, text)
