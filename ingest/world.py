"""The invented world of the sample: countries and their numbers, switches, accounts, names, habits."""

from typing import NamedTuple


class Country(NamedTuple):
    """A country that is called: the share of calls that are answered there and its ranges of numbers.

    A range is the first digits of an E.164 number without +; each x stands for a digit.
    """

    code: str
    answered: float
    ranges: tuple[str, ...]


# in the order of how much they are called; the numbers follow each country's plan
COUNTRIES = (
    Country("FR", 0.66, ("3314xxxxxxx", "3361xxxxxxx", "3347xxxxxxx")),
    Country("GB", 0.64, ("442079xxxxxx", "44771xxxxxxx", "44161xxxxxxx")),
    Country("DE", 0.65, ("4930xxxxxxxx", "49151xxxxxxxx", "4989xxxxxxxx")),
    Country("US", 0.61, ("1212736xxxx", "1646344xxxx", "1312944xxxx", "1310273xxxx")),
    Country("BE", 0.63, ("3225xxxxxx", "3247xxxxxxx")),
    Country("ES", 0.60, ("3491xxxxxxx", "346xxxxxxxx")),
    Country("IT", 0.59, ("39064xxxxxxx", "39333xxxxxxx")),
    Country("CH", 0.66, ("4144xxxxxxx", "4179xxxxxxx")),
    Country("NL", 0.65, ("3120xxxxxxx", "3161xxxxxxx")),
    Country("MA", 0.48, ("212522xxxxxx", "21266xxxxxxx")),
    Country("PT", 0.60, ("35121xxxxxxx", "35191xxxxxxx")),
    Country("CA", 0.62, ("1416361xxxx", "1514842xxxx", "1604669xxxx")),
    Country("IE", 0.63, ("3531xxxxxxx", "35387xxxxxxx")),
    Country("PL", 0.58, ("4822xxxxxxx", "4860xxxxxxx")),
    Country("DZ", 0.43, ("21321xxxxxx", "213551xxxxxx")),
    Country("AT", 0.64, ("4315xxxxxx", "43664xxxxxxx")),
    Country("LU", 0.66, ("352621xxxxxx",)),
    Country("TN", 0.45, ("21671xxxxxx", "21698xxxxxx")),
    Country("TR", 0.52, ("90212xxxxxxx", "90532xxxxxxx")),
    Country("RO", 0.56, ("4021xxxxxxx", "4072xxxxxxx")),
    Country("IN", 0.44, ("91222xxxxxxx", "9198xxxxxxxx")),
    Country("SE", 0.64, ("468xxxxxxx", "4670xxxxxxx")),
    Country("DK", 0.65, ("45333xxxxx", "45204xxxxx")),
    Country("SN", 0.41, ("221338xxxxxx", "22177xxxxxxx")),
    Country("CI", 0.39, ("22507xxxxxxxx",)),
    Country("NO", 0.64, ("4722xxxxxx", "4790xxxxxx")),
    Country("IL", 0.60, ("9723xxxxxxx", "972545xxxxxx")),
    Country("GR", 0.57, ("30210xxxxxxx", "3069xxxxxxxx")),
    Country("CZ", 0.60, ("4202xxxxxxxx", "420602xxxxxx")),
    Country("AE", 0.55, ("97143xxxxxx", "97150xxxxxxx")),
    Country("HU", 0.59, ("361xxxxxxx", "3620xxxxxxx")),
    Country("FI", 0.63, ("35896xxxxxx", "35840xxxxxxx")),
    Country("UA", 0.50, ("38044xxxxxxx", "38050xxxxxxx")),
    Country("CN", 0.47, ("8610xxxxxxxx", "86138xxxxxxxx")),
    Country("BR", 0.51, ("55113xxxxxxx", "55119xxxxxxxx")),
    Country("CM", 0.37, ("23767xxxxxxx",)),
    Country("EG", 0.42, ("202xxxxxxxx", "2010xxxxxxxx")),
    Country("AU", 0.61, ("612xxxxxxxx", "6141xxxxxxx")),
    Country("JP", 0.60, ("8133xxxxxxx", "81903xxxxxxx")),
    Country("MX", 0.53, ("5255xxxxxxxx",)),
    Country("ZA", 0.54, ("2711xxxxxxx", "2782xxxxxxx")),
    Country("NG", 0.35, ("234803xxxxxxx",)),
    Country("SA", 0.50, ("96611xxxxxxx", "96650xxxxxxx")),
    Country("SG", 0.62, ("656xxxxxxx", "6591xxxxxx")),
    Country("HK", 0.60, ("85225xxxxxx", "85296xxxxxx")),
    Country("AR", 0.52, ("541143xxxxxx",)),
    Country("KZ", 0.46, ("7701xxxxxxx",)),
    Country("JE", 0.66, ("447797xxxxxx",)),
)

# called in a story only, so that a filter by country shows the story and nothing else
FRAUD = (
    Country("SO", 0.94, ("25261xxxxxxx",)),
    Country("CU", 0.94, ("535xxxxxxx",)),
    Country("LV", 0.94, ("37190xxxxxx",)),
)
WANGIRI = (
    Country("KM", 0.9, ("2693xxxxxx",)),
    Country("TD", 0.9, ("2356xxxxxxx",)),
    Country("SL", 0.9, ("23276xxxxxx",)),
)


class Switch(NamedTuple):
    """A switch: where it stands, and the range of its numbers: the account and two digits follow."""

    name: str
    zone: str
    country: str
    numbers: str
    codecs: tuple[str, ...]


