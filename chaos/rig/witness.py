"""witness.py - a trigger in each service's database that writes down who says something under an epoch that is over.

It is the harness' own, not the shop's: it looks at the row that goes into the outbox, whose number has the epoch in its upper half, and at
the claim, in the same transaction. The checker reads its table (I20).
"""
import shop
from faults.base import command, past_wires
from rig.stack import DATABASES

TRIGGER = """
CREATE TABLE IF NOT EXISTS stale (at timestamptz NOT NULL DEFAULT now(), key text, epoch bigint, owner bigint);
CREATE OR REPLACE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ours bigint;
BEGIN
    SELECT epoch INTO ours FROM claim WHERE kind = NEW.kind AND part = NEW.part;
    IF ours IS DISTINCT FROM NEW.seq >> 32 THEN
        INSERT INTO stale (key, epoch, owner) VALUES (convert_from(NEW.key, 'UTF8'), NEW.seq >> 32, ours);
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS witness ON outbox;
CREATE TRIGGER witness AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION witness();
"""


def install(ground):
    for service in DATABASES:
        if not shop.eventually(lambda service=service: command("psql", past_wires(ground, service), "-qX1", "-v", "ON_ERROR_STOP=1", "-c", TRIGGER) or True, 30):
            raise SystemExit(f"chaos: no trigger can be put into {service}'s database")
