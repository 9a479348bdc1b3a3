"""A wrong configuration is one line: the file as it was named, the key, what is wrong with it and what helps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner, Result

from hub import cli
from hub.cli import COMMANDS, Command, root
from hub.feedback import opt_out_words
from hub.feedback.intent import load_rules
from hub.feedback.labelled import read_labelled
from hub.settings.settings import CONFIG_DIR
from targeting import group
from templates.catalog import Catalog

#: how each file is named to the hub, and what it holds before it is spoilt
NAMED = {
    "own.toml": ("FENGHUO_CONFIG", "[hub]\nport = 0\n"),
    "channels.toml": (
        "FENGHUO_CHANNELS",
        '[robots]\ndriver = "wecom_robot"\n[mail]\ndriver = "smtp"\nsecurity = "none"\n',
    ),
    "authority.toml": ("FENGHUO_HUB__AUTHORITY", (CONFIG_DIR / "authority.toml").read_text(encoding="utf-8")),
    "events.toml": ("FENGHUO_HUB__EVENTS", (CONFIG_DIR / "events.toml").read_text(encoding="utf-8")),
}


class Spoilt(NamedTuple):
    """One wrong thing in one file, and what the line says behind the file's name."""

    file: str
    told: str
    old: str = ""  #: what is replaced; empty: the new text is added at the end
    new: str = ""


