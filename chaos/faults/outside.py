"""outside.py - the acquirer and the mail server, which belong to somebody else."""
import shop
from faults.base import Fault

WELL = {"slow_ms": 0, "fail_rate": 0, "decline_rate": 0, "charge_then_timeout_rate": 0}


class ChargeThenTimeout(Fault):
    kind, sentence = "charge-then-timeout", "The acquirer takes the money and never answers."
    touches = ("acquirer",)
    seconds = (3.0, 8.0)

    def plan(self):
        self.options["charge_then_timeout_rate"] = float(self.pick("charge_then_timeout_rate", [0.3, 0.8]))

    def inject(self):
        shop.acquirer_behaviour(**self.options, seed=self.luck.randrange(1000))

    def heal(self):
        if not shop.eventually(lambda: shop.acquirer_behaviour(**WELL) or True):
            raise OSError("the acquirer does not take its settings")


class AcquirerFails(ChargeThenTimeout):
    kind, sentence = "acquirer-fails", "The acquirer answers 503, without having done anything."

    def plan(self):
        self.options["fail_rate"] = self.luck.choice([0.4, 1.0])


class AcquirerSlow(ChargeThenTimeout):
    kind, sentence = "acquirer-slow", "The acquirer does what it is asked and takes its time to say so, longer than payment waits."

    def plan(self):
        self.options["slow_ms"] = int(self.pick("slow_ms", [800, 2500, 5000]))


class MailAway(Fault):
    kind, sentence = "mail-away", "Nobody listens where the mail server was."
    touches = ("mail",)
    seconds = (2.0, 8.0)

    def inject(self):
        shop.hold_down("mail")

    def heal(self):
        shop.let_up("mail")


KINDS = [ChargeThenTimeout, AcquirerFails, AcquirerSlow, MailAway]
