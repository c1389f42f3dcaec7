"""cutter.py - stands in front of Postgres, hands everything on, and cuts a connection between COMMIT and its answer.

The client's bytes are looked through for a COMMIT in the wire protocol's messages: the simple query (Q) and, for prepared and
pipelined ones, the text of Parse (P) or the name "commit" in Bind (B). What was read goes on to the server first; then both ends are closed unread, so that
nobody is told what became of it.
"""
import re
import socket
import threading
import time

COMMIT = re.compile(rb"(?:Q....|P....[^\0]*\0)\s*COMMIT\b|B....\0commit\0", re.S | re.I)


class Cutter:
    def __init__(self, upstream, times):
        self.upstream, self.left, self.cut = upstream, times, 0
        self.lock, self.open = threading.Lock(), set()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.upstream))
            except OSError:  # Postgres is away at the moment
                client.close()
                continue
            self.open |= {client, server}
            threading.Thread(target=self.up, args=(client, server), daemon=True).start()
            threading.Thread(target=self.down, args=(client, server), daemon=True).start()

    def up(self, client, server):
        self.carry(client, server, self.cuts)

    def down(self, client, server):
        self.carry(server, client, lambda _: False)

    def carry(self, source, target, ends):
        try:
            while data := source.recv(65536):
                if ends(data):
                    self.swallow(source, target, data)
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            shut(end)

    def cuts(self, data):
        if not COMMIT.search(data):
            return False
        with self.lock:
            self.left -= 1
            self.cut += self.left >= 0
            return self.left >= 0

    @staticmethod
    def swallow(client, server, data):
        """The client's end first, so that no answer gets through; then COMMIT goes on, and the server has its time for it."""
        shut(client)
        server.sendall(data)
        time.sleep(0.3)

    def close(self):
        """How many were cut."""
        shut(self.door)
        self.door.close()
        for end in list(self.open):
            shut(end)
        return self.cut


def shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
