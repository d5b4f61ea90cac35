"""Single values kept encrypted (spec/server.md 7.4)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triplicati.config.server.field_cipher import (
    PREFIX,
    FieldCipher,
    SettingsKey,
    checked_key,
    encrypt_field,
    key_digest,
)
from triplicati.errors import SettingsKeyInvalid, WrongSettingsKey
from triplicati.values.secrets import Secret

# Made by Duplicati itself, with a key of this text.
KEY = SettingsKey(Secret("long and good password"), "the test")
ADDRESS = (
    "s3://awsid-bucket/folder/?s3-location-constraint=us-east-2&s3-storage-class=&s3-client=aws"
    "&auth-username=AWSID&auth-password=AWSACCESSKEY"
)
THEIRS = (
    "enc-v1:2F9E5DFE5824792C31843AF6B242C40414D1B671B36E70361CF9DB8B0F502310138E362F5B564379CDE40F73BC96D4EAB0"
    "B949CC82A592D0194040FA08DD49B241455302000000F9B39F7AF68292D631E05A254E433C2F416D68B57C8DD633B94EBB452A7275"
    "585EDC7D71CC5187B083E49FDF9E927C10E6FEA7C925A0BA4E83C7CFC985FD925B011A5AB863532EE6877BE79B6BAA6E0871917822"
    "B4DB7456135F982D2E80B94C236CEA5AB41F55D32B4B0AA4981607E2E939A45CF80F3E38603AB1CB8127196F5DB1C869B575BC651D"
    "9E2840E5551A9178526BCCDC82867171CD40527FB443E8727B8EBB13F70A9C415D80F8AC649A12C075376F632C4A3408ACEFC7D5C1"
    "4EBB0D4F91E0AC9DE00A33E42E62B1E03CBE5D1CB5F79609F5CCE4872D8F414485BED8C40DFCE4A3423A09996A477AEB1DB709A437"
    "F43FA272B416A8309F0A76C9552CC5BE2C501AC7BB427ABFBF60ADEFA2C7"
)
OTHER = SettingsKey(Secret("another good and long one"), "elsewhere")


def test_a_value_of_duplicati_is_read() -> None:
    assert FieldCipher(KEY).decrypted(THEIRS, "db") == ADDRESS


def test_our_form_is_theirs() -> None:
    stored = encrypt_field("geheim ä", KEY)
    cipher = stored[len(PREFIX) + 128 :]
    assert bytes.fromhex(cipher)[:7] == b"AES\x02\x00\x00\x00"
    assert stored == stored[:7] + stored[7:].upper()
    assert stored[7:71] == hashlib.sha256(cipher.encode()).hexdigest().upper()
    assert stored[71:135] == THEIRS[71:135] == KEY.digest
    assert FieldCipher(KEY).decrypted(stored, "db") == "geheim ä"


def test_equal_values_look_different() -> None:
    assert encrypt_field("same", KEY) != encrypt_field("same", KEY)


@settings(max_examples=25)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_every_text_comes_back(text: str) -> None:
    cipher = FieldCipher(KEY)
    assert FieldCipher(None, [KEY]).decrypted(cipher.encrypted(text), "db") == text


def test_plain_and_damaged_values_are_taken_as_they_stand() -> None:
    damaged = THEIRS[:-1] + "8"
    for text in ("", "plain", "enc-v1:", damaged):
        assert FieldCipher(KEY).decrypted(text, "db") == text
    assert key_digest(damaged) is None


def test_a_wrong_key_names_where_it_was_taken_from() -> None:
    with pytest.raises(WrongSettingsKey, match="than the one from elsewhere") as caught:
        FieldCipher(OTHER).decrypted(THEIRS, "/data/x.sqlite")
    assert "/data/x.sqlite" in str(caught.value)


def test_an_older_key_still_reads() -> None:
    cipher = FieldCipher(OTHER, [KEY])
    assert cipher.decrypted(THEIRS, "db") == ADDRESS
    assert not cipher.is_current(THEIRS)
    assert cipher.is_current(cipher.encrypted(ADDRESS))


def test_without_a_key_values_are_written_in_clear() -> None:
    cipher = FieldCipher(None, [KEY])
    assert cipher.encrypted("x") == "x"
    assert cipher.is_current("x")
    assert not cipher.is_current(THEIRS)


def test_a_value_whose_cipher_does_not_fit_its_own_sums_is_an_error() -> None:
    cipher = THEIRS[135:-2] + "00"
    forged = PREFIX + hashlib.sha256(cipher.encode()).hexdigest().upper() + KEY.digest + cipher
    with pytest.raises(SettingsKeyInvalid, match="cannot be read"):
        FieldCipher(KEY).decrypted(forged, "db")


@pytest.mark.parametrize(
    "text",
    ["", "short12", "00000000", "ECB47E9D8445E0A3F30A1435BE075C101F202FF5445BA01A9F9A8DBD4506F5F3"],
)
def test_weak_keys_are_refused_and_not_shown(text: str) -> None:
    with pytest.raises(SettingsKeyInvalid) as caught:
        checked_key(text, "--settings-encryption-key")
    assert not text or text not in str(caught.value)


def test_a_key_is_not_shown() -> None:
    assert "good password" not in repr(KEY)
