"""The words of CAP: namespaces, the order of elements, and the closed lists of values (CAP 1.2 §3.2, §3.4)."""

from __future__ import annotations

CAP_12 = "urn:oasis:names:tc:emergency:cap:1.2"
VERSIONS = {
    CAP_12: "1.2",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "http://www.incident.com/cap/1.0": "1.0",
}
XML_DSIG = "http://www.w3.org/2000/09/xmldsig#"

CATEGORIES = (
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other",
)  # fmt: skip
RESPONSE_TYPES = ("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None")
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")

# RFC 6838 §4.2 and the IANA registry of top-level media types.
MEDIA_TYPES = (
    "application", "audio", "example", "font", "haptics", "image", "message", "model", "multipart", "text", "video",
)  # fmt: skip

# The order of the children (xs:sequence); a name maps to whether it may repeat.
ALERT_CHILDREN = {
    "identifier": False,
    "sender": False,
    "sent": False,
    "status": False,
    "msgType": False,
    "source": False,
    "scope": False,
    "restriction": False,
    "addresses": False,
    "code": True,
    "note": False,
    "references": False,
    "incidents": False,
    "info": True,
}
INFO_CHILDREN = {
    "language": False,
    "category": True,
    "event": False,
    "responseType": True,
    "urgency": False,
    "severity": False,
    "certainty": False,
    "audience": False,
    "eventCode": True,
    "effective": False,
    "onset": False,
    "expires": False,
    "senderName": False,
    "headline": False,
    "description": False,
    "instruction": False,
    "web": False,
    "contact": False,
    "parameter": True,
    "resource": True,
    "area": True,
}
RESOURCE_CHILDREN = {
    "resourceDesc": False,
    "mimeType": False,
    "size": False,
    "uri": False,
    "derefUri": False,
    "digest": False,
}
AREA_CHILDREN = {
    "areaDesc": False,
    "polygon": True,
    "circle": True,
    "geocode": True,
    "altitude": False,
    "ceiling": False,
}
PAIR_CHILDREN = {"valueName": False, "value": False}

# CAP 1.0 had `password` (dropped in 1.1); it is skipped and never kept.
DROPPED_CHILDREN = frozenset({"password"})
