"""Whom real warnings name as their issuer."""

from __future__ import annotations

import json
from pathlib import Path

from approvals.claimed_issuer import claimed_issuers, mentioned_bodies
from approvals.public_name import NamedIssuer


def test_of_real_warnings_the_station_and_nobody_else_is_read(shared_data: Path) -> None:
    lines = (shared_data / "warnings" / "real_warning_texts.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert len(texts) == 11
    for text in texts:
        headline = text.partition("：")[0].partition("，预计")[0]
        claims = claimed_issuers(headline)
        assert len(claims) == 1, text
        assert claims[0].endswith(("气象台", "气象局")), text
        assert mentioned_bodies(headline, [NamedIssuer(claims[0])]) == (), text
