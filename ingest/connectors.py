"""The connectors: every kind of source that calls are read from, by the name it has in the settings; and the
listeners, those of them that send by themselves.
"""

from ingest import follow, post, spool
from ingest.connector import Connector, Listener

CONNECTORS: dict[str, Connector] = {
    "file": follow.CONNECTOR,
    "folder": spool.CONNECTOR,
    "freeswitch_post": post.CONNECTOR,
}
LISTENERS: dict[str, Listener] = {
    "freeswitch_post": post.LISTENER,
}
