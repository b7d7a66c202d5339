"""Rows as Cisco CUCM writes them, for the tests: a call of Alice's to Paris, of which a test changes what it
is about. The names are those of the releases, in their order; what none of our rows fills is empty.
"""

import csv
from io import StringIO

CMR = (
    "cdrRecordType,globalCallID_callManagerId,globalCallID_callId,nodeId,directoryNum,callIdentifier,"
    "dateTimeStamp,numberPacketsSent\nINTEGER,INTEGER,INTEGER,INTEGER,VARCHAR(50),INTEGER,INTEGER,INTEGER\n"
    "2,1,1549027,2,11335,36951877,1593545181,119316\n"
)
"""A file of how well calls sounded."""

FIRST_NAMES = """
cdrRecordType globalCallID_callManagerId globalCallID_callId origLegCallIdentifier dateTimeOrigination
origNodeId origSpan origIpAddr callingPartyNumber callingPartyUnicodeLoginUserID origCause_location
origCause_value origPrecedenceLevel origMediaTransportAddress_IP origMediaTransportAddress_Port
origMediaCap_payloadCapability origMediaCap_maxFramesPerPacket origMediaCap_g723BitRate
origVideoCap_Codec origVideoCap_Bandwidth origVideoCap_Resolution origVideoTransportAddress_IP
origVideoTransportAddress_Port origRSVPAudioStat origRSVPVideoStat destLegIdentifier destNodeId destSpan
destIpAddr originalCalledPartyNumber finalCalledPartyNumber finalCalledPartyUnicodeLoginUserID
destCause_location destCause_value destPrecedenceLevel destMediaTransportAddress_IP
destMediaTransportAddress_Port destMediaCap_payloadCapability destMediaCap_maxFramesPerPacket
destMediaCap_g723BitRate destVideoCap_Codec destVideoCap_Bandwidth destVideoCap_Resolution
destVideoTransportAddress_IP destVideoTransportAddress_Port destRSVPAudioStat destRSVPVideoStat
dateTimeConnect dateTimeDisconnect lastRedirectDn pkid originalCalledPartyNumberPartition
callingPartyNumberPartition finalCalledPartyNumberPartition lastRedirectDnPartition duration
"""
FIRST = FIRST_NAMES.split()
NEXT_NAMES = """
origDeviceName destDeviceName origCallTerminationOnBehalfOf destCallTerminationOnBehalfOf
origCalledPartyRedirectOnBehalfOf lastRedirectRedirectOnBehalfOf origCalledPartyRedirectReason
lastRedirectRedirectReason destConversationId globalCallId_ClusterID joinOnBehalfOf comment
authCodeDescription authorizationLevel clientMatterCode origDTMFMethod destDTMFMethod callSecuredStatus
origConversationId origMediaCap_Bandwidth destMediaCap_Bandwidth authorizationCodeValue
outpulsedCallingPartyNumber outpulsedCalledPartyNumber origIpv4v6Addr destIpv4v6Addr
"""
NEXT = NEXT_NAMES.split()
RELEASES = {
    "4.1": [name for name in FIRST if not name.endswith("RSVPVideoStat")],
    "6.1": [*FIRST, *NEXT[:21]],
    "9.1": [*FIRST, *NEXT, *(f"channel2_{number}" for number in range(12))],
    "12.5": [*FIRST, *NEXT, *(f"later_{number}" for number in range(47))],
}
"""The columns of some releases: 54, 77, 94 and 129."""
TEXT_NAMES = """
callingPartyNumber callingPartyUnicodeLoginUserID originalCalledPartyNumber finalCalledPartyNumber
lastRedirectDn pkid origDeviceName destDeviceName globalCallId_ClusterID clientMatterCode
authCodeDescription
"""
TEXTS = frozenset(TEXT_NAMES.split())

ALICE = {
    "cdrRecordType": "1", "globalCallID_callManagerId": "2", "globalCallID_callId": "28377",
    "origLegCallIdentifier": "36951964", "destLegIdentifier": "36951967", "dateTimeOrigination": "1793696400",
    "dateTimeConnect": "1793696407", "dateTimeDisconnect": "1793696527", "duration": "120",
    "origIpAddr": "152200202", "origMediaTransportAddress_IP": "152200202",
    "destMediaTransportAddress_IP": "-1407449942", "callingPartyNumber": "101",
    "callingPartyUnicodeLoginUserID": "alice", "originalCalledPartyNumber": "0033142685300",
    "finalCalledPartyNumber": "0033142685300", "origCause_value": "0", "destCause_value": "16",
    "origMediaCap_payloadCapability": "2", "destMediaCap_payloadCapability": "11",
    "pkid": "dd934380-4391-409e-82bc-7d71ce4e8bd3", "origDeviceName": "SEP001122334455",
    "destDeviceName": "sip-trunk", "globalCallId_ClusterID": "StandAloneCluster", "clientMatterCode": "1000",
}  # fmt: skip


def names(release: str = "12.5", quoted: bool = True) -> str:
    """The row of names."""
    return _line(RELEASES[release], quoted)


def types(release: str = "12.5", quoted: bool = False) -> str:
    """The row of types."""
    found = ["VARCHAR(50)" if name in TEXTS else "INTEGER" for name in RELEASES[release]]
    return _line(["UNIQUEIDENTIFIER" if name == "pkid" else found[at]
                  for at, name in enumerate(RELEASES[release])], quoted)  # fmt: skip


def row(release: str = "12.5", quoted: bool = True, **changed: str) -> str:
    """A row of that release; texts are quoted as newer releases do, or nothing is."""
    told = ALICE | changed
    line = StringIO()
    writer = csv.writer(
        line, quoting=csv.QUOTE_NONNUMERIC if quoted else csv.QUOTE_MINIMAL, lineterminator=""
    )
    cells = [told.get(name, "") for name in RELEASES[release]]
    writer.writerow([int(cell) if cell.lstrip("-").isdecimal() and name not in TEXTS else cell
                     for name, cell in zip(RELEASES[release], cells, strict=True)])  # fmt: skip
    return line.getvalue()


def _line(cells: list[str], quoted: bool) -> str:
    return ",".join(f'"{cell}"' if quoted else cell for cell in cells)
