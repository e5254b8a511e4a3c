"""Arithmetic of bulletins: what is right raises no alarm, what is wrong is named with its sum."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.bulletin.check import check_document
from layers.bulletin.documents import Document, Passage, Place

if TYPE_CHECKING:
    from layers.bulletin.findings import Finding


def checked(*paragraphs: str) -> list[Finding]:
    """Return all checks of a few paragraphs."""
    return check_document(
        Document(
            passages=[
                Passage(text=text, place=Place(kind="line", number=number))
                for number, text in enumerate(paragraphs, start=1)
            ]
        )
    )


def faults(*paragraphs: str) -> list[str]:
    """Return the codes of the faults of a few paragraphs."""
    return [one.code for one in checked(*paragraphs) if not one.right]


RIGHT = [
    # whole partitions
    "全县共检查企业100家，其中危化企业60家、矿山企业30家、其他企业10家。",
    "共检查生产经营单位1,234家次，其中危化品企业1,000家次，其余234家次为工贸企业。",
    "全年发生事故三十二起，其中道路交通事故二十起，其他事故十二起。",
    "排查隐患100处，已整改90处，其中一般隐患88处、重大隐患12处。",
    "检查企业５０家，其中：规模以上企业２０家；规模以下企业３０家。",
    "查处案件30起（甲县12起、乙县10起、丙县8起），罚款60万元（甲县30万元、乙县20万元、丙县10万元）。",
    "共立案45起、罚款70.5万元，其中A区立案20起，罚款30.2万元；B区立案15起，罚款25.3万元；其他区立案10起，罚款15万元。",
    "检查企业30家。其中，危化企业12家，其他企业18家。",
    # lists that are not whole, and measures that overlap
    "共检查企业100家，其中危化企业60家、矿山企业20家。",
    "排查隐患500处，其中重大隐患3处。",
    "检查企业10家，其中停产整顿5家、罚款8家。",
    "检查企业30家，其中重点企业12家、化工企业25家。",
    "全市排查隐患560处，其中消防隐患120处、用电隐患95处、特种设备隐患88处等。",
    "立案120起，其中南县30起、北县25起、东县20起。",
    "检查企业80家，其中危化企业50家、烟花爆竹企业30家，另检查加油站15家。",
    "检查企业80家，其中危化企业50家、烟花爆竹企业30家，还抽查加油站15家、停产3家。",
    "检查企业80家，发现隐患165处，其中危化企业隐患100处、矿山企业隐患65处，责令停产6家。",
    "出动检查人员120人次（其中专家15人次），检查企业40家次，下达文书38份。",
    "检查企业100家，其中危化企业60家，其中加油站40家。",
    "查处案件10起（去年12起），罚款35万元（上年同期40万元）。",
    "新建专家库，专家50名（累计120名）。",
    # approximations and scales
    "出动执法人员2万余人次，其中省级1.2万人次、市级0.9万人次、其他0.3万人次。",
    "检查企业1200余家，其中危化企业800余家，其余420家为工贸企业。",
    "约300家企业参加培训，其中矿山160家、其他150家。",
    "罚款1.2万元，其中甲公司7000元、其他公司5000元。",
    "罚没款12.35万元，其中安监部门7.2万元，其他部门5.15万元。",
    "全国查处非法行为61.26万余起，其中非法生产40.1万起、其他21.2万起。",
    # rates and shares
    "排查隐患1,234处，完成整改1,195处，整改率96.8%。",
    "发现隐患50处，当场整改30处，限期整改20处，整改率100%。",
    "检查1,234家，其中无证企业39家，占3.2%。",
    "发生事故30起，其中道路交通事故20起，占66.7%；其他事故10起，占33.3%。",
    "三类企业分别占30%、45%和25%。",
    "受理举报40件，核查40件，核查率100%；查实26件，查实率65%；办结38件，办结率95%。",
    "罚款100万元，收缴96.5万元，收缴率96.5%。",
    "全市整改率达95%以上，同比提高3个百分点。",
    # growth
    "发生事故12起、死亡15人，同比分别下降20%和25%。",
    "事故起数由去年的50起下降到40起，下降20%。",
    "立案60起，比去年同期的48起增加12起，增长25%。",
    "立案60起，同比增加12起，上升25%。",
    "检查企业800家，同比增长14.3%。",
    "今年1-5月发生事故9起，去年同期12起，同比下降25%。",
    "事故占比由74.9%下降到53.1%，下降21.8个百分点。",
    "全县生产安全事故起数同比下降20%，死亡人数同比下降25%。",
    # sums that follow, rests that precede
    "检查危化企业5家、矿山3家、烟花2家，合计10家。",
    "排查隐患200处，完成整改188处，其余12处正在整改。",
    # dates
    "行动从2024年5月6日（星期一）开始，为期30天（5月6日至6月4日）。",
    "11月1日至次年2月28日开展冬季行动，12月25日至1月5日开展抽查。",
    "2024年2月29日前完成自查，2月29日再查一次。",
    "上半年（1—6月）检查企业20家，第三季度（7-9月）检查企业12家。",
    "每起事故都要一起查处，大家一起参加，发现一起、打击一起。",
    "讲三点意见：一是加强领导；二是压实责任；三是严格考核。",
    "受理举报电话0990-6231834，文号〔2013〕9号，第23次会议。",
]

RIGHT += [
    # as accident bulletins speak
    "共发生事故20起、死亡13人，同比增加17起、11人，分别上升566.7%、550%。",
    "发生事故37起，死亡33人，与去年同期相比，事故起数减少8起，下降17.78%；死亡人数减少9人，下降21.43%。",
    "工矿事故21宗，死亡20人，与去年同期（事故36宗，死亡30人）相比，事故宗数、死亡人数分别下降41.67%、33.33%。",
    "去年受理举报34.8万件，同比增长65.7%；举报隐患26.1万件，同比增长56.3%；查实19万件，查实率54.6%。",
    "举报47件，其中实名23件，匿名24件。属实27件，其中12件被立案，约占举报件的25.5%。",
    "其中较大事故2起，造成6人死亡，事故起数同比持平。",
    "全市11个县（市、区）中，有8个县（市、区）完成任务，占72.7%，其余3个正在推进。",
    "现有危险化学品生产企业6家、经营企业84家、使用企业3家，共93家。",
    "检查企业100家，整改企业60家，隐患整改率98%。",
    "检查经营户30户，其中超市12户、餐馆10户、其他8户，覆盖率100%。",
    "罚款3.5万元，其中2家企业各1.5万元。",
    "今年共查处案件120起，其中上半年70起。",
    "检查企业500家，覆盖率达到62.5%，较上年提高12.5个百分点。",
]

RIGHT += [
    "检查企业30家次，其中危化企业12家、其他企业10家。",
    "检查企业40家次（其中危化企业15家）。",
    "检查企业30家次，其中停产整顿20家、罚款18家。",
    "全年共开展检查620次，比2022年的540次增加80次，增长14.8%。",
    "执法人员由2021年的35人增加到2023年的52人，增长48.6%。",
    "2023年检查企业500家，2024年检查企业400家，同比下降20%。",
    "查处非法违法行为58起，其中无证经营21起、超范围经营14起、非法储存23起，取缔窝点9处。",
    "检查发现问题隐患236条，已整改212条，整改完成率89.8%，未整改24条。",
    "第二季度共发生事故6起、死亡7人，其中4月份3起、3人，5月份1起、2人，6月份2起、2人。",
    "今年共发生事故20起，其中1月份4起，2月份2起，3月份5起。",
    "罚款12.3万元，其中甲县4.15万元、乙县4.15万元、其他县4.05万元。",
    "检查企业1200余家，其中危化企业850家、其他企业420家。",
]

WRONG = [
    ("检查企业30家次，其中危化企业22家、矿山企业10家。", "visits"),
    ("检查企业30家，其中危化企业20家次、其他企业15家次。", "units"),
    ("全年共开展检查620次，比2022年的540次增加80次，增长18.4%。", "growth_percent"),
    ("执法人员由2021年的35人增加到2023年的52人，增长58.6%。", "growth_percent"),
    ("发现问题236条，已整改212条，整改完成率98.8%。", "rate"),
    ("共立案45起、罚款75万元，其中A区立案20起，罚款30万元；其他区立案25起，罚款40万元。", "parts"),
    ("第二季度共发生事故7起，其中4月份3起，5月份1起，6月份2起。", "parts"),
    (
        "全年检查210家次，其中第一季度50家次、第二季度55家次、第三季度60家次、第四季度40家次。",
        "parts",
    ),
    ("罚款60万元（甲县30万元、乙县22万元、丙县10万元）。", "parts"),
    ("受理举报40件，办结42件，办结率95%。", "rate"),
    ("全县共检查企业100家，其中危化企业60家、矿山企业30家、其他企业11家。", "parts"),
    ("全年发生事故三十二起，其中道路交通事故二十起，其他事故十一起。", "parts"),
    ("检查企业５０家，其中：规模以上企业２０家；规模以下企业３１家。", "parts"),
    ("查处各类案件300件，其中事故类案件40件，非事故类案件250件，罚款80万元。", "parts"),
    ("查处案件30起（甲县12起、乙县10起、丙县7起），罚款60万元。", "parts"),
    ("罚没款12.35万元，其中安监部门7.2万元，其他部门5.25万元。", "parts"),
    ("罚款1.2万元，其中甲公司7000元、其他公司6000元。", "parts"),
    ("检查企业30家。其中，危化企业12家，其他企业19家。", "parts"),
    ("立案206起，其中南县80起、北县75起、东县49起。", "parts"),
    ("检查企业分为三类，共检查60家，分别为甲类20家、乙类30家、丙类15家。", "parts"),
    ("排查隐患200处，完成整改188处，其余15处正在整改。", "parts"),
    ("排查隐患500处，其中重大隐患503处。", "part_exceeds"),
    ("检查企业100家，其中化工企业70家、矿山企业45家。", "parts_exceed"),
    ("检查危化企业5家、矿山3家、烟花2家，合计11家。", "sum"),
    ("检查危化企业五家、矿山三家、烟花两家，共计十一家。", "sum"),
    ("排查隐患1,234处，完成整改1,195处，整改率98.6%。", "rate"),
    ("排查隐患300处，完成整改287处，整改率95.6%。", "rate_digit"),
    ("检查1,234家，其中无证企业39家，占32%。", "share"),
    ("发现隐患120处，整改率达101.5%。", "rate_over"),
    ("三类企业分别占30%、45%和35%。", "shares"),
    ("事故起数由去年的50起下降到40起，下降25%。", "growth_percent"),
    ("事故起数由去年的40起下降到50起。", "growth_direction"),
    ("立案60起，比去年同期的48起增加10起。", "growth_amount"),
    ("立案60起，同比增加12起，上升20%。", "growth_percent"),
    ("今年1-5月发生事故9起，去年同期12起，同比下降20%。", "growth_percent"),
    ("发生较大事故7起，同比下降36.2%。", "growth_base"),
    ("发生事故37起，死亡33人，与去年同期相比，事故起数减少8起，下降27.78%。", "growth_percent"),
    ("共发生事故20起、死亡13人，同比增加17起、11人，分别上升566.7%、450%。", "growth_percent"),
    ("排查重大隐患1874项、整改1159项，整改率69.24%。", "rate"),
    ("发生事故12起，同比下降120%。", "growth_below_nothing"),
    ("请于2月30日前报送总结。", "date_impossible"),
    ("会议于2023年2月29日召开。", "date_impossible"),
    ("行动到13月5日结束。", "month_impossible"),
    ("会议定于2024年5月6日（星期二）召开。", "weekday"),
    ("行动从5月31日至5月5日开展。", "period_reversed"),
    ("整治阶段从6月6日至5月31日。", "period_reversed"),
    ("5月6日至6月4日开展行动，为期45天。", "period_length"),
    ("第三季度（7-10月）检查企业12家。", "season"),
    ("讲四点意见：一是加强领导；二是压实责任；三是严格考核。", "enumeration"),
    ("对查证属实的每起奖励500到1000元，今年收到举报信息10条，发放奖金20000元。", "rewards"),
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_raises_no_alarm(text: str) -> None:
    """Rounding, partial lists, overlapping measures, 余 and 约, scales: nothing is reported."""
    assert [(one.code, one.figures) for one in checked(text) if not one.right] == []


@pytest.mark.parametrize(("text", "code"), WRONG)
def test_what_is_wrong_is_found(text: str, code: str) -> None:
    """Each kind of fault is found, once, and by its own name."""
    assert faults(text) == [code]


def test_a_right_figure_is_checked_not_passed_over() -> None:
    """Silence means that the sums were made: each kind of check names what it found right."""
    text = (
        "查处案件462件，同比增长10%，其中事故类案件134件，非事故类案件328件，占71.0%。"
        "罚款100万元，收缴96.5万元，收缴率96.5%。5月6日至6月4日开展行动，为期30天。"
        "检查危化企业5家、矿山3家、烟花2家，合计10家。"
    )
    assert faults(text) == []
    assert [one.code for one in checked(text)] == [
        "parts", "sum", "share", "rate", "growth_base", "period_length",
    ]  # fmt: skip


def test_the_sum_is_said() -> None:
    """A finding carries the arithmetic, the figures as written and how far apart they are."""
    (one,) = checked("共罚款1.2万元，其中甲公司 7000 元、其他公司 6000 元。")
    assert one.figures == ("1.2万元", "7000元", "6000元")
    assert (one.detail["sum"], one.detail["result"], one.detail["total"]) == (
        "0.7+0.6",
        "1.3",
        "1.2",
    )
    assert (one.sure, one.place.number) == ("certain", 1)
    assert "7000 元" in one.sentence


def test_last_years_figures_tell_which_side_is_wrong() -> None:
    """Parts whose total is wrong still agree with it in last year's figures, and that is shown."""
    found = checked(
        "共查处案件1310件，同比增加183.55%，其中事故类案件124件（同比减少7.46%），"
        "非事故类案件1197件（同比增加264.94%）。"
    )
    assert [one.code for one in found if not one.right] == ["parts"]
    (bases,) = [one for one in found if one.code == "growth_bases"]
    assert (bases.detail["sum"], bases.detail["total"]) == ("134+328", "462")


