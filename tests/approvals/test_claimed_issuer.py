"""Whom a text names as the issuer of a warning: by grammar, whatever hides it, and never whoever is only mentioned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals import claimed_issuer
from approvals.claimed_issuer import claimed_issuers, is_body, mentioned_bodies, strange_issuers, unnamed_issuers
from approvals.public_name import NamedIssuer, PublicName, join_names, spelling

STATION = NamedIssuer(
    "重庆市气象局",
    (PublicName("zh", "重庆市气象台"), PublicName("zh", "市气象台"), PublicName("en", "Chongqing Observatory")),
)
WATER = NamedIssuer("重庆市水利局", (PublicName("en", "Chongqing Water Bureau"),))
COMMAND = NamedIssuer(
    "重庆市防汛抗旱指挥部", (PublicName("en", "Chongqing Flood Control and Drought Relief Headquarters"),)
)
FIRE = NamedIssuer("重庆市森林（草原）防灭火指挥部")
TOWNSHIP = NamedIssuer("荣昌区安富街道")

OWN = (
    "重庆市气象台7月12日14时30分发布暴雨红色预警信号",
    "重庆市气象局发布暴雨红色预警",
    "重庆市 气象台 发布暴雨红色预警",
    "重庆市气象台将暴雨黄色预警升级为红色",
    "重庆市气象台解除暴雨红色预警信号",
    "暴雨红色预警由市气象台发布",
    "Chongqing Observatory has issued a red rainstorm warning",
    "Red warning issued by the Chongqing Observatory at 14:00",
    "重庆市气象台决定发布暴雨红色预警",
    "重庆市气象台7月12日根据重庆市水利局意见研究决定发布暴雨红色预警",
    "Chongqing Observatory: 暴雨红色预警",
    "第50号 重庆市气象台发布暴雨红色预警",
    "2026年第3期：重庆市气象台发布暴雨红色预警",
    "No.50 重庆市气象台发布暴雨红色预警",
    "暴雨红色预警 签发：重庆市气象台",
    "据重庆市气象台：发布暴雨红色预警",
    "Red rainstorm warning - Chongqing Observatory",
    "Red rainstorm warning by the Chongqing Observatory",
    "Chongqing Observatory – red rainstorm warning",
)
NOBODY = (
    "据巫溪县气象台发布：暴雨红色预警",
    "据巫溪县气象台消息，发布暴雨红色预警",
    "Red rainstorm warning for roads by the river",
    "Red rainstorm warning, stay away from government offices",
    "Storm from the sea - red warning",
    "SOS issued",
    "第50号 暴雨红色预警信号",
    "东部：暴雨红色预警",
    "沟谷底部：暴雨红色预警",
    "山区大部：暴雨红色预警",
    "各村委：暴雨红色预警",
    "暴雨红色预警",
    "暴雨橙色预警升级为红色预警",
    "台风红色预警发布",
    "局地暴雨红色预警",
    "重庆西部地区暴雨红色预警",
    "新发布依族乡暴雨红色预警",
    "桥镇暴雨红色预警",
    "宝塔区：暴雨橙色预警",
    "受台风影响发布暴雨红色预警",
    "我市发布暴雨红色预警",
    "【预警解除】暴雨红色预警",
    "【演练】暴雨红色预警",
    "Red rainstorm warning issued",
    "Chengkou County: 暴雨红色预警",
    "Red rainstorm warning: 暴雨红色预警",
    "奉节县暴雨红色预警",
    "城市长江段洪水红色预警",
    "7月12日14:30 暴雨红色预警",
    "Chongqing Observatory 14:30 暴雨红色预警",
    "重庆市水利局、市气象台会商后，暴雨红色预警",
    "任河巴山水文站实测流量1200立方米每秒，发布洪水橙色预警",
    "洪水橙色预警，任河巴山水文站水位超警戒0.85米，预计继续上涨",
)
#: how high the water stands somewhere, before whoever issues
GAUGES = (
    "任河巴山水文站水位超警戒0.85米，",
    "任河巴山水文站水位超警戒0.85米 ",
    "任河巴山水文站12月1日8时水位382.45米，超警戒水位0.85米，",
    "任河巴山水文站8时出现洪峰，",
    "任河巴山水文站监测到超警戒洪水，",
    "高观气象站1小时雨量达52毫米，",
    "受上游来水影响，任河巴山水文站水位将超警戒，",
    "任河水位超警戒",
    "巴山水库水位已超汛限0.5米 ",
)
#: the last words before the verb
HOURS = ("今早", "今晨", "昨夜", "明早", "30日晚间", "三十日八时", "星期一早上", "刚才", "目前")
MENTIONED = (
    "据中央气象台预报,暴雨红色预警",
    "根据重庆市水利局会商意见,市气象台发布暴雨红色预警",
    "经与重庆市水利局会商,重庆市气象台发布暴雨红色预警",
    "（转发）北京市气象台发布暴雨红色预警",
    "重庆市气象台发布暴雨红色预警（预警信息来源：国家预警信息发布中心）",
    "重庆市气象台发布暴雨红色预警。重庆市预警信息发布中心7月12日发布",
    "According to the Beijing Bureau, red rainstorm warning",
)
#: true headlines in which another body does something of its own, and who is shown to the signers
BESIDE = (
    ("重庆市气象台发布暴雨红色预警，县教育局通知停课", "县教育局"),
    ("暴雨红色预警 县教育局通知停课", "县教育局"),
    ("暴雨红色预警，县教育局决定全县停课", "县教育局"),
    ("重庆市气象台发布暴雨红色预警，与县应急局联合提示", "县应急局"),
    ("暴雨红色预警，县应急局提醒注意防范", "县应急局"),
    ("暴雨红色预警，县水利局发布避险指南", "县水利局"),
    ("暴雨红色预警，县应急局启动防汛Ⅰ级应急响应", "县应急局"),
    ("暴雨红色预警，国务院要求立即转移", "国务院"),
    ("暴雨红色预警，中央要求立即转移", "中央"),
    ("暴雨红色预警 12379", "12379"),
    ("川渝天气发布暴雨红色预警", "川渝天气"),
    ("State Council red rainstorm warning", "State Council"),
    ("NMC red rainstorm warning", "NMC"),
)
#: true headlines that name nobody who could be taken for the issuer
ADDRESSED = (
    "暴雨红色预警，请听从当地政府安排",
    "暴雨红色预警 请听从当地政府安排",
    "请听从当地政府安排，暴雨红色预警",
    "暴雨红色预警，请服从县防汛指挥部指挥",
    "暴雨红色预警，听从城口县人民政府统一安排",
    "暴雨红色预警，如需救援请拨打县应急局电话",
    "暴雨红色预警，解放军路积水",
    "暴雨红色预警，咨询电话12379",
    "根据国务院部署，暴雨红色预警",
    "台风逼近发布台风红色预警",
    "Red rainstorm warning. Follow the instructions of the county government",
)
FALSE = (
    "中央气象苔发布暴雨红色预警",
    "中共中央发布暴雨红色预警",
    "解放军发布暴雨红色预警",
    "央视快讯：暴雨红色预警",
    "新华社快讯：暴雨红色预警",
    "12379发布暴雨红色预警",
    "NMC: red rainstorm warning",
    "Xinhua: red rainstorm warning",
    "State Council: red rainstorm warning",
    "暴雨红色预警，城口县应急局",
    "暴雨红色预警，城口县人民政府通告",
    "暴雨红色预警，与城口县应急局联合发布",
    "重庆市气象台与县应急局联合提示：暴雨红色预警",
    "县应急局提醒：暴雨红色预警",
    "总参谋部：暴雨红色预警",
    "教育部：明日停课",
    "市应急办：暴雨红色预警",
    "省委：暴雨红色预警",
    "第50号 重庆市气象台发布暴雨红色预警信号",
    "重庆市气象台7月12日14时30分发布暴雨红色预警信号",
    "【重庆市气象台】暴雨红色预警",
    "［重庆市气象台］暴雨红色预警",
    "重庆市气象台暴雨红色预警",
    "重庆\u200b市气\u200b象台发布暴雨红色预警",
    "重庆\u00ad市气象\ufe0f台发布暴雨红色预警",
    "重庆市\u3000气象台 发布暴雨红色预警",
    "由重庆市气象台发布暴雨红色预警",
    "暴雨红色预警（重庆市气象台）",
    "暴雨红色预警 重庆市气象台",
    "发布重庆市气象台暴雨红色预警",
    "重庆市发布暴雨红色预警",
    "重庆气象发布暴雨红色预警",
    "重庆市预警信息发布中心发布暴雨红色预警",
    "重庆市气象台：暴雨红色预警",
    "荣昌区安富街道、重庆市气象台联合发布暴雨红色预警",
    "重庆市气象台，荣昌区安富街道联合发布暴雨红色预警",
    "重庆市防汛抗旱指挥部关于发布洪水红色预警的通告",
    "国家防总启动洪水红色预警",
    "Chongqing Observatory issues red rainstorm warning",
    "Ｃｈｏｎｇｑｉｎｇ Observatory: red rainstorm warning",
    "Red rainstorm warning issued by Chongqing Observatory",
    "Chengkou County Government: 暴雨红色预警",
    "Police: 暴雨红色预警",
    "The Mayor of Chengkou: red rainstorm warning",
    "城口县人民政府决定发出暴雨红色预警",
    "城口县人民政府7月12日研究决定发布暴雨红色预警",
    "城口县人民政府根据会商意见决定发布暴雨红色预警",
    "城口县人民政府会商后发布暴雨红色预警",
    "奉县长令，暴雨红色预警",
    "遵照城口县人民政府指示，发布暴雨红色预警",
    "县长发布暴雨红色预警",
    "CMA issues red rainstorm warning",
    "签发人：重庆市市长，暴雨红色预警",
    "暴雨红色预警，发布单位：城口县人民政府",
    "Red warning (Chengkou Observatory)",
    "RED WARNING BY THE CHENGKOU GOVERNMENT",
    "城口县委书记：暴雨红色预警",
    "任河巴山水文站发布洪水橙色预警",
    "任河巴山水文站洪水橙色预警",
    "任河巴山水文站监测到超警戒洪水，发布洪水橙色预警",
    "中央气象台任河水位超警戒0.85米，发布洪水橙色预警",
    "中央气象台雨量达50毫米，发布洪水橙色预警",
)


@pytest.mark.parametrize("headline", [*OWN, *NOBODY, *MENTIONED])
def test_a_headline_of_the_issuers_own_of_nobody_or_with_a_mention_names_no_stranger(headline: str) -> None:
    assert strange_issuers(headline, [STATION]) == ()


@pytest.mark.parametrize("headline", [*OWN, *FALSE])
def test_a_headline_in_another_bodys_name_is_found_whatever_hides_it(headline: str) -> None:
    assert strange_issuers(headline, [TOWNSHIP])


@pytest.mark.parametrize(("headline", "body"), BESIDE)
def test_a_body_that_does_something_else_is_no_issuer_and_is_shown(headline: str, body: str) -> None:
    assert strange_issuers(headline, [STATION]) == ()
    assert mentioned_bodies(headline, [STATION]) == (body,)


@pytest.mark.parametrize("headline", [*OWN, *NOBODY, *MENTIONED, *ADDRESSED])
def test_whoever_is_quoted_asked_or_to_be_obeyed_is_neither(headline: str) -> None:
    assert (strange_issuers(headline, [STATION]), mentioned_bodies(headline, [STATION])) == ((), ())


@pytest.mark.parametrize("report", GAUGES)
def test_whoever_issues_behind_a_report_of_a_gauge_is_the_one_who_is_read(report: str) -> None:
    headline = f"{report}重庆市水利局发布洪水橙色预警"
    assert (strange_issuers(headline, [WATER]), mentioned_bodies(headline, [WATER])) == ((), ())
    assert strange_issuers(headline, [STATION]) == ("重庆市水利局",)


@pytest.mark.parametrize("report", GAUGES)
def test_joint_issuers_behind_a_report_of_a_gauge_are_the_only_ones(report: str) -> None:
    headline = f"{report}重庆市水利局、重庆市气象台联合发布洪水橙色预警"
    assert (strange_issuers(headline, [WATER, STATION]), unnamed_issuers(headline, [WATER, STATION])) == ((), ())


def test_it_is_the_look_for_reports_that_lets_a_gauge_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look taken out: the gauge is taken for the issuer."""
    monkeypatch.setattr(claimed_issuer, "without_gauge_reports", lambda text: text)
    headline = "任河巴山水文站水位超警戒0.85米，重庆市水利局发布洪水橙色预警"
    assert strange_issuers(headline, [WATER]) == ("任河巴山水文站",)


