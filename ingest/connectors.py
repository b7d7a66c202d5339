"""The connectors: every kind of source that calls are read from, by the name it has in the settings."""

from ingest import cdr_stats_2, follow, freeswitch_mongo, kamailio, post, spool, tables
from ingest.connector import Connector

CONNECTORS: dict[str, Connector] = {
    "file": follow.CONNECTOR,
    "folder": spool.CONNECTOR,
    "freeswitch_post": post.CONNECTOR,
    **{kind: tables.connector(kind) for kind in tables.PRESETS},
    "kamailio_sql": kamailio.SQL,
    "kamailio_mongodb": kamailio.MONGO,
    "freeswitch_mongodb": freeswitch_mongo.CONNECTOR,
    "cdr_stats_2": cdr_stats_2.CONNECTOR,
}
