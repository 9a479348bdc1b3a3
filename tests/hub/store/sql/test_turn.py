"""The turn to write between processes: exclusive, handed over, and never waited for beyond patience."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from hub.store.sql.turn import WriteTurn


def _count_up(turn_file: str, counter: str, times: int) -> None:
    turn = WriteTurn(Path(turn_file), patience_s=60)
    for _ in range(times):
        with turn:
            value = int(Path(counter).read_text())
            Path(counter).write_text(str(value + 1))
    turn.close()


def test_two_processes_never_have_the_turn_at_once(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    context = multiprocessing.get_context("spawn")
    arguments = (str(tmp_path / "turn"), str(counter), 300)
    processes = [context.Process(target=_count_up, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert counter.read_text() == "600", "an increment was lost: two had the turn"


def test_whoever_keeps_the_turn_too_long_is_not_waited_for(tmp_path: Path) -> None:
    stuck, other = WriteTurn(tmp_path / "turn"), WriteTurn(tmp_path / "turn", patience_s=0.05)
    with stuck, other:
        entered = True
    assert entered
    stuck.close()
    other.close()
