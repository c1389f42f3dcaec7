#!/usr/bin/python3
"""spdx.py NAME STATUS PROGRAM - an SPDX 2.3 document on standard output: the image described on standard input (docker image
inspect), the packages of its dpkg STATUS, and the PROGRAM that it runs."""

import datetime
import hashlib
import json
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


def program(name, path, labels):
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return {"SPDXID": "SPDXRef-Package-program", "name": f"hipster-shop-{name}", "supplier": "NOASSERTION",
            "versionInfo": f"{labels['org.opencontainers.image.version']}+{labels['org.opencontainers.image.revision']}",
            "checksums": [{"algorithm": "SHA256", "checksumValue": digest}], **NOWHERE}


def main(name, status, program_path):
    image = json.load(sys.stdin)[0]
    packages = [program(name, program_path, image["Config"]["Labels"])]
    packages += [package(number, fields) for number, fields in enumerate(installed(status), 1)]
    created = image["Created"][:19]
    datetime.datetime.fromisoformat(created)
    json.dump({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
               "documentNamespace": f"urn:hipster-shop:{name}:{image['Id']}",
               "creationInfo": {"created": created + "Z", "creators": ["Tool: hipster-shop-spdx"]}, "packages": packages,
               "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                                  "relatedSpdxElement": one["SPDXID"]} for one in packages]}, sys.stdout, indent=1)


main(*sys.argv[1:])
