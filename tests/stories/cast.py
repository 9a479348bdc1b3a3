"""Who lives in the town of the stories, and who is in office there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from approvals.official import Right
from approvals.public_name import PublicName
from hub.store.register.regions import NewRegion
from targeting.recipient import Recipient

NATION = "000000000000"
PROVINCE = "610000000000"
CITY = "610600000000"
BAOTA = "610602000000"  #: the county most stories are about
BRIDGE, RIVER = "610602001000", "610602002000"  #: its townships
ZHIDAN = "610625000000"  #: another county
HILLS = "610625100000"

PLACES = (
    NewRegion(NATION, "全国", None, 0),
    NewRegion(PROVINCE, "陕西省", NATION, 1),
    NewRegion(CITY, "延安市", PROVINCE, 2),
    NewRegion(BAOTA, "宝塔区", CITY, 3),
    NewRegion(BRIDGE, "桥镇", BAOTA, 4),
    NewRegion(RIVER, "河镇", BAOTA, 4),
    NewRegion(ZHIDAN, "志丹县", CITY, 3),
    NewRegion(HILLS, "山镇", ZHIDAN, 4),
)
#: what the office of the town issues its warnings under
NAMES = (
    PublicName("zh", "市气象台"),
    PublicName("en", "City weather office"),
    PublicName("zh", "城口县气象台"),
    PublicName("en", "Chengkou Observatory"),
)
SEISMIC_NAMES = (PublicName("zh", "地震预警中心"), PublicName("en", "Earthquake centre"))
STAFF = {
    "author": {Right.DRAFT, Right.SIGN},
    "editor": {Right.DRAFT, Right.REVIEW, Right.SIGN},
    "reviewer": {Right.REVIEW},
    "signer": {Right.SIGN},
    "second": {Right.SIGN},
    "releaser": {Right.RELEASE},
    "monitor": {Right.MONITOR},
}


@dataclass(frozen=True)
class Cast:
    """Who lives where, by name; everybody has a telephone of their own."""

    bridge: int = 12
    river: int = 8
    hills: int = 5  # in the other county: outside every warning of Baota
    officials_of: str = NATION
    kind: str = "meteorological"  #: of their unit: most stories are about rain
    names: tuple[PublicName, ...] = NAMES
    #: those of no counterpart of their own are further providers of text messages
    channels: tuple[str, ...] = ("sms", "voice")
    blocks: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict
    )  #: more keys of a channel's block, or all of one that has no counterpart
    robots: int = 0
    media: int = 0
    hub: Mapping[str, Any] = field(default_factory=dict)
    dispatch: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    concurrency: int = 64
    timeout_s: float = 15.0  #: of the drivers; short where a story is about an answer that never comes

    def people(self) -> Iterable[Recipient]:
        """Everybody, in the order they register."""
        number = 0
        for word, key, count, (lat, lon) in (
            ("bridge", BRIDGE, self.bridge, (36.6, 109.5)),
            ("river", RIVER, self.river, (36.5, 109.5)),
            ("hills", HILLS, self.hills, (36.8, 108.8)),
        ):
            for at in range(count):
                number += 1
                phone = f"+861991{number:07d}"
                addresses = {"sms": phone, "voice": phone, "email": f"citizen{number}@example.org"}
                groups = frozenset({"elderly"} if at == 1 else ())
                language = "en" if at % 4 == 3 else "zh"
                yield Recipient(f"{word}-{at}", key, language, lat, lon, groups, addresses)
