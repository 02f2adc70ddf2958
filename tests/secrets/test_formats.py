"""What a stored text is taken for."""

import pytest

from flask_introspect.secrets import UnreadableSecret, verify_secret
from flask_introspect.secrets.formats import is_plain

BCRYPT = "$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG"


@pytest.mark.parametrize(
    "stored",
    [
        "{SSHA}0c0blFTXXNuAMHECS4uxrj3ZieMoWImr",
        "{ssha}0c0blFTXXNuAMHECS4uxrj3ZieMoWImr",
        "{bcrypt}" + BCRYPT,
        "{noop}secret",
        "{pbkdf2@SpringSecurity_v5_8}deadbeef",
        "{argon2@SpringSecurity_v5_8}$argon2id$v=19$m=16384,t=2,p=1$c2FsdA$aGFzaA",
        "{SHA-256}{salt}deadbeef",
        "{CRYPT}$1$salt$hash",
        "{my own.label}deadbeef",
        "{}deadbeef",
        "{a{b}deadbeef",
    ],
)
def test_a_text_that_begins_with_a_label_is_never_the_secret(stored: str) -> None:
    assert not is_plain(stored)
    with pytest.raises(UnreadableSecret):
        verify_secret(stored, stored, plain=True)


@pytest.mark.parametrize("stored", ["secret", "{open", "a{label}", "}{", "$100 a day", "{a{b"])
def test_other_braces_and_dollars_are_part_of_a_secret(stored: str) -> None:
    assert is_plain(stored)
    assert verify_secret(stored, stored, plain=True)
