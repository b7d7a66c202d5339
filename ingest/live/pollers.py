"""The pollers: every kind of source that is asked for the calls in progress, by the name it has in the
settings.
"""

from ingest.live import ami, esl, kamailio
from ingest.live.poller import Poller

POLLERS: dict[str, Poller] = {
    "freeswitch_esl": esl.POLLER,
    "asterisk_ami": ami.POLLER,
    "kamailio_rpc": kamailio.POLLER,
}