SWITCHES = (
    Switch("paris-1", "Europe/Paris", "FR", "33184", ("PCMA", "PCMA", "PCMA", "G722", "OPUS")),
    Switch("london-1", "Europe/London", "GB", "442038", ("PCMA", "PCMA", "G722", "G722", "G729")),
    Switch("frankfurt-1", "Europe/Berlin", "DE", "49692", ("PCMA", "PCMA", "G722", "OPUS", "OPUS")),
    Switch("newyork-1", "America/New_York", "US", "12122", ("PCMU", "PCMU", "PCMU", "OPUS", "G729")),
)

# documentation addresses (RFC 5737): nobody has them
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")


class Habit(NamedTuple):
    """How a kind of customer calls: 24 weights for the hours of a workday and of a weekend day, and the mix.

    `outgoing` and `internal` are shares of calls, `home` is the share of its calls that stays in the country,
    `talk` the median talk time in seconds.
    """

    workday: tuple[int, ...]
    weekend: tuple[int, ...]
    outgoing: float
    internal: float
    home: float
    talk: float


OFFICE = Habit(
    (1, 1, 1, 1, 1, 2, 6, 25, 62, 95, 100, 92, 58, 66, 94, 97, 88, 70, 34, 14, 7, 4, 2, 1),
    (1, 1, 1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 7, 6, 7, 7, 6, 5, 4, 3, 2, 2, 1, 1),
    0.58, 0.10, 0.56, 88.0,
)  # fmt: skip
CENTRE = Habit(
    (2, 1, 1, 1, 2, 4, 12, 40, 80, 96, 100, 97, 84, 86, 95, 97, 94, 90, 82, 70, 48, 26, 10, 4),
    (2, 1, 1, 1, 1, 3, 8, 20, 44, 58, 62, 60, 54, 52, 54, 56, 54, 52, 46, 38, 28, 16, 8, 4),
    0.46, 0.03, 0.82, 150.0,
)  # fmt: skip
PRIVATE = Habit(
    (6, 3, 2, 1, 1, 2, 7, 18, 24, 27, 30, 34, 40, 36, 32, 34, 44, 62, 84, 100, 96, 70, 36, 14),
    (10, 6, 4, 2, 1, 2, 4, 9, 22, 44, 62, 70, 66, 60, 58, 56, 60, 70, 84, 92, 80, 58, 34, 18),
    0.52, 0.0, 0.48, 130.0,
)  # fmt: skip
WHOLESALE = Habit(
    (30, 22, 18, 16, 16, 20, 30, 46, 66, 84, 94, 98, 92, 90, 96, 100, 98, 92, 86, 80, 72, 62, 50, 40),
    (34, 26, 20, 18, 18, 20, 26, 34, 46, 58, 66, 70, 68, 66, 68, 70, 70, 70, 68, 66, 62, 56, 48, 40),
    0.97, 0.0, 0.10, 74.0,
)  # fmt: skip


class Account(NamedTuple):
    """A customer: the name it calls under, its habit, and the number of its switch in SWITCHES."""

    code: str
    name: str
    habit: Habit
    switch: int


# in the order of their size
ACCOUNTS = (
    Account("1000", "Alizé Énergie", OFFICE, 0),
    Account("2000", "Northgate Insurance", CENTRE, 1),
    Account("3000", "Rhein-Main Käserei", OFFICE, 2),
    Account("4000", "Hudson Freight, Inc.", OFFICE, 3),
    Account("1100", "Carrefour des Voix", WHOLESALE, 0),
    Account("2100", "Tamesis Telecom", WHOLESALE, 1),
    Account("1200", "Hôtel du Lac", CENTRE, 0),
    Account("3100", "Müller & Söhne", OFFICE, 2),
    Account("4100", "Brooklyn Homeline", PRIVATE, 3),
    Account("1300", "Mairie de Saint-Éloi", OFFICE, 0),
    Account("2200", "O'Connor Solicitors", OFFICE, 1),
    Account("3200", "Main-Taxi Zentrale", CENTRE, 2),
    Account("1400", "Famille Connectée", PRIVATE, 0),
    Account("4200", "Café Señorita", OFFICE, 3),
    Account("2300", "Thames Homeline", PRIVATE, 1),
    Account("1500", "Garage Lefèvre", OFFICE, 0),
    Account("3300", "Łódź Spedycja", OFFICE, 2),
    Account("4300", 'Radio "Uptown"', CENTRE, 3),
    Account("1600", "Clinique Sainte-Anne", CENTRE, 0),
    Account("2400", "Æther Labs", OFFICE, 1),
    Account("3400", "Zum Grünen Baum", OFFICE, 2),
    Account("1700", "Éditions du Phare", OFFICE, 0),
    Account("2500", "Smith, Smith & Wu", OFFICE, 1),
    Account("4400", "日本書店 NYC", OFFICE, 3),
)

NAMES = (
    "", "", "", "Anna Kowalska", "Zoë Martin", "José García", "François Lemaître", "Smith, John",
    "Søren Østergaard", "Jürgen Groß", "Ngozi Okafor", "Βασιλική Παππά", "Иван Петров", "李伟", "محمد علي",
    'Bob "Bobby" Hall', "Chloé Dubois", "Aoife Murphy", "Ana Conceição", "Đặng Thị Hoa", "WIRELESS CALLER",
    "Lærke Holm", "Mehmet Öztürk", "Priya Natarajan", "Olivier Nguyen", "Marta Núñez", "T. O'Brien",
    "Åsa Lind",
)  # fmt: skip
