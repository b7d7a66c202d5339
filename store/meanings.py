"""What each setting means and may be, in words: for the page of the settings, the README, and the sentence
about a wrong one.
"""

from store.sentence import mark

OIDC: dict[str, tuple[str, str]] = {
    "oidc": (mark("who lets people in from elsewhere, by OpenID Connect"), "a table: [oidc]"),
    "oidc.issuer": (
        mark(
            "address of the OpenID Connect provider, which lets people in beside the passwords of CDR-Stats"
        ),
        "an address that begins with https://",
    ),
    "oidc.client_id": (mark("id of CDR-Stats at the provider"), "a text"),
    "oidc.client_secret": (mark("secret of CDR-Stats at the provider, where it has one"), "a text"),
    "oidc.label": (mark("what stands on the button of the login page, behind Log in with"), "a text"),
    "oidc.scopes": (mark("what the provider is asked for"), "a list of words, openid among them"),
    "oidc.name_claim": (mark("claim that has the name to log in with"), "a text"),
    "oidc.groups_claim": (mark("claim that has the groups of a person"), "a text"),
    "oidc.accounts_claim": (mark("claim that has the account codes of a person, if there is one"), "a text"),
    "oidc.groups": (
        mark(
            "what each group of the provider is here: [oidc.groups.NAME] with role, rights, accounts, "
            "switches"
        ),
        "a table for each group: [oidc.groups.NAME]",
    ),
}
PREFIXES = "a list of prefixes, each of digits, * and #, perhaps after a +"
COUNTRY = "a country's two letter code such as FR"

ABOUT: dict[str, tuple[str, str]] = {
    "data": (mark("data folder of the embedded database"), "a folder"),
    "mongo_uri": (
        mark("address of a MongoDB of your own instead: a replica set or a sharded cluster"),
        "an address such as mongodb://user:password@host:27017/?replicaSet=rs0",
    ),
    "database": (mark("name of the database in MongoDB"), "up to 38 letters, digits, - and _"),
    "mongo_cache_mb": (mark("cache of the embedded database, in MB"), "a whole number from 256 to 1000000"),
    "address": (mark("address that the web server listens on"), "an IP address or a host name"),
    "port": (mark("port of the web server; 0 takes a free one"), "a whole number from 0 to 65535"),
    "zone": (mark("time zone in which times are shown"), "an IANA time zone such as UTC or Europe/Berlin"),
    "query_seconds": (mark("longest time that a query may take"), "a number of seconds above 0, up to 3600"),
    "websocket_origins": (
        mark("further hosts under which browsers reach the web server, beside that of public_url"),
        "a list of host names",
    ),
    "source_folders": (
        mark("folders below which sources of the pages and of the REST API read files; none for any"),
        "a list of folders",
    ),
    "retention_days": (
        mark("days for which records are kept at least, by whole months; 0 for ever, as the sums always are"),
        "a whole number from 0 to 36500",
    ),
    "secret_key": (
        mark("key that encrypts the sources' passwords"),
        "44 characters, as `openssl rand -base64 32` gives",
    ),
    "mail_host": (
        mark("mail server that letters are given to; without one they wait"),
        "a host name, or nothing",
    ),
    "mail_port": (mark("port of the mail server"), "a whole number from 1 to 65535"),
    "mail_security": (
        mark("how the mail server is spoken to: `starttls`, `tls` from the first byte on, or `none`"),
        "one of none, starttls and tls",
    ),
    "mail_user": (mark("user name at the mail server, where it asks for one"), "a text"),
    "mail_password": (mark("password at the mail server"), "a text"),
    "mail_sender": (
        mark("address that letters come from"),
        "an e-mail address such as cdr-stats@example.org",
    ),
    "mail_admins": (mark("who is told when a job fails"), "a list of e-mail addresses"),
    "login": (
        mark(
            "whether people have to log in; without it whoever reaches the address sees and changes "
            "everything"
        ),
        "true or false",
    ),
    "api_per_minute": (
        mark("requests to the REST API that a user may make in a minute, and three times as many an address"),
        "a whole number from 1 to 1000000",
    ),
    "public_url": (
        mark("address under which browsers reach the pages, for the links in letters"),
        "an address such as https://cdr.example.org",
    ),
    "privacy": (mark("how much of numbers people see"), "a table: [privacy]"),
    "privacy.admin": (
        mark("last digits of numbers that admins see; all without it"),
        "a whole number from 0 to 9",
    ),
    "privacy.staff": (
        mark("last digits of numbers that staff see; all without it"),
        "a whole number from 0 to 9",
    ),
    "privacy.customer": (
        mark("last digits of numbers that customers see; all without it"),
        "a whole number from 0 to 9",
    ),
    **OIDC,
    "sources": (mark("where calls come from by themselves"), "a table for each source: [sources.NAME]"),
    "switches": (
        mark("how each switch writes times and numbers"),
        "a table for each switch: [switches.NAME]",
    ),
    "switches.zone": (
        mark("zone of its times that name none"),
        "an IANA time zone such as UTC or Europe/Berlin",
    ),
    "switches.local_country": (mark("country of its local numbers"), COUNTRY),
    "switches.remove_prefixes": (mark("prefixes that it puts before numbers"), PREFIXES),
    "switches.international_prefixes": (mark("prefixes that a country code follows"), PREFIXES),
    "switches.trunk_prefix": (
        mark("national prefix, taken off a local number"),
        "up to 16 digits, or nothing",
    ),
    "switches.internal_max_digits": (
        mark("numbers up to this length are internal"),
        "a whole number from 0 to 15",
    ),
    "switches.local_max_digits": (mark("numbers up to this length are local"), "a whole number from 0 to 15"),
}
"""Each setting, as `table.name` where it is of a table: what it means, and what it may be."""
COMPUTED = {
    "data": mark("the user's data folder"),
    "secret_key": mark("made in the data folder"),
    "mongo_cache_mb": mark("an eighth of the memory, 256 to 4096"),
}
"""Defaults that are found out when the program starts."""