def test_two_units_are_divided_side_by_side() -> None:
    """A bracket that lists cases and money of each county is checked for both."""
    text = "立案60起，罚没款70.5万元（其中东县30起40.2万元，西县19起20.3万元，南县8起7.1万元）。"
    found = [one for one in checked(text) if not one.right]
    assert [(one.code, one.detail["result"]) for one in found] == [
        ("parts", "57"),
        ("parts", "67.6"),
    ]


def test_announced_and_listed_numbers_agree() -> None:
    """Paragraphs that are numbered are counted against the number announced."""
    items = [f"{number}.无证生产的；" for number in range(1, 6)]
    assert faults("（二）严厉打击5类非法行为", *items) == []
    assert faults("（二）严厉打击6类非法行为：", *items) == ["enumeration"]
    assert faults("抓好八个重点行业领域整治", "（一）加强领导。", "（二）压实责任。") == []


PLAN = (
    "关于印发行动方案的通知", "2024年4月10日",
    "（一）动员阶段（4月15日—4月30日）", "各单位要动员部署。",
    "（二）整治阶段（5月1日—9月30日）", "（三）巩固提高阶段（10月1日—12月31日）",
    "各单位方案于4月20日前报送，全年总结于12月31日前报送。",
)  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("4月15日", "4月5日", "phase_before_issue"),
        ("5月1日", "4月25日", "phases_overlap"),
        ("4月20日前", "4月2日前", "due_before_issue"),
        ("12月31日前", "11月底前", "summary_before_end"),
    ],
)
def test_a_plan_keeps_its_own_calendar(old: str, new: str, code: str) -> None:
    """Phases follow each other after the day of issue, deadlines after it, the summary last."""
    assert faults(*PLAN) == []
    assert faults(*(line.replace(old, new) for line in PLAN)) == [code]