NOT_TOML = "[never\n"
SPOILT = (
    # settings
    Spoilt("own.toml", "not TOML: .*line 3", new=NOT_TOML),
    Spoilt("own.toml", r"not TOML: .*\('hub',\) twice", new="[hub]\n"),
    Spoilt("own.toml", r"nonsense: no such key; known are administration, auth, ", new="[nonsense]\n"),
    Spoilt("own.toml", r"hub\.prot: no such key; did you mean port\? known are authority, ", "port", "prot"),
    Spoilt("own.toml", r"duties\.minutes\.purple: no such key; known are blue, ", new="[duties.minutes]\npurple = 1\n"),
    Spoilt("own.toml", r"hub\.port: a whole number is wanted", "port = 0", 'port = "first"'),
    Spoilt("own.toml", r"hub\.port: at most 65535 is wanted", "port = 0", "port = 65536"),
    Spoilt("own.toml", r"hub: a table is wanted, with keys of authority, ", "[hub]\nport = 0", "hub = 7"),
    Spoilt("own.toml", r"dispatch\.lease_s: more than 0 is wanted", new="[dispatch]\nlease_s = 0\n"),
    Spoilt("own.toml", r"dispatch\.lease_s: a number is wanted", new='[dispatch]\nlease_s = "half a minute"\n'),
    Spoilt(
        "own.toml",
        r"calls\.escalation_minutes\.red: is missing and has no",
        new="[calls.escalation_minutes]\nblue = 1\n",
    ),
    Spoilt("own.toml", r"auth\.command_line_tokens: true or false is", new='[auth]\ncommand_line_tokens = "if"\n'),
    Spoilt("own.toml", r"auth\.second_factor\.0: one of 'review', 'sign' or", new='[auth]\nsecond_factor = ["any"]\n'),
    Spoilt("own.toml", r"auth\.second_factor: a list is wanted", new='[auth]\nsecond_factor = "sign"\n'),
    Spoilt("own.toml", r"log\.level: one of 'debug', 'info', 'warning' or", new='[log]\nlevel = "loud"\n'),
    Spoilt("own.toml", r"hub\.data_dir: a path is wanted", "port = 0", "data_dir = 1"),
    Spoilt("own.toml", r"hub\.events: gone\.toml: no such file: name one", "port = 0", 'events = "gone.toml"'),
    Spoilt("own.toml", r"store\.url: not the URL of a database, such as", new='[store]\nurl = "mysql://u:pw@h/x"\n'),
    Spoilt("own.toml", r"redis\.url: not the URL of a Redis, such as", new='[redis]\nurl = "redis://:pw@h:first"\n'),
    Spoilt("own.toml", r"oidc\.city\.client_id: is missing and has", new='[oidc.city]\nissuer = "https://a.example"\n'),
    Spoilt(
        "own.toml",
        r"oidc\.city\.issuer: an issuer is reached by https",
        new=('[oidc.city]\nissuer = "http://a.example"\nclient_id = "hub"\n'),
    ),
    Spoilt(
        "own.toml",
        r"escalation\.steps: no channel is called 'fax': name one of broadcast, email, .*, or give it a block",
        new='[escalation]\nsteps = [["sms", "fax"]]\n',
    ),
    Spoilt(
        "own.toml",
        r"escalation\.steps: no channel is of 'medium:fax': name one of medium:broadcast, .*, or give",
        new='[escalation]\nsteps = [["medium:fax", "sms"]]\n',
    ),
    Spoilt(
        "own.toml",
        r"escalation\.steps: \['medium:sms', 'sms'\] leads from sms to itself: name another channel",
        new='[escalation]\nsteps = [["medium:sms", "sms"]]\n',
    ),
    Spoilt(
        "own.toml",
        r"calls\.leader_offices: no office is called 'king': name one of .*main-leader, or add it to \[offices\]",
        new='[calls]\nleader_offices = ["leader", "king"]\n',
    ),
    # channels
    Spoilt("channels.toml", "not TOML: .*line 6", new=NOT_TOML),
    Spoilt("channels.toml", r"not TOML: .*\('mail',\) twice", new="[mail]\n"),
    Spoilt("channels.toml", r"sms: a channel is a table, \[sms\]", "[robots]", "sms = 1\n[robots]"),
    Spoilt("channels.toml", r"mail\.hots: no such key; did you mean host\? known are burst, ", new='hots = "a"\n'),
    Spoilt("channels.toml", r"mail\.port: a whole number is wanted", new='port = "smtp"\n'),
    Spoilt("channels.toml", r"mail\.timeout_s: at most 60 is wanted", new="timeout_s = 61\n"),
    Spoilt(
        "channels.toml", r"mail\.security: one of 'none', 'starttls' or 'tls'", 'security = "none"', 'security = "no"'
    ),
    Spoilt("channels.toml", r"mail\.driver: no driver is called 'post': name one of cap_http, ", '"smtp"', '"post"'),
    Spoilt("channels.toml", r"mail\.driver: is missing: name one of cap_http, ", 'driver = "smtp"', ""),
    Spoilt("channels.toml", r"mail\.enabled: true or false is wanted", new='enabled = "perhaps"\n'),
    Spoilt(
        "channels.toml",
        r"mail\.from_address: not a mailbox: a name and a domain with @ between",
        new='from_address = "a"\n',
    ),
    Spoilt(
        "channels.toml",
        r"robots: token, encoding_aes_key and receive_id are set together",
        "[mail]",
        ('receive_id = "corp"\n[mail]'),
    ),
    Spoilt(
        "channels.toml",
        r"robots\.timeout_s: 27 s and a margin of .* dispatch\.lease_s, 30 s: shorten",
        "[mail]",
        ("timeout_s = 27\n[mail]"),
    ),
    Spoilt("channels.toml", r"\['sms backup'\]: FENGHUO_CHANNEL_<CHANNEL>__", "[mail]", '["sms backup"]'),
    Spoilt("channels.toml", r"\['Mail'\]: .* small letters and digits are wanted", "[mail]", "[Mail]"),
    Spoilt("channels.toml", r"\['a__b'\]: .* _ or - between", "[mail]", "[a__b]"),
    Spoilt("channels.toml", r"medium: stands before the name of a medium in plans", "[mail]", "[medium]"),
    Spoilt(
        "channels.toml",
        r"mail\.weight: 0 as of every channel of email \(mail, spare\): give one more, or say enabled = false",
        new='weight = 0\n[spare]\ndriver = "smtp"\nsecurity = "none"\nweight = 0\n',
    ),
    # the policy of authority
    Spoilt("authority.toml", "not TOML: ", new=NOT_TOML),
    Spoilt("authority.toml", r"policy: unknown key 'rules'; known are ", new="[[rules]]\n"),
    Spoilt("authority.toml", r"rule number \d+: id is missing", new="[[rule]]\n"),
    Spoilt("authority.toml", r"rule \S+: unknown key 'setps'; known are ", "steps = ", "setps = "),
    Spoilt(
        "authority.toml",
        r"(rule|override)\S*( \S+)?: levels: level 'purple' is not one of red, orange",
        'levels = ["red"]',
        'levels = ["purple"]',
    ),
    Spoilt("authority.toml", r"rule \S+: steps: a table of step to number of persons", "steps = {", "steps = 2 # {"),
    Spoilt(
        "authority.toml",
        r"rule \S+: events: 'martians' is no event of the table: name one by its key",
        '\nevents = ["@meteorological"]',
        '\nevents = ["martians"]',
    ),
    # the table of events
    Spoilt("events.toml", "not TOML: ", new=NOT_TOML),
    Spoilt("events.toml", r"event \S+: zh is missing", new="[event.flying_saucers]\n"),
    Spoilt("events.toml", r"event \S+: unknown key 'lvels'; known are ", "levels = ", "lvels = "),
    Spoilt("events.toml", r"event \S+: categories: 'Weather' is not one of ", '["Met"', '["Weather"'),
    Spoilt("events.toml", r"event \S+: words: a list of words", "\nwords = [", '\nwords = "a" #'),
    Spoilt(
        "events.toml",
        r"event \S+: hours: blue: 0 is not a number of hours up to ",
        "hours = {",
        ("hours = { blue = 0 } # {"),
    ),
)


