"""``flask introspect client ...``: adding, listing, rotating and disabling clients."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from ..conftest import MakeHost
from ..jwt.issuer import jwk
from ..support import NOW, Client, Host, db
from .conftest import CLI, CLIOf


def stored_secret(host: Host, client_id: str) -> str | None:
    with host.app.app_context():
        secret: str | None = db.session.scalars(
            sa.select(Client.client_secret).filter_by(client_id=client_id)
        ).one()
        return secret


def test_an_added_client_asks_with_the_secret_that_is_shown_once(host: Host, cli: CLI) -> None:
    added = cli.json("client", "add", "api", "--resource", "my_api")
    assert (
        host.ask("documented", caller=("api", added["client_secret"])).get_json()["active"] is True
    )
    assert added["client_secret"] not in cli("client", "list").output


def test_the_secret_alone_stands_on_standard_output(host: Host, cli: CLI) -> None:
    added = cli("client", "add", "api", "--resource", "my_api")
    assert "Client 'api' is added." in added.stderr
    secret = added.stdout.removesuffix("\n")
    assert secret not in added.stderr
    assert host.ask("documented", caller=("api", secret)).status_code == 200


def test_what_an_added_client_may_see_is_written(cli: CLI) -> None:
    options = [
        "--right",
        "own",
        "--resource",
        "a",
        "--resource",
        "b",
        "--claim",
        "sub",
        "--scope",
        "read",
    ]
    cli("client", "add", "api", *options)
    assert cli.json("client", "list")["clients"][0] == {
        "client_id": "api",
        "enabled": True,
        "public": False,
        "right": "own",
        "resources": ["a", "b"],
        "visible_claims": ["sub"],
        "visible_scopes": ["read"],
        "auth_method": None,
        "introspection_signed_response_alg": None,
        "introspection_encrypted_response_alg": None,
        "introspection_encrypted_response_enc": None,
        "keys": 0,
    }


def test_a_public_client_gets_no_secret(host: Host, cli: CLI) -> None:
    assert cli.json("client", "add", "browser", "--public") == {
        "client_id": "browser",
        "client_secret": None,
    }
    assert stored_secret(host, "browser") is None


def test_a_client_is_not_added_twice(cli: CLI) -> None:
    assert (
        cli.refusal("client", "add", "test_client_1")
        == "Error: There is a client 'test_client_1' already"
    )


def test_the_clients_are_listed_for_a_person(host: Host, cli: CLI) -> None:
    host.add_client("zebra", enabled=False, public=True, may_introspect="any")
    assert cli("client", "list").stdout.splitlines() == [
        "CLIENT         STATE             RIGHT               RESOURCES",
        "test_client_1  enabled           audience (default)  my_api",
        "zebra          disabled, public  any",
    ]


@pytest.mark.parametrize(
    ("policy", "right"), [("own", "own"), (lambda *_: True, "as INTROSPECT_POLICY says")]
)
def test_the_default_right_is_named(
    make_host: MakeHost, cli_of: CLIOf, policy: object, right: str
) -> None:
    host = make_host(INTROSPECT_POLICY=policy)
    host.add_client()
    run = cli_of(host.app)
    assert f"{right} (default)" in run("client", "list").stdout
    shown = run("client", "show", "test_client_1").stdout.splitlines()
    assert f"right: {right} (default)" in shown
    assert "visible_claims: all (default)" in shown
    assert "auth_method: any (default)" in shown


def test_a_client_whose_row_cannot_be_read_is_listed_as_disabled(host: Host, cli: CLI) -> None:
    host.add_client("broken", resources={"no": "list"})
    listed = {each["client_id"]: each["enabled"] for each in cli.json("client", "list")["clients"]}
    assert listed == {"broken": False, "test_client_1": True}


def test_a_rotated_secret_is_refused_at_once(host: Host, cli: CLI) -> None:
    rotated = cli.json("client", "rotate", "test_client_1")
    assert rotated["old_secret_ends"] is None
    assert host.ask("documented").status_code == 401
    assert (
        host.ask("documented", caller=("test_client_1", rotated["client_secret"])).status_code
        == 200
    )


def test_a_secret_that_is_kept_is_refused_the_second_it_ends(host: Host, cli: CLI) -> None:
    rotated = cli.json("client", "rotate", "test_client_1", "--keep", "24h")
    assert rotated["old_secret_ends"] == NOW + 86400
    host.clock.now = NOW + 86399.999
    assert host.ask("documented").get_json() == {
        "active": False
    }  # the secret is good, the token has expired
    host.clock.now = NOW + 86400
    assert host.ask("documented").status_code == 401
    assert (
        host.ask("documented", caller=("test_client_1", rotated["client_secret"])).status_code
        == 200
    )


def test_an_ended_secret_is_dropped_at_the_next_rotation(host: Host, cli: CLI) -> None:
    original = stored_secret(host, "test_client_1")
    cli("client", "rotate", "test_client_1", "--keep", "60")
    host.clock.now = NOW + 60
    cli("client", "rotate", "test_client_1", "--keep", "60")
    kept = json.loads(stored_secret(host, "test_client_1") or "")
    assert [each["expires_at"] for each in kept] == [None, NOW + 120]
    assert original not in [each["hash"] for each in kept]


def test_a_kept_secret_never_gets_a_later_end(host: Host, cli: CLI) -> None:
    cli("client", "rotate", "test_client_1", "--keep", "60")
    cli("client", "rotate", "test_client_1", "--keep", "24h")
    kept = json.loads(stored_secret(host, "test_client_1") or "")
    assert [each["expires_at"] for each in kept] == [None, NOW + 86400, NOW + 60]


def test_a_rotation_that_keeps_nothing_ends_all_old_secrets(host: Host, cli: CLI) -> None:
    cli("client", "rotate", "test_client_1", "--keep", "24h")
    cli("client", "rotate", "test_client_1")
    stored = stored_secret(host, "test_client_1") or ""
    assert stored.startswith("sha256$")


def test_the_end_of_the_old_secret_is_said(cli: CLI) -> None:
    assert (
        "The old secret ends at 2022-01-01 03:46:40 UTC."
        in cli("client", "rotate", "test_client_1", "--keep", "1d").stderr
    )


def test_a_secret_that_cannot_be_read_cannot_be_kept(host: Host, cli: CLI) -> None:
    host.change(Client, {"client_id": "test_client_1"}, client_secret="[broken")
    assert "The old secret cannot be kept" in cli.refusal(
        "client", "rotate", "test_client_1", "--keep", "1h"
    )
    assert cli("client", "rotate", "test_client_1").exit_code == 0


def test_the_model_rotates_as_the_command_does(host: Host) -> None:
    with host.app.app_context():
        client = db.session.scalars(sa.select(Client)).one()
        new = client.rotate_secret(keep_for=60, now=NOW)
        db.session.commit()
    assert host.ask("documented").status_code == 200
    assert host.ask("documented", caller=("test_client_1", new)).status_code == 200
    host.clock.now = NOW + 60
    assert host.ask("documented").status_code == 401
    assert host.ask("documented", caller=("test_client_1", new)).status_code == 200


def test_the_model_ends_the_old_secret_at_once_unless_told_otherwise(host: Host) -> None:
    with host.app.app_context():
        new = db.session.scalars(sa.select(Client)).one().rotate_secret()
        db.session.commit()
    assert host.ask("documented").status_code == 401
    assert host.ask("documented", caller=("test_client_1", new)).status_code == 200


def test_a_disabled_client_is_refused_until_it_is_enabled_again(host: Host, cli: CLI) -> None:
    assert host.ask("documented").status_code == 200
    assert cli.json("client", "disable", "test_client_1") == {
        "client_id": "test_client_1",
        "enabled": False,
    }
    assert host.ask("documented").status_code == 401
    cli("client", "disable", "test_client_1", "--undo")
    assert host.ask("documented").status_code == 200


@pytest.mark.parametrize("command", ["rotate", "disable"])
def test_an_unknown_client_is_said_so(cli: CLI, command: str) -> None:
    assert (
        cli.refusal("client", command, "Test_client_1")
        == "Error: There is no client 'Test_client_1'"
    )


@pytest.mark.parametrize("written", ["1x", "-1", "1.5h", "", "h"])
def test_a_duration_that_is_none_is_refused(cli: CLI, written: str) -> None:
    assert cli("client", "rotate", "test_client_1", f"--keep={written}").exit_code == 2


@pytest.mark.parametrize("client_id", ["", "a\nb", "a\0b", "\x7f"])
def test_an_id_that_cannot_be_sent_is_refused(cli: CLI, client_id: str) -> None:
    assert "must not" in cli.refusal("client", "add", client_id)


def test_a_list_survives_any_row(host: Host, cli: CLI) -> None:
    host.save(
        Client(client_id="", may_introspect="?"),
        Client(client_id="odd", resources={"no": "list"}, jwks=["no", "object"]),
    )
    assert "odd" in cli("client", "list").stdout


def test_a_client_is_shown_without_its_secret(host: Host, cli: CLI) -> None:
    shown = cli("client", "show", "test_client_1").stdout
    assert "resources: my_api" in shown
    assert "pbkdf2" not in shown
    assert cli.json("client", "show", "test_client_1")["right"] is None
    assert "There is no client 'nobody'" in cli.refusal("client", "show", "nobody")


def test_what_is_registered_can_be_changed(host: Host, cli: CLI) -> None:
    changed = cli.json(
        "client", "update", "test_client_1", "--right", "own", "--scope", "read", "--resource", "b"
    )
    assert (changed["right"], changed["visible_scopes"], changed["resources"]) == (
        "own",
        ["read"],
        ["b"],
    )
    options = ["--clear", "right", "--clear", "scope", "--method", "client_secret_post"]
    changed = cli.json("client", "update", "test_client_1", *options)
    assert (changed["right"], changed["visible_scopes"]) == (None, None)
    assert host.ask("documented").status_code == 401
    cli("client", "update", "test_client_1", "--clear", "method")
    assert host.ask("documented").status_code == 200


def test_an_update_of_nothing_is_a_mistake(cli: CLI) -> None:
    assert "nothing to change" in cli.refusal("client", "update", "test_client_1")


def test_a_client_with_keys_gets_no_secret(host: Host, cli: CLI, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [jwk("ES256")]}))
    options = ["--method", "private_key_jwt", "--jwks", str(keys)]
    added = cli.json("client", "add", "signer", *options)
    assert added["client_secret"] is None
    shown = cli.json("client", "show", "signer")
    assert (shown["auth_method"], shown["keys"]) == ("private_key_jwt", 1)


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_a_file_that_is_no_key_set_is_refused(cli: CLI, tmp_path: Path, text: str) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(text)
    assert "--jwks" in cli.refusal("client", "add", "signer", "--jwks", str(keys))


def test_a_deleted_client_is_gone_and_its_tokens_are_inactive(host: Host, cli: CLI) -> None:
    host.add_client("asker", "secret", resources=["my_api"])
    assert cli("client", "delete", "test_client_1", stdin="n\n").exit_code == 1
    assert cli("client", "delete", "test_client_1", "--yes").exit_code == 0
    assert host.ask("documented").status_code == 401
    assert host.ask("documented", caller=("asker", "secret")).get_json() == {"active": False}
