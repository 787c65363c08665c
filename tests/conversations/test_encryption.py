"""Keys and encrypted columns."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.conversations.encryption import Keyring, load_keyring, make_key, parse_keys, read_or_create
from bot.errors import DecryptionFailed, SettingsError
from bot.settings import read_settings

PLACE = b"messages.content"


def test_what_was_encrypted_opens_again_and_looks_different_each_time() -> None:
    keyring = Keyring(parse_keys(f"1:{make_key()}"))
    stored = [keyring.encrypt("도면".encode(), PLACE) for _ in range(2)]
    assert stored[0] != stored[1]
    assert all(keyring.decrypt(value, PLACE).decode() == "도면" for value in stored)


def test_a_value_opens_only_unchanged_and_in_its_own_column() -> None:
    keyring = Keyring(parse_keys(f"1:{make_key()}"))
    stored = keyring.encrypt(b"x", PLACE)
    for changed, place in (
        (stored[:-1] + bytes([stored[-1] ^ 1]), PLACE),
        (stored, b"choices.content"),
        (b"", PLACE),
        (stored[:5], PLACE),
    ):
        with pytest.raises(DecryptionFailed):
            keyring.decrypt(changed, place)


def test_old_values_open_after_a_new_key_was_added() -> None:
    old, new = make_key(), make_key()
    stored = Keyring(parse_keys(f"1:{old}")).encrypt(b"x", PLACE)
    rotated = Keyring(parse_keys(f"2:{new},1:{old}"))
    assert rotated.decrypt(stored, PLACE) == b"x"
    assert rotated.encrypt(b"y", PLACE)[0] == 2
    with pytest.raises(DecryptionFailed, match="no key of version 1"):
        Keyring(parse_keys(f"2:{new}")).decrypt(stored, PLACE)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "1:short", "x:" + "A" * 43, "0:" + "A" * 43, "1:" + "A" * 43 + ",1:" + "A" * 43]
)
def test_bad_keys_are_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(SettingsError, match="ULTARI_ENCRYPTION_KEYS"):
        parse_keys(text)


def test_the_first_start_makes_a_key_file_for_its_owner_only(tmp_path: Path) -> None:
    settings = read_settings(_env_file=None, var_dir=tmp_path / "var")
    stored = load_keyring(settings).encrypt(b"x", PLACE)
    file = tmp_path / "var" / "keys" / "encryption.keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert load_keyring(settings).decrypt(stored, PLACE) == b"x"
    assert [path.name for path in file.parent.iterdir()] == ["encryption.keys"]


def test_two_that_start_at_once_use_the_same_key(tmp_path: Path) -> None:
    gate = threading.Barrier(8)

    def start(_: int) -> str:
        gate.wait()
        return read_or_create(tmp_path / "keys" / "k")

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(start, range(8)))) == 1


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    read_or_create(tmp_path / "k")
    (tmp_path / "k").chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_or_create(tmp_path / "k")
