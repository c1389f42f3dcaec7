#!/usr/bin/python3
"""generate.py - from schemas and topics to C: types, encoders, the decoder's tables, and the catalogue of events.

    generate.py --out build/gen/msg    what make runs; fails with a sentence when a schema is not published as it stands
    generate.py --publish              gives changed and new schemas their next version and id
    generate.py --republish            the same before the first release: version 1 is simply rewritten
    generate.py --check-change FILE... whether these .avsc files may take the place of what was published; changes nothing
    generate.py --docs | --check-docs  writes docs/events.md, or fails when it is stale
"""

import argparse
import pathlib
import sys

sys.dont_write_bytecode = True

import c_codec
import c_topics
import c_types
import docs
import model
import published


def generate(shop, folder):
    """Everything is made before anything is written, and a file that would not change keeps its date."""
    texts = {
        "types.h": c_types.header(shop),
        "types.c": c_types.source(shop),
        "topics.h": c_topics.header(shop),
        "topics.c": c_topics.source(shop),
        "say.h": c_topics.wrappers(shop),
        "tables.c": c_codec.tables(shop),
        "encoders.c": c_codec.encoders(shop),
        "published.c": c_codec.published_texts(shop),
        "schemas.c": c_codec.schema_texts(shop),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=pathlib.Path, metavar="FOLDER")
    what.add_argument("--check-change", type=pathlib.Path, nargs="+", metavar="FILE")
    for flag in ("--publish", "--republish", "--docs", "--check-docs"):
        what.add_argument(flag, action="store_true")
    root = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--events", type=pathlib.Path, default=root / "events", help="another folder, for tests")
    parser.add_argument("--catalogue", type=pathlib.Path, default=root / "docs" / "events.md")
    return parser.parse_args()


def write_docs(shop, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(docs.catalogue(shop))


def main():
    args = arguments()
    try:
        if args.check_change:
            published.check_change(args.events, args.check_change)
            print("compatible with every version that was ever published")
            return 0
        shop = model.load(args.events)
        if args.publish or args.republish:
            published.publish(shop, rewrite=args.republish)
            write_docs(shop, args.catalogue)
            return 0
        published.check(shop)
        if args.out:
            generate(shop, args.out)
        elif args.docs:
            write_docs(shop, args.catalogue)
        elif not args.catalogue.exists() or args.catalogue.read_text() != docs.catalogue(shop):
            raise model.Problems([f"{args.catalogue}: is stale; run: make docs"])
    except model.Problems as problems:
        print("\n".join(problems.lines), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
