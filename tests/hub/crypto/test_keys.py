"""Keys: made once, private, the same for every process, and refused when they are not what they should be."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.crypto.key_files import KeysRefused
from hub.crypto.keys import Keys
from hub.crypto.signing_keys import kid_of

FILES = ("order.pem", "token.pem", "record.pem", "seal.key", "hash.key", "delivery.key")
LOAD = """
import sys
from pathlib import Path
from hub.crypto.keys import Keys
sys.stdin.readline()
keys = Keys.load(Path(sys.argv[1]), {})
print(keys.order.current.kid, keys.token_kid, keys.seal_key.hex(), keys.hash_key.hex())
"""


def pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_the_first_start_makes_keys_that_only_the_owner_can_read(tmp_path: Path) -> None:
    directory = tmp_path / "data" / "keys"
    Keys.load(directory, {})
    assert directory.stat().st_mode & 0o777 == 0o700
    assert sorted(file.name for file in directory.iterdir()) == sorted(FILES)
    assert {file.stat().st_mode & 0o777 for file in directory.iterdir()} == {0o600}


def test_the_second_start_has_the_keys_of_the_first(tmp_path: Path) -> None:
    first, second = Keys.load(tmp_path, {}), Keys.load(tmp_path, {})
    assert second.order.current.kid == first.order.current.kid
    assert second.token_kid == first.token_kid
    assert (second.seal_key, second.hash_key) == (first.seal_key, first.hash_key)
    second.order_public[first.order.current.kid].verify(first.order.current.key.sign(b"order"), b"order")


def test_no_two_keys_are_the_same(tmp_path: Path) -> None:
    keys = Keys.load(tmp_path, {})
    assert len({ring.current.kid for ring in keys.rings.values()}) == 3
    assert keys.seal_key != keys.hash_key


def test_processes_that_start_at_the_same_time_have_the_same_keys(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", LOAD, str(tmp_path / "keys")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:  # all are at the line before; now together
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = {process.communicate()[0] for process in processes}
    assert len(outputs) == 1
    assert outputs != {""}
    assert sorted(file.name for file in (tmp_path / "keys").iterdir()) == sorted(FILES)  # no draft is left behind


def test_keys_of_the_environment_win_over_files(tmp_path: Path) -> None:
    order, seal = Ed25519PrivateKey.generate(), bytes(range(32))
    environ = {
        "FENGHUO_KEY_ORDER": pem(order).replace("\n", "\\n"),
        "FENGHUO_KEY_TOKEN": pem(Ed25519PrivateKey.generate()),
        "FENGHUO_KEY_RECORD": pem(Ed25519PrivateKey.generate()),
        "FENGHUO_KEY_SEAL": base64.b64encode(seal).decode(),
        "FENGHUO_KEY_HASH": base64.b64encode(seal[::-1]).decode(),
        "FENGHUO_KEY_DELIVERY": base64.b64encode(bytes(32)).decode(),
    }
    keys = Keys.load(tmp_path / "none", environ)
    assert keys.order.current.kid == kid_of(order.public_key())
    assert keys.seal_key == seal
    assert not (tmp_path / "none").exists()


def test_orders_signed_with_a_retired_key_can_still_be_checked(tmp_path: Path) -> None:
    old = Keys.load(tmp_path, {})
    (tmp_path / "order-old.pub").write_bytes(public_pem(old.order.current.key.public_key()))
    (tmp_path / "order.pem").unlink()
    new = Keys.load(tmp_path, {})
    assert set(new.order_public) == {old.order.current.kid, new.order.current.kid}
    assert new.order.current.kid != old.order.current.kid
    new.order_public[old.order.current.kid].verify(old.order.current.key.sign(b"order"), b"order")


def test_the_kid_is_the_thumbprint_of_the_standards_own_example() -> None:
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="  # RFC 8037 appendix A.2; its thumbprint is in A.3
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x))
    assert "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".startswith(kid_of(key))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused_by_name(tmp_path: Path, name: str, mode: int) -> None:
    Keys.load(tmp_path, {})
    (tmp_path / name).chmod(mode)
    with pytest.raises(KeysRefused, match=rf"{name}: others may read"):
        Keys.load(tmp_path, {})


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_key_is_refused_by_name_and_not_shown(tmp_path: Path, name: str) -> None:
    Keys.load(tmp_path, {})
    (tmp_path / name).write_bytes(b"damaged-key-bytes")
    with pytest.raises(KeysRefused, match=name) as refused:
        Keys.load(tmp_path, {})
    assert "damaged-key-bytes" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FENGHUO_KEY_ORDER", "not a key"),
        ("FENGHUO_KEY_SEAL", "***"),
        ("FENGHUO_KEY_HASH", base64.b64encode(b"short").decode()),
        ("FENGHUO_KEY_SEAL", ""),
    ],
)
def test_a_wrong_key_in_the_environment_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(KeysRefused, match=name):
        Keys.load(tmp_path, {name: value})


def test_a_retired_key_that_is_no_key_is_refused_by_name(tmp_path: Path) -> None:
    Keys.load(tmp_path, {})
    (tmp_path / "order-broken.pub").write_text("nothing")
    with pytest.raises(KeysRefused, match=r"order-broken\.pub"):
        Keys.load(tmp_path, {})


def test_printing_the_keys_shows_none_of_them(tmp_path: Path) -> None:
    keys = Keys.load(tmp_path, {})
    assert repr(keys.seal_key) not in repr(keys)
    assert "seal_key" not in repr(keys)
    assert "token_key" not in repr(keys)


def test_a_directory_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeysRefused, match=r"order\.pem"):
        Keys.load(tmp_path / "file" / "keys", {})
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
