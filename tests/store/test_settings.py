"""Settings come from the environment, a file and defaults; what is unknown or wrong is refused by name."""

from pathlib import Path
from zoneinfo import ZoneInfo

import platformdirs
import pytest
from pydantic import SecretStr

from store.errors import SettingsError
from store.meanings import ABOUT
from store.setting_tables import OidcSettings, PrivacySettings
from store.settings import Settings, SwitchSettings, describe, load

Variables = dict[str, str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory and an empty config folder of the user."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def complaint() -> str:
    """What `load` refuses, in its words."""
    with pytest.raises(SettingsError) as caught:
        load()
    return str(caught.value)


def test_without_anything_the_defaults_count() -> None:
    settings = load()
    assert settings.data == platformdirs.user_data_path("cdr-stats", appauthor=False)
    assert (settings.mongo_uri, settings.database) == (None, "cdr_stats")
    assert (settings.address, settings.port) == ("127.0.0.1", 5006)
    assert (settings.zone, settings.query_seconds) == ("UTC", 2.0)
    assert 256 <= settings.mongo_cache_mb <= 4096
    assert (settings.websocket_origins, settings.switches) == ([], {})


ACCEPTED: list[tuple[Variables, str, object]] = [
    # A number is read from its digits.
    ({"CDR_STATS_PORT": "80"}, "port", 80),
    # An empty variable is as good as none.
    ({"CDR_STATS_PORT": ""}, "port", 5006),
    # A list is written with commas,
    (
        {"CDR_STATS_WEBSOCKET_ORIGINS": "a.example, b.example:443"},
        "websocket_origins",
        ["a.example", "b.example:443"],
    ),
    # or as JSON.
    ({"CDR_STATS_WEBSOCKET_ORIGINS": '["a.example"]'}, "websocket_origins", ["a.example"]),
    # A folder may begin with the home folder.
    ({"CDR_STATS_DATA": "~/calls"}, "data", Path.home() / "calls"),
    # A relative folder is the working directory's.
    ({"CDR_STATS_DATA": "calls"}, "data", Path("calls")),
    # A switch's settings are parts of a name; the switch's own name is in lower case then.
    (
        {
            "CDR_STATS_SWITCHES__PBX__REMOVE_PREFIXES": "+,9,77#",
            "CDR_STATS_SWITCHES__PBX__LOCAL_COUNTRY": "FR",
        },
        "switches",
        {"pbx": SwitchSettings(remove_prefixes=("+", "9", "77#"), local_country="FR")},
    ),
    # All switches may stand in one variable as JSON, and a single variable adds to it.
    (
        {"CDR_STATS_SWITCHES": '{"a": {"zone": "Asia/Tokyo"}}', "CDR_STATS_SWITCHES__B__TRUNK_PREFIX": "8"},
        "switches",
        {"a": SwitchSettings(zone="Asia/Tokyo"), "b": SwitchSettings(trunk_prefix="8")},
    ),
    # An address with its password stays a secret.
    ({"CDR_STATS_MONGO_URI": "mongodb://a:b@c/"}, "mongo_uri", SecretStr("mongodb://a:b@c/")),
]


@pytest.mark.parametrize(("variables", "name", "value"), ACCEPTED)
def test_the_environment_gives_settings(
    variables: Variables, name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, text in variables.items():
        monkeypatch.setenv(variable, text)
    if isinstance(value, Path):
        value = value.absolute()
    assert getattr(load(), name) == value


PORT = "The setting port (environment variable CDR_STATS_PORT) must be a whole number from 0 to 65535"

REFUSED: list[tuple[str, str, str]] = [
    # A name with a slip is answered with the right one.
    (
        "CDR_STATS_PROT",
        "1",
        "The environment variable CDR_STATS_PROT is no setting; did you mean CDR_STATS_PORT?",
    ),
    # A plain setting has no parts.
    (
        "CDR_STATS_ZONE__X",
        "UTC",
        "The environment variable CDR_STATS_ZONE__X is no setting; did you mean CDR_STATS_ZONE?",
    ),
    # A switch's setting with a slip is found as well.
    (
        "CDR_STATS_SWITCHES__PBX__ZOEN",
        "UTC",
        "The setting switches.pbx.zoen (environment variable CDR_STATS_SWITCHES__PBX__ZOEN) is unknown; "
        "did you mean zone?",
    ),
    # Not a number.
    (
        "CDR_STATS_PORT",
        "web",
        f"{PORT}, not 'web'.",
    ),
    # Out of range.
    (
        "CDR_STATS_PORT",
        "65536",
        f"{PORT}, not '65536'.",
    ),
    # Not a number either, though Python takes it for one.
    (
        "CDR_STATS_QUERY_SECONDS",
        "nan",
        "The setting query_seconds (environment variable CDR_STATS_QUERY_SECONDS) "
        "must be a number of seconds above 0, up to 3600, not 'nan'.",
    ),
    # A zone that does not exist,
    (
        "CDR_STATS_ZONE",
        "Mars/Olympus",
        "The setting zone (environment variable CDR_STATS_ZONE) must be an IANA time zone such as UTC or "
        "Europe/Berlin, not 'Mars/Olympus'.",
    ),
    # a folder of zones,
    (
        "CDR_STATS_ZONE",
        "America",
        "The setting zone (environment variable CDR_STATS_ZONE) must be an IANA time zone such as UTC or "
        "Europe/Berlin, not 'America'.",
    ),
    # and a file that is none of them.
    (
        "CDR_STATS_ZONE",
        "../../../etc/passwd",
        "The setting zone (environment variable CDR_STATS_ZONE) must be an IANA time zone such as UTC or "
        "Europe/Berlin, not '../../../etc/passwd'.",
    ),
    # MongoDB would refuse this name much later.
    (
        "CDR_STATS_DATABASE",
        "my calls",
        "The setting database (environment variable CDR_STATS_DATABASE) "
        "must be up to 38 letters, digits, - and _, not 'my calls'.",
    ),
    # What may hold a password is never shown.
    (
        "CDR_STATS_MONGO_URI",
        "user:hunter2@host",
        "The setting mongo_uri (environment variable CDR_STATS_MONGO_URI) must be an address such as "
        "mongodb://user:password@host:27017/?replicaSet=rs0.",
    ),
    # One of several prefixes is wrong.
    (
        "CDR_STATS_SWITCHES__PBX__REMOVE_PREFIXES",
        "+,nine",
        "The setting switches.pbx.remove_prefixes "
        "(environment variable CDR_STATS_SWITCHES__PBX__REMOVE_PREFIXES) "
        "must be a list of prefixes, each of digits, * and #, perhaps after a +, not 'nine'.",
    ),
    # A country by its name.
    (
        "CDR_STATS_SWITCHES__PBX__LOCAL_COUNTRY",
        "France",
        "The setting switches.pbx.local_country "
        "(environment variable CDR_STATS_SWITCHES__PBX__LOCAL_COUNTRY) "
        "must be a country's two letter code such as FR, not 'France'.",
    ),
    # Two letters that are no country's.
    (
        "CDR_STATS_SWITCHES__PBX__LOCAL_COUNTRY",
        "UK",
        "The setting switches.pbx.local_country "
        "(environment variable CDR_STATS_SWITCHES__PBX__LOCAL_COUNTRY) "
        "must be a country's two letter code such as FR, not 'UK'.",
    ),
    # Half a JSON text.
    (
        "CDR_STATS_SWITCHES",
        "{",
        "CDR_STATS_SWITCHES is not JSON; rather set CDR_STATS_SWITCHES__NAME__ZONE and so on.",
    ),
    # A value so long that only its beginning is shown.
    (
        "CDR_STATS_PORT",
        "9" * 1000,
        f"{PORT}, not '{'9' * 59}....",
    ),
    # A settings file that is not there.
    (
        "CDR_STATS_CONFIG",
        "/nowhere/cdr-stats.toml",
        "The environment variable CDR_STATS_CONFIG names /nowhere/cdr-stats.toml, which is not a file.",
    ),
]


@pytest.mark.parametrize(("variable", "text", "words"), REFUSED)
def test_a_wrong_variable_is_refused_by_name(
    variable: str, text: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    assert complaint() == words


def test_a_name_that_resembles_nothing_is_answered_with_all_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDR_STATS_QQQQ", "1")
    words = complaint()
    assert words.startswith(
        "The environment variable CDR_STATS_QQQQ is no setting; there are CDR_STATS_ADDRESS, "
    )
    assert "CDR_STATS_ZONE" in words


WRONG_FILES: list[tuple[bytes, str]] = [
    # A key with a slip.
    (b"prot = 1", "The setting prot (in the file cdr-stats.toml) is unknown; did you mean port?"),
    # A switch's key with a slip.
    (
        b"[switches.pbx]\nlocal_contry = 'FR'",
        "The setting switches.pbx.local_contry (in the file cdr-stats.toml) is unknown; "
        "did you mean local_country?",
    ),
    # A word where a number belongs.
    (
        b"port = 'web'",
        "The setting port (in the file cdr-stats.toml) must be a whole number from 0 to 65535, not 'web'.",
    ),
    # A number where tables belong.
    (
        b"switches = 5",
        "The setting switches (in the file cdr-stats.toml) "
        "must be a table for each switch: [switches.NAME], not 5.",
    ),
    # A number where one switch's table belongs.
    (
        b"[switches]\npbx = 5",
        "The setting switches.pbx (in the file cdr-stats.toml) "
        "must be a table for each switch: [switches.NAME], not 5.",
    ),
    # Not TOML; the place is told.
    (
        b"port = ",
        "The settings file cdr-stats.toml is not TOML: Invalid value (at end of document).",
    ),
    # Not even text.
    (b"zone = '\xff'", "The settings file cdr-stats.toml is not UTF-8 text."),
]


@pytest.mark.parametrize(("content", "words"), WRONG_FILES)
def test_a_wrong_file_is_refused_with_the_place(content: bytes, words: str, folder: Path) -> None:
    (folder / "cdr-stats.toml").write_bytes(content)
    assert complaint() == words


def test_arguments_win_over_the_environment_and_that_over_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "cdr-stats.toml").write_text("port = 1\nzone = 'Asia/Tokyo'\naddress = '::1'")
    monkeypatch.setenv("CDR_STATS_PORT", "2")
    monkeypatch.setenv("CDR_STATS_ZONE", "Europe/Paris")
    settings = load(port=3)
    assert (settings.port, settings.zone, settings.address) == (3, "Europe/Paris", "::1")


def test_one_switch_may_stand_half_in_the_file_and_half_in_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "cdr-stats.toml").write_text("[switches.pbx]\nlocal_country = 'GB'")
    monkeypatch.setenv("CDR_STATS_SWITCHES__PBX__ZONE", "Europe/London")
    assert load().switches == {"pbx": SwitchSettings(local_country="GB", zone="Europe/London")}


def test_the_named_file_wins_over_the_folders_and_that_over_the_users(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = folder / "config" / "cdr-stats"
    user.mkdir(parents=True)
    ports = []
    for port, path in (
        (1, user / "cdr-stats.toml"),
        (2, folder / "cdr-stats.toml"),
        (3, folder / "other.toml"),
    ):
        path.write_text(f"port = {port}")
        if port == 3:
            monkeypatch.setenv("CDR_STATS_CONFIG", str(path))
        ports.append(load().port)
    assert ports == [1, 2, 3]


def test_an_argument_that_is_wrong_is_said_to_be_given() -> None:
    with pytest.raises(
        SettingsError, match=r"The setting port \(given to the program\) must be a whole number"
    ):
        load(port=-1)


def test_a_password_is_in_no_text_of_the_settings() -> None:
    settings = load(mongo_uri="mongodb://user:hunter2@host/")
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_each_setting_is_described_once_with_its_meaning() -> None:
    rows = list(describe())
    models = (Settings, PrivacySettings, OidcSettings, SwitchSettings)
    assert len(rows) == len(ABOUT) == sum(len(model.model_fields) for model in models)
    assert all(meaning for *_, meaning in rows)
    assert ("port", "5006", "CDR_STATS_PORT", "port of the web server; 0 takes a free one") in rows


def test_the_default_zone_is_there_on_every_machine() -> None:
    assert ZoneInfo(load().zone).key == "UTC"