def test_one_thing_told_twice() -> None:
    """The same figure of the same area and time is the same; other times and topics are others."""
    first = "今年1-5月，全市共检查企业120家。"
    assert faults(first, "1-5月，全市共检查企业125家，罚款3万元。") == ["repeat"]
    assert faults(first, "今年1-6月，全市共检查企业150家。") == []
    assert faults(first, "矿山方面。1-5月，全市共检查企业20家。") == []
    assert faults(first, "全县共检查企业20家，去年1-5月全市共检查企业90家。") == []


def test_units_that_cannot_be_compared_are_asked_about() -> None:
    """Closures and suspensions above the cases, cases and acts of one unit, two frequencies."""
    assert faults("今年查处案件32起，取缔关闭作坊25处，责令停产28家。") == ["measures"]
    assert faults("今年查处案件60起，取缔关闭作坊25处，责令停产28家。") == []
    assert faults(
        "今年以来全县查处非法经营案件32起。", "今年以来，全县查处非法违法行为423起。"
    ) == ["kinds"]
    assert faults("各镇每月至少排查一次。", "各镇要强化责任，每周一排查。") == ["frequency"]
    assert faults("各镇每月至少排查一次，各村每周至少排查一次。") == []


def test_dates_written_out_are_read() -> None:
    """二〇二三年二月三十日 is as impossible as 2023年2月30日."""
    assert faults("会议于二〇二三年二月三十日召开。") == ["date_impossible"]
    assert faults("二〇二三年五月三十一日", "会议于五月三十一日召开。") == []


WORDS = re.findall(
    r"\S+",
    "检查企业 其中 隐患 整改 率 占 同比 去年同期 增加 下降 分别 合计 其余 其他 由 到 是去年的 为期"
    " 0 1 12 3.50 1,200 三十 零 万 余 约 起 家 元 % 倍 年 月 日 天 至 ， 、 ； 。 （ ） ：",
)


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_no_text_is_too_odd(words: list[str]) -> None:
    """Whatever a text says, it is checked to its end, with the same result each time."""
    text = "".join(words)
    assert checked(text) == checked(text)
