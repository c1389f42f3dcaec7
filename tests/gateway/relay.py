"""relay.py - stands between one process and Kafka, and holds answers back, whole ones, as a test says.

The broker names its own address to who asks; the relay writes its own in there, so that everything goes through it."""
import collections
import socket
import struct
import threading

PRODUCE, FETCH = 0, 1


def frames(connection):
    """The messages of one direction, without their length."""
    kept = b""
    while True:
        while len(kept) < 4 or len(kept) < 4 + struct.unpack(">i", kept[:4])[0]:
            try:
                more = connection.recv(65536)
            except OSError:
                return
            if not more:
                return
            kept += more
        size = 4 + struct.unpack(">i", kept[:4])[0]
        yield kept[4:size]
        kept = kept[size:]


class Relay:
    """Until close. What hold is told to hold waits, and what follows it on its connection, until let_go."""

    def __init__(self, broker):
        host, port = broker.split(":")
        self.broker, self.listener = (host, int(port)), socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.theirs = host.encode() + struct.pack(">i", self.broker[1])
        self.ours = b"127.0.0.1" + struct.pack(">i", self.listener.getsockname()[1])
        self.open, self.holds, self.held = threading.Event(), None, threading.Event()
        self.open.set()
        threading.Thread(target=self.accept, daemon=True).start()

    def hold(self, holds):
        """holds(kind, question, answer, state): whether this answer waits; state is a dictionary of its connection's own."""
        self.holds = holds
        self.held.clear()
        self.open.clear()

    def let_go(self):
        self.holds = None
        self.open.set()

    def close(self):
        self.let_go()
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            asked = collections.deque()
            broker = socket.create_connection(self.broker)
            threading.Thread(target=self.forth, args=(client, broker, asked), daemon=True).start()
            threading.Thread(target=self.back, args=(client, broker, asked), daemon=True).start()

    @staticmethod
    def forth(client, broker, asked):
        for frame in frames(client):
            asked.append(frame)  # Kafka answers in the order in which it is asked
            try:
                broker.sendall(struct.pack(">i", len(frame)) + frame)
            except OSError:
                break
        broker.close()

    def back(self, client, broker, asked):
        state = {}
        for frame in frames(broker):
            question, holds = asked.popleft(), self.holds
            if holds and holds(struct.unpack(">h", question[:2])[0], question, frame, state):
                self.held.set()
                self.open.wait()
            frame = frame.replace(self.theirs, self.ours)
            try:
                client.sendall(struct.pack(">i", len(frame)) + frame)
            except OSError:
                break
        client.close()
