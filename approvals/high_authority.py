"""Bodies that everybody knows and obeys: they speak in a headline whatever their names end in (pure).

A unit of a hub speaks in its own name (突发事件应对法 2024 art. 64); 中央, 解放军, 央视 and 12379, the number of the
national centre (国办秘函〔2015〕32号), are none of its unless it is registered so.
"""

from __future__ import annotations

import re

_HIGH = re.compile(
    r"中共中央|党中央|中央(?:军委|气象台|广播|电视|人民政府)|全国人大|国务院|国家(?:防总|防办|减灾委|应急|气象中心|气象局)"
    r"|解放军(?![\u4e00-\u9fff]?[路街巷桥村])|武警(?![路街巷桥村])|武装警察|央视|央广|新华社|新华网|人民日报|总书记"
    r"|中国(?:气象局|气象台|天气|地震台网|地震局|政府)|(?:应急管理|水利|自然资源|公安|教育|国防)部"
    r"|(?<![市区城])中央(?=要求|指示|决定|下令|命令|号召)"
    r"|(?<![0-9])(?<!拨打)(?<!致电)(?<!电话)(?<!热线)12379(?![0-9])"
    r"|\b(?:State Council|Central Committee|Central Military Commission|Communist Party|CPC|PLA|NMC|CMA|CCTV|Xinhua"
    r"|People['’]s (?:Liberation Army|Daily|Armed Police)|National Meteorological (?:Cent(?:er|re)|Observatory)"
    r"|China Meteorological Administration|United Nations|WMO)\b",
    re.IGNORECASE,
)


def high_authority(words: str) -> str:
    """The first of these bodies that the words name; empty where they name none."""
    found = _HIGH.search(words)
    return found[0] if found is not None else ""
