#!/usr/bin/python3
"""spdx.py NAME STATUS FOLDER - an SPDX 2.3 document on standard output: the image described on standard input (docker image
inspect), the packages of its dpkg STATUS, and the programs of ours in FOLDER."""

import datetime
import hashlib
import json
import pathlib
import sys
import urllib.parse

NOWHERE = {"downloadLocation": "NOASSERTION", "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
           "copyrightText": "NOASSERTION"}


def installed(path):
    """name, version, architecture and maintainer of each package that is installed, sorted."""
    with open(path, encoding="utf-8") as file:
        for paragraph in sorted(file.read().split("\n\n")):
            fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and not line.startswith(" "))
            if fields.get("Status", "").endswith(" installed"):
                yield fields


def package(number, fields):
    name, version = fields["Package"], fields["Version"]
    quoted = urllib.parse.quote(version, safe="")
    return {"SPDXID": f"SPDXRef-Package-{number}", "name": name, "versionInfo": version,
            "supplier": f"Person: {fields['Maintainer']}" if "Maintainer" in fields else "NOASSERTION", **NOWHERE,
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:deb/debian/{name}@{quoted}?arch={fields['Architecture']}"}]}


def programs(name, folder, labels):
    """The executables and scripts at the folder's top; the one that the image runs is called as the image is."""
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.is_file() and (path.suffix == ".py" or path.stat().st_mode & 0o100):
            yield {"SPDXID": f"SPDXRef-Package-{path.name.replace('_', '-')}",
                   "name": f"hipster-shop-{name if path.stem == 'program' else path.stem}", "supplier": "NOASSERTION",
                   "versionInfo": f"{labels['org.opencontainers.image.version']}+{labels['org.opencontainers.image.revision']}",
                   "checksums": [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(path.read_bytes()).hexdigest()}], **NOWHERE}


def main(name, status, folder):
    image = json.load(sys.stdin)[0]
    packages = list(programs(name, folder, image["Config"]["Labels"]))
    packages += [package(number, fields) for number, fields in enumerate(installed(status), 1)]
    created = image["Created"][:19]
    datetime.datetime.fromisoformat(created)
    json.dump({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
               "documentNamespace": f"urn:hipster-shop:{name}:{image['Id']}",
               "creationInfo": {"created": created + "Z", "creators": ["Tool: hipster-shop-spdx"]}, "packages": packages,
               "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                                  "relatedSpdxElement": one["SPDXID"]} for one in packages]}, sys.stdout, indent=1)


main(*sys.argv[1:])
