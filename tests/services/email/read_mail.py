#!/usr/bin/python3
"""read_mail.py - what Python's email package understands of the mail on standard input, as JSON."""
import email
import email.policy
import email.utils
import json
import sys

raw = sys.stdin.buffer.read()
mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
parts = [part for part in mail.walk() if not part.is_multipart()]
# What a reader shows first, and what a plain one shows.
html, text = mail.get_body(("html",)), mail.get_body(("plain",))
lines = raw.split(b"\r\n")
json.dump(
    {
        "defects": [str(d) for p in mail.walk() for d in p.defects] + [str(d) for h in mail.values() for d in h.defects],
        "from": str(mail["From"].addresses[0]),
        "to": [a.addr_spec for a in mail["To"].addresses],
        "subject": str(mail["Subject"]),
        "date": email.utils.parsedate_to_datetime(mail["Date"]).timestamp(),
        "message_id": str(mail["Message-ID"]),
        "headers": sorted(k.lower() for k in mail.keys()),
        "type": mail.get_content_type(),
        "parts": [p.get_content_type() + ";" + p.get_content_charset("") for p in parts],
        "html": html.get_content().replace("\r\n", "\n"),
        "text": text.get_content().replace("\r\n", "\n"),
        "longest": max(map(len, lines)),
        "bare_line_ends": raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"),
        "ascii": raw.isascii(),
        "dots": sum(line.startswith(b".") for line in lines),
    },
    sys.stdout,
)
