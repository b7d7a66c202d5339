"""What can go wrong, each said in one sentence that the command line prints and a page shows."""


class CdrStatsError(Exception):
    """The base of all: its text says what is wrong, where, and how to mend it."""


class SettingsError(CdrStatsError):
    """A setting is unknown, malformed or out of range."""


class StoreError(CdrStatsError):
    """The database cannot be started, reached or used."""


class QueryError(CdrStatsError):
    """A question cannot be answered from what is kept."""


class QueryTimeout(CdrStatsError):
    """A query hit its time limit; a narrower one may not."""


class ImportProblem(CdrStatsError):
    """A source cannot be read as a whole; a single bad record is a `Reject` instead."""


class NoCalls(ImportProblem):
    """A file is known, and has no calls by design."""
