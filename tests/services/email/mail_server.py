#!/usr/bin/python3
"""mail_server.py - a mail server that does what the recipient's name says; prints its port, then what it took.

nobody@... 550 to the recipient; typo@... 501; greylisted@... 451; spam@... 554 to the letter; full@... 452; mute@... hangs
up in the middle; slow@... takes its time. Everybody else's mail is accepted. A line of JSON for each mail that was taken:
whom it was for, its bytes, how many others were being taken at that time, over how many connections all came so far, whether
it came over TLS, and who had logged in.

    mail_server.py               no TLS
    mail_server.py FOLDER        offers STARTTLS, with a certificate for 127.0.0.1 of its own, written to FOLDER/certificate.pem
    mail_server.py FOLDER login  takes mails only from ada, whose password is "lovelace", and only over TLS
"""
import asyncio
import json
import logging
import os
import ssl
import subprocess
import sys
import warnings

from aiosmtpd.smtp import AuthResult, SMTP

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
                              "peak": self.peak, "connections": self.connections, "tls": session.ssl is not None,
                              "user": session.auth_data.login.decode() if session.auth_data else None}), flush=True)
        return LETTERS.get(name, "250 OK")


def tls_of(folder):
    certificate, key = f"{folder}/certificate.pem", f"{folder}/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
                    "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return {"tls_context": context}


def check_login(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"ada", b"lovelace"), handled=False, auth_data=data)


async def main():
    logging.disable()  # a client that hangs up is no news here
    warnings.simplefilter("ignore")
    handler = Handler()
    options = tls_of(sys.argv[1]) if len(sys.argv) > 1 else {}
    if sys.argv[2:] == ["login"]:
        options |= {"auth_required": True, "auth_require_tls": True, "authenticator": check_login}

    def connected():
        handler.connections += 1
        return SMTP(handler, enable_SMTPUTF8=False, hostname="test", **options)

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    parent = os.getppid()
    while os.getppid() == parent:  # the test may end without a word
        await asyncio.sleep(0.2)


asyncio.run(main())
