"""The connectors: every kind of source that calls are read from, by the name it has in the settings."""

from ingest import follow
from ingest.connector import Connector

CONNECTORS: dict[str, Connector] = {
    "file": follow.CONNECTOR,
}
