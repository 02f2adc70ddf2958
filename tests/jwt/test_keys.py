"""Where keys come from, and what happens when they change."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from flask_introspect import ConfigError, Reason, introspect

from ..support import DIALECTS, INACTIVE, Host, error_body
from .issuer import KEYS, issued, jwk, jwks

MakeHost = Callable[..., Host]

ENCODING, PUBLIC = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo


def public_pem(algorithm: str) -> str:
    written: bytes = KEYS[algorithm].public_key().public_bytes(ENCODING, PUBLIC)
    return written.decode()


def private_pem(algorithm: str, password: bytes | None = None) -> str:
    encryption: Any = (
        serialization.NoEncryption()
        if password is None
        else serialization.BestAvailableEncryption(password)
    )
    format_ = serialization.PrivateFormat.PKCS8
    written: bytes = KEYS[algorithm].private_bytes(ENCODING, format_, encryption)
    return written.decode()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "ES384", "EdDSA"])
@pytest.mark.parametrize(
    "given",
    [
        jwks,
        jwk,
        lambda *names: json.dumps(jwks(*names)),
        lambda *names: json.dumps(jwks(*names)).encode(),
        public_pem,
        private_pem,
        lambda *names: lambda: jwks(*names),
        lambda *names: lambda: public_pem(*names),
    ],
    ids=["set", "key", "text", "bytes", "PEM", "private PEM", "callable", "callable for PEM"],
)
def test_keys_are_taken_in_many_forms(
    make_jwt_host: MakeHost, given: Callable[..., Any], algorithm: str
) -> None:
    host = make_jwt_host(INTROSPECT_JWT_KEYS=given(algorithm))
    assert host.ask(issued(algorithm)).json["active"] is True


@pytest.mark.parametrize("as_path", [str, Path])
@pytest.mark.parametrize("text", [json.dumps(jwks()), public_pem("ES256")], ids=["JSON", "PEM"])
def test_keys_may_stand_in_a_file(
    make_jwt_host: MakeHost, tmp_path: Path, as_path: Callable[[Path], Any], text: str
) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    host = make_jwt_host(INTROSPECT_JWT_KEYS=as_path(path))
    assert host.ask(issued()).json["active"] is True


def current_keys() -> Any:
    return jwks()


def test_a_callable_may_be_named(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(INTROSPECT_JWT_KEYS=f"{__name__}:current_keys")
    assert host.ask(issued()).json["active"] is True


def test_several_keys_may_stand_in_pem(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(INTROSPECT_JWT_KEYS=public_pem("RS256") + public_pem("ES256"))
    assert host.ask(issued("RS256")).json["active"] is True
    assert host.ask(issued("ES256")).json["active"] is True


def test_a_token_without_a_kid_is_tried_with_each_key(make_jwt_host: MakeHost) -> None:
    others = [
        {**jwk("ES256"), **ec_members(ec.generate_private_key(ec.SECP256R1())), "kid": str(n)}
        for n in range(3)
    ]
    host = make_jwt_host(INTROSPECT_JWT_KEYS={"keys": [*others, jwk("ES256")]})
    assert host.ask(issued(headers={"kid": None})).json["active"] is True


def ec_members(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    from joserfc.jwk import ECKey

    pem = key.public_key().public_bytes(ENCODING, PUBLIC)
    return {**ECKey.import_key(pem).as_dict(private=False)}


@pytest.mark.parametrize(
    ("members", "good"),
    [
        ({"use": "enc"}, False),
        ({"alg": "ES256"}, True),
        ({"alg": "ES384"}, False),
        ({"key_ops": ["verify"]}, True),
        ({"key_ops": ["sign"]}, False),
    ],
)
def test_a_key_is_for_what_it_says_itself(
    make_jwt_host: MakeHost, members: Any, good: bool
) -> None:
    own = {name: value for name, value in jwk("ES256").items() if name != "use"}
    keys = {"keys": [{**own, **members}, jwk("RS256")]}
    host = make_jwt_host(INTROSPECT_JWT_KEYS=keys)
    assert (host.ask(issued()).status_code == 200) is good


@pytest.mark.parametrize("name", ["EdDSA", "Ed25519"])
def test_both_names_of_ed25519_mean_the_same(make_jwt_host: MakeHost, name: str) -> None:
    host = make_jwt_host(INTROSPECT_JWT_KEYS={"keys": [jwk("EdDSA", alg=name)]})
    assert host.ask(issued("EdDSA")).json["active"] is True


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (5, "it holds an int"),
        ([jwk("ES256")], "it holds a list"),
        ("", "it holds a str"),
        ({"keys": []}, "the set is empty"),
        ({"keys": "none"}, "it is no JWK set"),
        ("{}", "no public key"),
        ("{", "neither JSON nor PEM"),
        ('{"kty": "oct", "k": "c2VjcmV0"}', "no public key"),
        ({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, "no public key"),
        ({"keys": [jwk("ES256", use="enc")]}, "no public key"),
        ("-----BEGIN PUBLIC KEY-----\nc2VjcmV0\n-----END PUBLIC KEY-----", "PEM cannot be read"),
        (private_pem("ES256", b"secret"), "must not be encrypted"),
        ("/nowhere/keys.json", "/nowhere/keys.json cannot be read"),
        ("https://user:secret@as.example/jwks.json", "it is a URL, and URLs are not fetched"),
    ],
    ids=range(14),
)
def test_what_are_no_keys_is_refused_at_registration(
    make_host: MakeHost, given: Any, problem: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        make_host(INTROSPECT_JWT_KEYS=given)
    assert refusal.value.key == "INTROSPECT_JWT_KEYS"
    assert problem in refusal.value.problem
    assert "c2VjcmV0" not in str(refusal.value)


def test_keys_without_an_issuer_are_refused(make_host: MakeHost) -> None:
    with pytest.raises(ConfigError, match=r"^INTROSPECT_JWT_ISSUERS: neither it nor the issuer"):
        make_host(INTROSPECT_JWT_KEYS=jwks(), INTROSPECT_ISSUER=None)


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RSA1_5", "es256"])
def test_no_other_algorithm_can_be_allowed(make_host: MakeHost, algorithm: str) -> None:
    with pytest.raises(ConfigError, match=f"{algorithm!r} cannot be allowed"):
        make_host(INTROSPECT_JWT_KEYS=jwks(), INTROSPECT_JWT_ALGORITHMS=[algorithm])


def test_an_algorithm_that_is_left_out_is_not_taken(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(INTROSPECT_JWT_ALGORITHMS=["ES256"])
    assert host.ask(issued("RS256")).status_code == 404
    assert host.ask(issued("ES256")).json["active"] is True


# Rotation


def rotated(host: Host, rotate: Callable[[], None]) -> None:
    """Hold a rotation to its rules: old tokens end at once, though their signature was seen."""
    old, new = issued("ES256"), issued("EdDSA")
    assert host.ask(old).json["active"] is True
    assert host.ask(new).status_code == 404
    rotate()
    assert host.ask(old).status_code == 404
    assert host.ask(new).json["active"] is True


def test_a_callable_rotates_keys(make_jwt_host: MakeHost) -> None:
    keys = [jwks("ES256")]
    host = make_jwt_host(INTROSPECT_JWT_KEYS=lambda: keys[-1])
    rotated(host, lambda: keys.append(jwks("EdDSA")))


def test_a_set_that_is_changed_in_place_is_noticed(make_jwt_host: MakeHost) -> None:
    keys = jwks("ES256")
    host = make_jwt_host(INTROSPECT_JWT_KEYS=lambda: keys)
    rotated(host, lambda: keys.update(jwks("EdDSA")))


def test_a_file_that_changed_rotates_keys(make_jwt_host: MakeHost, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(jwks("ES256")))
    host = make_jwt_host(INTROSPECT_JWT_KEYS=path)

    def rotate() -> None:
        other = tmp_path / "other.json"
        other.write_text(json.dumps(jwks("EdDSA")))
        os.replace(other, path)

    rotated(host, rotate)


def test_a_change_that_leaves_time_and_size_is_noticed(
    make_jwt_host: MakeHost, tmp_path: Path
) -> None:
    """As after a change of permissions, which is what a file that was unreadable needs."""
    path = tmp_path / "keys.json"
    texts = [json.dumps(jwks(name)) for name in ("ES256", "EdDSA")]
    size = max(map(len, texts))
    path.write_text(texts[0].ljust(size))
    host = make_jwt_host(INTROSPECT_JWT_KEYS=path)

    def rotate() -> None:
        before = path.stat()
        path.write_text(texts[1].ljust(size))
        while path.stat().st_ctime_ns == before.st_ctime_ns:  # the file system's clock is coarse
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    rotated(host, rotate)


def test_a_key_that_went_ends_tokens_that_have_a_row(make_jwt_host: MakeHost) -> None:
    keys = [jwks("ES256")]
    host = make_jwt_host(INTROSPECT_JWT_KEYS=lambda: keys[-1])
    token = host.add_token(issued("ES256"))
    assert host.ask(token).json["active"] is True
    keys.append(jwks("EdDSA"))
    assert host.ask(token).status_code == 404
    with host.app.app_context():
        assert introspect(token).reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "text", ["", "{", '{"keys": [', None], ids=["empty", "cut", "half", "gone"]
)
def test_a_file_that_cannot_be_read_changes_nothing(
    make_jwt_host: MakeHost, tmp_path: Path, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(jwks()))
    host = make_jwt_host(INTROSPECT_JWT_KEYS=path)
    path.unlink() if text is None else path.write_text(text)
    for _ in range(3):
        assert host.ask(issued()).json["active"] is True
    errors = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "INTROSPECT_JWT_KEYS: the keys before it stay in use" in errors[0].getMessage()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "answer", [None, {}, "no keys", OSError("c2VjcmV0")], ids=["none", "empty", "text", "raises"]
)
def test_a_callable_without_keys_is_a_503(
    make_jwt_host: MakeHost, dialect: str, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def keys() -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    host = make_jwt_host(INTROSPECT_JWT_KEYS=keys)
    refused = host.ask(issued(), dialect=dialect)
    text = "The token store is unavailable, try again later"
    assert refused.status_code == 503
    assert refused.data == error_body(dialect, 503, "temporarily_unavailable", text)
    assert "INTROSPECT_JWT_KEYS" in caplog.text
    assert "c2VjcmV0" not in caplog.text
    host.add_token()
    assert host.ask("documented", dialect=dialect).json["active"] is True


def test_private_parts_are_not_kept(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(INTROSPECT_JWT_KEYS={"keys": [jwk("ES256", private=True)]})
    assert host.ask(issued()).json["active"] is True
    assert host.ask(issued(exp=1)).data == INACTIVE