@pytest.fixture
def spoil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes every file, one of them spoilt, and names them as they lie in the directory commands run in."""
    monkeypatch.chdir(tmp_path)  # with the data directory, which is named relative to it

    def write(spoilt: Spoilt | None = None) -> None:
        for file, (variable, whole) in NAMED.items():
            text = whole
            if spoilt is not None and spoilt.file == file:
                assert spoilt.old in text
                text = text.replace(spoilt.old, spoilt.new, 1) if spoilt.old else f"{text}{spoilt.new}"
            Path(file).write_text(text, encoding="utf-8")
            if spoilt is None or file == spoilt.file:
                monkeypatch.setenv(variable, file)

    return write


def hub(*arguments: str) -> Result:
    return CliRunner().invoke(root, arguments)


def one_line(result: Result) -> str:
    """What is said beside `hub: `, and nothing else is."""
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch(r"hub: [^\n]+\n", result.stderr), result.stderr
    return result.stderr.removeprefix("hub: ")


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda spoilt: f"{spoilt.file}-{spoilt.told[:30]}")
def test_what_is_wrong_in_a_file_is_one_line_of_file_key_and_remedy(spoil: Callable[..., None], spoilt: Spoilt) -> None:
    spoil(spoilt)
    told = one_line(hub("report", "1"))
    assert re.match(rf"{re.escape(spoilt.file)}: {spoilt.told}", told), told
    assert "pw" not in told


FIRST = {spoilt.file: spoilt for spoilt in reversed(SPOILT)}


@pytest.mark.parametrize("command", ["serve", "worker", "up"])
@pytest.mark.parametrize("file", list(NAMED))
def test_no_process_starts_with_it(spoil: Callable[..., None], command: str, file: str) -> None:
    spoil(FIRST[file])
    assert one_line(hub(command)).startswith(f"{file}: not TOML: ")


@pytest.mark.parametrize("file", list(NAMED))
def test_files_that_are_not_spoilt_are_taken(spoil: Callable[..., None], file: str) -> None:
    spoil()
    assert "there is no alert" in one_line(hub("report", "1"))
    Path(file).write_text(NOT_TOML)
    assert one_line(hub("report", "1")).startswith(file)


@pytest.mark.parametrize("weight", ["weight = 1", ""])
def test_one_channel_of_a_medium_that_weighs_is_enough(spoil: Callable[..., None], weight: str) -> None:
    blocks = f'weight = 0\n[sms-2]\ndriver = "smtp"\nsecurity = "none"\n{weight}\n'
    spoil(Spoilt("channels.toml", "", new=blocks))
    assert "there is no alert" in one_line(hub("report", "1"))


def test_a_lone_channel_may_weigh_nothing(spoil: Callable[..., None]) -> None:
    spoil(Spoilt("channels.toml", "", new="weight = 0\n"))
    assert "there is no alert" in one_line(hub("report", "1"))


REMEDIES = {"own.toml": "name another in FENGHUO_CONFIG", "channels.toml": "name another in FENGHUO_CHANNELS"}


@pytest.mark.parametrize("file", list(NAMED))
def test_a_file_that_is_not_there_is_named_with_what_names_it(spoil: Callable[..., None], file: str) -> None:
    spoil()
    Path(file).unlink()
    told = one_line(hub("report", "1"))
    assert f"{file}: no such file: " in told
    assert REMEDIES.get(file) or f"environment: {NAMED[file][0]}: " in told
    assert REMEDIES.get(file, "") in told


@pytest.mark.parametrize("file", list(NAMED))
@pytest.mark.parametrize("content", [b"\xff", None], ids=["not UTF-8", "a directory"])
def test_a_file_that_is_no_text_is_one_line(spoil: Callable[..., None], file: str, content: bytes | None) -> None:
    spoil()
    Path(file).unlink()
    if content is None:
        Path(file).mkdir()
    else:
        Path(file).write_bytes(content)
    assert file in one_line(hub("report", "1"))


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("FENGHUO_HUB__PROT", r"hub\.prot: no such key; did you mean port\?"),
        ("FENGHUO_HAND_UP__MINUTES", "hand_up: no such key; it is called referral now"),
        ("FENGHUO_LADDER__SHARE", "ladder: no such key; it is called escalation now"),
        ("FENGHUO_DISPATCH__JOBS_PER_LANE", r"dispatch\.jobs_per_lane: no such key; it is called jobs_per_queue now"),
        ("FENGHUO_CALLS__CLIMB_MINUTES", r"calls\.climb_minutes: no such key; it is called escalation_minutes now"),
        ("FENGHUO_ESCALATION__STEPS", r"escalation\.steps: a list is wanted"),
        ("FENGHUO_HUB__WORLD", r"hub\.world: one of 'live' or 'exercise' is wanted"),
        ("FENGHUO_STORE__PATIENCE_S", r"store\.patience_s: a number is wanted"),
        ("FENGHUO_AUTH__SECOND_FACTOR", "not a list in JSON, such as"),
        ("FENGHUO_CHANNEL_PIGEON__SPEED", "no such channel; there are mail, robots"),
        ("FENGHUO_CHANNEL_MAIL", "names no key: FENGHUO_CHANNEL_<CHANNEL>__<KEY> is wanted"),
        ("FENGHUO_CHANNEL_MAIL__HOTS", r"mail\.hots: no such key; did you mean host\?"),
        ("FENGHUO_CHANNEL_MAIL__PORT", r"mail\.port: a whole number is wanted"),
    ],
)
def test_what_is_wrong_in_a_variable_is_said_of_the_variable_and_never_its_value(
    spoil: Callable[..., None], monkeypatch: pytest.MonkeyPatch, variable: str, told: str
) -> None:
    spoil()
    monkeypatch.setenv(variable, "[secret" if "JSON" in told else "secret")
    line = one_line(hub("report", "1"))
    assert re.match(f"environment: {variable}: {told}", line), line
    assert "secret" not in line


@pytest.mark.parametrize("purpose", ["order.pem", "seal.key"])
def test_a_key_that_is_none_is_named_by_its_file(spoil: Callable[..., None], purpose: str) -> None:
    spoil()
    file = Path("data", "keys", purpose)
    file.parent.mkdir(parents=True)
    file.write_text("no key")
    file.chmod(0o600)
    assert one_line(hub("report", "1")).startswith(f"{file}: ")


def test_counterparts_beside_channels_of_ones_own_are_refused_with_the_variable_to_unset(
    spoil: Callable[..., None],
) -> None:
    spoil()
    told = one_line(hub("up", "--counterparts"))
    assert "mail, robots enabled in channels.toml" in told
    assert "unset FENGHUO_CHANNELS and start again" in told


# --- files a hub brings with it --------------------------------------------------------------------------------------

#: who reads each, and a word of it with what it is spoilt into
READERS: dict[str, Callable[[Path], Any]] = {
    "groups.toml": group.load,
    "feedback/opt_out_words.toml": opt_out_words.load,
    "feedback/intents.toml": load_rules,
    "feedback/labels.toml": lambda file: read_labelled(CONFIG_DIR / "feedback" / "seed.jsonl", file),
    "../templates/words.toml": lambda file: Catalog(file.parent),
}
BROUGHT = [
    ("groups.toml", "^", "Elderly = 1\n", r"Elderly: a group key is lower-case"),
    ("groups.toml", "^", "elders = 1\n", r"elders: a group is a table of names by language"),
    ("groups.toml", 'needs = ["', 'needs = ["smell", "', r"\w+: needs is a list of text, speech"),
    ("feedback/opt_out_words.toml", "^", 'stopp = ["x"]\n', r"stopp: no such key; did you mean stop\?"),
    ("feedback/opt_out_words.toml", "stop_all = [", "stop_all = 1 #", r"stop_all: a list of words in quotes is wanted"),
    ("feedback/opt_out_words.toml", '"stopall"', '"STOPALL"', r"stop_all: 'STOPALL' is never read: write 'stopall'"),
    ("feedback/opt_out_words.toml", '"stopall"', '"stop"', r"stop_all: 'stop' stands in stop already: take one away"),
    ("feedback/opt_out_words.toml", '\nstart = "', '\nstrat = "', r"said\.start: a text in quotes is wanted"),
    ("feedback/intents.toml", "^", "rules = 1\n", r"rules: no such key; did you mean rule\?"),
    ("feedback/intents.toml", "contains =", "contain =", r"rule number \d+: contain: no such key; did you mean"),
    ("feedback/intents.toml", '"help"', '"joy"', r"rule number \d+: intent: no intent is called 'joy': name one of"),
    ("feedback/intents.toml", "contains = [", 'contains = ["(", ', r"rule number \d+: contains: '\(' is no regular"),
    ("feedback/labels.toml", "negative", "grim", r"grim: no such key; known are negative, neutral, positive"),
    ("feedback/labels.toml", "neutral = [", "neutral = 1 #", r"neutral: a list of words in quotes is wanted"),
    ("feedback/labels.toml", '"neu"', '"neg"', r"neutral: 'neg' stands in negative already: take one away"),
    ("../templates/words.toml", "\n[und]", "\n[xx]", r"und: a table of words is wanted, \[und\]"),
    ("../templates/words.toml", "^", "gap = 1\n", r"gap: a table of words is wanted, \[gap\]"),
    ("../templates/words.toml", '\ngap = "', "\ngap = 1 #", r"\w+\.gap: a text in quotes is wanted"),
]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], Any]], Result]]:
    """Runs `hub try`, which reads what it is given: what is refused comes out as of every command."""

    def run(action: Callable[[], Any]) -> Result:
        monkeypatch.setattr(cli, "tried", click.Command("try", callback=action), raising=False)
        monkeypatch.setitem(COMMANDS, "try", Command("hub.cli:tried", "Try."))
        return hub("try")

    yield run
    opt_out_words.load.cache_clear()
    load_rules.cache_clear()


@pytest.mark.parametrize(("file", "old", "new", "told"), BROUGHT)
def test_what_is_wrong_in_a_file_of_words_is_one_line_too(
    read: Callable[..., Result], tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    whole = (CONFIG_DIR / file).read_text(encoding="utf-8")
    spoilt = tmp_path / Path(file).name
    assert old == "^" or old in whole
    spoilt.write_text(f"{new}{whole}" if old == "^" else whole.replace(old, new, 1), encoding="utf-8")
    line = one_line(read(lambda: READERS[file](spoilt)))
    assert re.match(rf"{re.escape(str(spoilt))}: {told}", line), line


@pytest.mark.parametrize("file", list(READERS))
@pytest.mark.parametrize("content", [b"[never\n", b"\xff", None], ids=["not TOML", "not UTF-8", "missing"])
def test_a_file_of_words_that_does_not_read_is_named(
    read: Callable[..., Result], tmp_path: Path, file: str, content: bytes | None
) -> None:
    spoilt = tmp_path / Path(file).name
    if content is not None:
        spoilt.write_bytes(content)
    assert one_line(read(lambda: READERS[file](spoilt))).startswith(f"{spoilt}: ")


@pytest.mark.parametrize("file", list(READERS))
def test_a_file_of_words_as_it_is_brought_is_taken(read: Callable[..., Result], file: str) -> None:
    assert read(lambda: READERS[file](CONFIG_DIR / file)).exit_code == 0
