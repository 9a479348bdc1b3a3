"""The address the hub listens on, tried before anything is written: who cannot have it is told so in one line."""

from __future__ import annotations

import errno
import os
import socket

from hub.errors import Conflict
from hub.rules.rule import Rule
from hub.settings.settings import HubSettings


def demand_port(hub: HubSettings) -> None:
    """Raises Conflict where nothing can listen there."""
    try:
        family = socket.getaddrinfo(hub.host, hub.port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((hub.host, hub.port), family=family).close()
    except OSError as error:
        raise port_refusal(hub, error) from None


def port_refusal(hub: HubSettings, error: OSError) -> Conflict:
    """What an address is refused for, by what the system said of it."""
    match error.errno:
        case errno.EADDRINUSE:
            key, remedy = "port", "name another in FENGHUO_HUB__PORT, or stop who listens there"
        case errno.EACCES | errno.EPERM:
            key, remedy = "port", "name one from 1024 up, or let this user have it"
        case _:  # no such name, or no address of this machine
            key, remedy = "host", "name an address of this machine in FENGHUO_HUB__HOST"
    resolving = isinstance(error, socket.gaierror)  # its numbers are not the system's
    why = (error.strerror if resolving or not error.errno else os.strerror(error.errno)) or "cannot be listened on"
    return Conflict(f"{hub.host}:{hub.port}: {why.lower()}", rule=Rule.PORT_TAKEN, place=f"hub.{key}", remedy=remedy)
