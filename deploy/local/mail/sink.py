#!/usr/bin/python3
"""sink.py - the stack's mail server: takes every mail into a Maildir and sends none on, but refuses some recipients, and speaks TLS.

refused@..., refused+anything@...   never taken (550): what a mistyped or closed mailbox answers
later@..., later+anything@...       not taken at the first two attempts (451), as a greylisting server does; each address counts for itself
"""

import asyncio
import os
import signal
import ssl
import sys

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP

ATTEMPTS_PUT_OFF = 2


class Sink(Mailbox):
    """What is done with each recipient; Mailbox keeps the mails themselves."""

    def __init__(self, folder):
        for part in ("tmp", "new", "cur"):  # Maildir makes them in a folder that is not there; a volume is there, and empty
            os.makedirs(os.path.join(folder, part), exist_ok=True)
        super().__init__(folder)
        self.attempts = {}

    async def handle_RCPT(self, _server, _session, envelope, address, options):
        name = address.partition("@")[0].partition("+")[0].lower()
        if name == "refused":
            return "550 5.1.1 Nobody of that name lives here"
        if name == "later":
            self.attempts[address] = self.attempts.get(address, 0) + 1
            if self.attempts[address] <= ATTEMPTS_PUT_OFF:
                return "451 4.7.1 Come again in a moment"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"


async def main(port, folder, certificate, key, address="127.0.0.1"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    sink, loop, stop = Sink(folder), asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await loop.create_server(lambda: SMTP(sink, tls_context=context, hostname="localhost", loop=loop), address, int(port))
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
