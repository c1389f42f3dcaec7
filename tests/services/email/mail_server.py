#!/usr/bin/python3
"""mail_server.py - a mail server that does what the recipient's name says; prints its port, then what it took.

nobody@... 550 to the recipient; typo@... 501; greylisted@... 451; spam@... 554 to the letter; full@... 452; mute@... hangs
up in the middle; slow@... takes its time. Everybody else's mail is accepted. A line of JSON for each mail that was taken:
whom it was for, its bytes, how many others were being taken at that time, over how many connections all came so far.
"""
import asyncio
import json
import os

from aiosmtpd.smtp import SMTP

RECIPIENTS = {"nobody": "550 no such user", "typo": "501 bad address", "greylisted": "451 come back"}
LETTERS = {"spam": "554 no, thanks", "full": "452 no room"}


class Handler:
    busy = peak = connections = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = RECIPIENTS.get(address.split("@")[0])
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "mute":
            server.transport.abort()
        self.busy += 1
        self.peak = max(self.peak, self.busy)
        await asyncio.sleep(0.05 if name == "slow" else 0)
        self.busy -= 1
        if name not in LETTERS:
            print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "data": envelope.content.decode(),
                              "peak": self.peak, "connections": self.connections}), flush=True)
        return LETTERS.get(name, "250 OK")


async def main():
    handler = Handler()

    def connected():
        handler.connections += 1
        return SMTP(handler, enable_SMTPUTF8=False, hostname="test")

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    parent = os.getppid()
    while os.getppid() == parent:  # the test may end without a word
        await asyncio.sleep(0.2)


asyncio.run(main())
