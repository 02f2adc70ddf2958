"""The RFCs' own examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest

from flask_introspect.jose import keys_of, read_signed

from ..support import Host
from .issuer import KEYS, jwk

MakeHost = Callable[..., Host]

#: RFC 7515, appendices A.2 and A.3.
PAYLOAD = (
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
CLAIMS = {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}

EXAMPLES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "RS256": (
        "eyJhbGciOiJSUzI1NiJ9",
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
        "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
        "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
        "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
        "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"
        "p0igcN_IoypGlUPQGe77Rw",
        {
            "kty": "RSA",
            "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp"
            "-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOW"
            "vG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs"
            "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k"
            "G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2"
            "PAcDTW9gb54h4FRWyuXpoQ",
            "e": "AQAB",
        },
    ),
    "ES256": (
        "eyJhbGciOiJFUzI1NiJ9",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        },
    ),
}


@pytest.mark.parametrize("algorithm", EXAMPLES)
def test_the_signatures_of_rfc_7515_hold(algorithm: str) -> None:
    header, signature, key = EXAMPLES[algorithm]
    signed = read_signed(f"{header}.{PAYLOAD}.{signature}", [algorithm])
    assert signed.claims == CLAIMS
    assert signed.is_signed_by(keys_of(key)[0])


def test_the_answer_of_rfc_9701_is_written_as_it_stands_there(make_host: MakeHost) -> None:
    host = make_host(
        INTROSPECT_ISSUER="https://as.example.com/",
        INTROSPECT_SIGNING_KEYS={"keys": [jwk("RS256", private=True, kid="wG6D")]},
        INTROSPECT_EXTRA_CLAIMS=lambda token, caller: {"extension_field": "twenty-seven"},
    )
    host.clock.now = 1514797892
    resource = "https://rs.example.com/resource"
    host.add_client(resource)
    host.add_client("paiB2goo0a")
    host.add_token(
        "2YotnFZFEjr1zCsicMWpAA",
        "paiB2goo0a",
        aud=resource,
        scope="read write dolphin",
        sub="Z5O3upPC88QrAjx00dis",
        username=None,
        jti="t1FoCCaZd4Xv4ORJUWVUeTZfsKhW30CQCrWDDjwXy6w",
        iat=1514797822,
        nbf=None,
        exp=1514797942,
    )
    answer = host.ask(
        "2YotnFZFEjr1zCsicMWpAA",
        caller=(resource.replace(":", "%3A"), "test_secret"),
        headers={"Accept": "application/token-introspection+jwt"},
    )
    assert jwt.get_unverified_header(answer.data) == {
        "typ": "token-introspection+jwt",
        "alg": "RS256",
        "kid": "wG6D",
    }
    options: Any = {"verify_iat": False}
    key = KEYS["RS256"].public_key()
    assert jwt.decode(answer.data, key, ["RS256"], audience=resource, options=options) == {
        "iss": "https://as.example.com/",
        "aud": resource,
        "iat": 1514797892,
        "token_introspection": {
            "active": True,
            "iss": "https://as.example.com/",
            "aud": resource,
            "iat": 1514797822,
            "exp": 1514797942,
            "client_id": "paiB2goo0a",
            "scope": "read write dolphin",
            "sub": "Z5O3upPC88QrAjx00dis",
            "jti": "t1FoCCaZd4Xv4ORJUWVUeTZfsKhW30CQCrWDDjwXy6w",
            "token_type": "Bearer",
            "extension_field": "twenty-seven",
        },
    }