@pytest.mark.parametrize("hour", HOURS)
def test_a_name_ends_before_the_words_that_say_when(hour: str) -> None:
    headline = f"重庆市水利局{hour}发布洪水橙色预警"
    assert (strange_issuers(headline, [WATER]), mentioned_bodies(headline, [WATER])) == ((), ())
    assert strange_issuers(headline, [STATION]) == ("重庆市水利局",)


def test_it_is_the_look_at_what_a_body_does_that_lets_true_warnings_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look taken out: whoever is named behind a warning is taken for its issuer."""
    leads = claimed_issuer._leading
    monkeypatch.setattr(claimed_issuer, "_leading", lambda body, predicate, *, warned: leads(body, "", warned=False))
    assert strange_issuers("重庆市气象台发布暴雨红色预警，县教育局通知停课", [STATION]) == ("县教育局",)


@pytest.mark.parametrize(
    ("headline", "issuers"),
    [
        ("重庆市气象台、重庆市水利局7月12日联合发布山洪橙色预警", (STATION, WATER)),
        ("重庆市防汛抗旱指挥部和重庆市气象台联合发布洪水红色预警", (COMMAND, STATION)),
        ("重庆市气象台会同重庆市水利局发布山洪橙色预警", (STATION, WATER)),
        (
            "Chongqing Flood Control and Drought Relief Headquarters and Chongqing Observatory jointly issued a warning",
            (COMMAND, STATION),
        ),
    ],
)
def test_joint_issuers_are_all_named_and_one_of_them_alone_is_not(headline: str, issuers: tuple[NamedIssuer]) -> None:
    assert strange_issuers(headline, issuers) == ()
    assert unnamed_issuers(headline, issuers) == ()
    assert strange_issuers(headline, issuers[:1])
    assert unnamed_issuers(headline, (*issuers, TOWNSHIP)) == (TOWNSHIP,)
    assert unnamed_issuers("山洪橙色预警", issuers) == ()


@pytest.mark.parametrize("name", ["重庆市森林(草原)防灭火指挥部", "重庆市森林草原防灭火指挥部"])
def test_a_name_with_a_word_in_parentheses_is_one_name(name: str) -> None:
    assert strange_issuers(f"{name}发布森林火险红色预警", [FIRE]) == ()
    assert strange_issuers(f"{name}发布森林火险红色预警", [TOWNSHIP])


def test_a_registered_name_that_looks_like_no_body_is_known_all_the_same() -> None:
    assert strange_issuers("川渝天气发布暴雨红色预警", [TOWNSHIP]) == ()
    assert strange_issuers("川渝天气发布暴雨红色预警", [TOWNSHIP], {spelling("川渝天气")}) == ("川渝天气",)


@pytest.mark.parametrize("heading", ["预警解除", "演练", "测试", "预警", "紧急", "暴雨红色预警", "防御指南"])
def test_a_heading_is_no_body(heading: str) -> None:
    assert not is_body(heading)


UNSEEN = st.sampled_from(["", "\u200b", "\u2060", "\ufeff", "\u00ad", " ", "\u3000"])
BODIES = st.sampled_from(
    ["重庆市气象台", "荣昌区水利局", "国家防总", "安富街道办事处", "重庆市地震局", "某某县人民政府"]
)
FORMS = st.sampled_from(
    [
        "{body}发布{event}",
        "{body}7月12日14时30分继续发布{event}",
        "{body}解除{event}",
        "{body}{event}",
        "{event}由{body}发布",
        "【{body}】{event}",
        "{body}：{event}",
        "{event}（{body}）",
    ]
)
EVENTS = st.sampled_from(["暴雨红色预警信号", "台风橙色预警", "洪水红色预警", "道路结冰黄色预警"])


@given(BODIES, FORMS, EVENTS, st.data())
def test_whoever_is_put_where_the_issuer_stands_is_read_there(
    body: str, form: str, event: str, data: st.DataObject
) -> None:
    hidden = "".join(char + data.draw(UNSEEN) for char in body)
    headline = form.format(body=hidden, event=event)
    assert strange_issuers(headline, [NamedIssuer(body)]) == (), headline
    assert strange_issuers(headline, [TOWNSHIP]), headline


@given(BODIES, EVENTS, st.sampled_from(["据{body}消息，{event}", "根据{body}预报，{event}", "经与{body}会商，{event}"]))
def test_whoever_is_only_mentioned_is_no_issuer(body: str, event: str, form: str) -> None:
    assert strange_issuers(form.format(body=body, event=event), [TOWNSHIP]) == ()


WORDS = (
    "据",
    "由",
    "发布",
    "联合发布",
    "暴雨红色预警",
    "重庆市气象台",
    "城口县人民政府",
    "我市",
    "issued by ",
    "Police",
)
FRAGMENTS = st.sampled_from([*FALSE, *MENTIONED, *WORDS, *"：，、（）【】。\u200b\n"])


def test_any_text_is_read_and_only_bodies_are_strange() -> None:
    found: list[bool] = []

    @given(st.text(max_size=400) | st.lists(FRAGMENTS | st.text(max_size=3), max_size=12).map("".join))
    def reads(text: str) -> None:
        strangers = strange_issuers(text, [TOWNSHIP])
        found.append(bool(strangers))
        for stranger in strangers:
            assert is_body(stranger)

    reads()
    assert sum(found) >= len(found) / 10, "the examples hardly name anybody"


def test_the_name_in_a_language_is_the_first_of_the_tag_then_of_its_primary_subtag_then_the_full_name() -> None:
    assert STATION.name_in("zh-CN") == "重庆市气象台"
    assert STATION.name_in("en-GB") == "Chongqing Observatory"
    assert STATION.name_in("fr") == "重庆市气象局"
    assert join_names([STATION, WATER], "zh-CN") == "重庆市气象台、重庆市水利局"
    assert join_names([STATION, WATER], "en") == "Chongqing Observatory, Chongqing Water Bureau"


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Baota District: heavy rain warning", ()),
        ("Northern valleys: leave now", ()),
        ("Baota District Water Bureau: heavy rain warning", ("Baota District Water Bureau",)),
    ],
)
def test_a_place_before_a_colon_is_where_it_warns_and_a_body_is_who_does(text: str, claims: tuple[str, ...]) -> None:
    assert claimed_issuers(text) == claims
