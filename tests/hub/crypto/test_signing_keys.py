"""Key rotation: running processes follow it, what was signed before stays good, what a stolen key signed does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.crypto import signing_keys
from hub.crypto.key_files import KeysRefused
from hub.crypto.keys import Keys
from hub.crypto.signing_keys import KeyRing

ROTATE = """
import sys
from pathlib import Path
from hub.crypto.keys import Keys
order = Keys.load(Path(sys.argv[1]), {}).order
sys.stdin.readline()
print(order.rotate(sys.argv[2]).kid)
"""


@pytest.fixture
def order(tmp_path: Path) -> KeyRing:
    """The ring of a process that is running while another one rotates."""
    return Keys.load(tmp_path, {}).order


@pytest.fixture
def other(order: KeyRing) -> KeyRing:
    """The same directory, as another process has it."""
    return KeyRing(order.directory, "order")


@pytest.fixture
def second_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look is a second after the one before."""
    monkeypatch.setattr(signing_keys, "LOOK_EVERY_S", 0.0)


def test_a_rotation_leaves_a_private_key_in_force_and_the_public_half_of_the_old_one(order: KeyRing) -> None:
    old = order.current
    new = order.rotate(old.kid)
    assert new.kid != old.kid
    assert order.current.kid == new.kid
    assert (order.directory / "order.pem").stat().st_mode & 0o777 == 0o600
    retired = (order.directory / f"order-{old.kid}.pub").read_text()
    assert "PRIVATE" not in retired
    order[old.kid].verify(old.key.sign(b"order"), b"order")
    order[new.kid].verify(new.key.sign(b"order"), b"order")


def test_a_running_process_knows_the_new_key_the_moment_it_meets_it(order: KeyRing, other: KeyRing) -> None:
    new = other.rotate(other.current.kid)
    order[new.kid].verify(new.key.sign(b"order"), b"order")
    assert order.current.kid == new.kid


@pytest.mark.usefixtures("second_over")
def test_a_running_process_signs_with_the_new_key_though_it_never_met_it(order: KeyRing, other: KeyRing) -> None:
    new = other.rotate(other.current.kid)
    assert order.current.kid == new.kid


@pytest.mark.usefixtures("second_over")
def test_a_running_process_drops_a_key_that_was_revoked_elsewhere(order: KeyRing, other: KeyRing) -> None:
    old = order.current.kid
    other.rotate(old)
    assert old in order
    other.revoke(old)
    assert old not in order
    assert order.revoked_kids == {old}
    assert set(order) == {order.current.kid}


def test_the_key_in_force_is_not_revoked_before_it_is_rotated(order: KeyRing) -> None:
    with pytest.raises(KeysRefused, match="rotate it first"):
        order.revoke(order.current.kid)
    with pytest.raises(KeysRefused, match="there is no order key"):
        order.revoke("none")
    assert order.revoked_kids == frozenset()


def test_a_rotation_asked_for_twice_is_done_once(order: KeyRing) -> None:
    old = order.current.kid
    new = order.rotate(old)
    assert order.rotate(old).kid == new.kid
    assert set(order) == {old, new.kid}


def test_a_rotation_that_died_half_way_is_finished_by_asking_again(order: KeyRing, tmp_path: Path) -> None:
    old = order.current
    (tmp_path / f"order-{old.kid}.pub").write_bytes(signing_keys.public_pem(old.key.public_key()))
    assert set(order) == {old.kid}
    new = order.rotate(old.kid)
    assert set(order) == {old.kid, new.kid}


def test_processes_that_rotate_at_the_same_time_make_one_new_key(order: KeyRing) -> None:
    old = order.current.kid
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ROTATE, str(order.directory), old],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    [new] = {process.communicate()[0].strip() for process in processes}
    assert new in order
    assert set(order) == {old, new}


def test_a_key_of_the_environment_is_not_rotated_here(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path, "order", Ed25519PrivateKey.generate())
    with pytest.raises(KeysRefused, match="environment"):
        ring.rotate(ring.current.kid)
    assert list(tmp_path.iterdir()) == []
    assert not ring.turns


@pytest.mark.usefixtures("second_over")
def test_a_damaged_file_beside_the_keys_does_not_take_a_running_process_its_keys(order: KeyRing) -> None:
    kid = order.current.kid
    (order.directory / "order-broken.pub").write_text("nothing")
    assert order.current.kid == kid
    assert kid in order
    with pytest.raises(KeysRefused, match="order-broken"):
        KeyRing(order.directory, "order")


def test_a_start_with_a_revoked_key_in_force_is_refused(order: KeyRing) -> None:
    current = order.current
    revoked = order.directory / f"order-{current.kid}.revoked"
    revoked.write_bytes(signing_keys.public_pem(current.key.public_key()))
    with pytest.raises(KeysRefused, match="revoked as compromised"):
        KeyRing(order.directory, "order")


def test_a_ring_shows_no_private_key(order: KeyRing) -> None:
    assert "Private" not in repr(order.current)
    assert "Private" not in repr(order)
