#!/usr/bin/env python3
"""A customer's side in Python's standard library.

  client.py order  GATEWAY TOKEN FILE            submit, wait for the verdict, print the receipt or the report
  client.py follow GATEWAY TOKEN FEED [CURSOR] [COUNT]   server-sent events from a cursor on, reconnecting by itself
  client.py verify SECRET < request.json         {"headers": {…}, "body": "…"}: is this webhook really Wayleave's?
"""
import base64
import hashlib
import hmac
import http.client
import json
import sys
import time
import urllib.parse


def connect(gateway):
    url = urllib.parse.urlsplit(gateway)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return kind(url.hostname, url.port, timeout=60)


def order(gateway, token, file):
    document = open(file, "rb").read()
    headers = {"Authorization": f"Bearer {token}", "Prefer": "wait=10", "Idempotency-Key": hashlib.sha256(document).hexdigest()}
    for attempt in range(6):
        try:
            connection = connect(gateway)
            connection.request("POST", "/v1/documents", document, headers)
            reply = connection.getresponse()
            body = reply.read().decode()
            if reply.status not in (429, 503):
                print(body)
                return 0 if reply.status < 300 else 1
        except OSError as broken:          # the answer was lost: the key makes asking again safe
            print(f"trying again: {broken}", file=sys.stderr)
        time.sleep(2 ** attempt)
    return 2


def events(gateway, token, feed, cursor):
    """(cursor, body) for ever; a broken connection is resumed where it stood."""
    while True:
        try:
            connection = connect(gateway)
            headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
            if cursor:
                headers["Last-Event-ID"] = cursor
            connection.request("GET", f"/v1/feeds/{feed}/events", headers=headers)
            reply = connection.getresponse()
            if reply.status == 410:        # the cursor is too old: fetch the state, then start from its Feed-Cursor
                raise SystemExit("the cursor is gone; fetch the current state and start from its Feed-Cursor")
            if reply.status != 200:
                raise SystemExit(f"{reply.status} {reply.read().decode()}")
            at, data = cursor, []
            for line in reply:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "id":
                    at = value
                elif name == "data":
                    data.append(value)
                elif not name and data:
                    cursor = at
                    yield cursor, "\n".join(data)
                    data = []
        except (OSError, http.client.HTTPException):
            time.sleep(1)


def follow(gateway, token, feed, cursor="", count="0"):
    for number, (at, body) in enumerate(events(gateway, token, feed, cursor), 1):
        print(at, body, flush=True)        # keep `at` only after the event was dealt with
        if number == int(count):
            return 0
    return 0


def verify(secret):
    request = json.load(sys.stdin)
    headers = {name.lower(): value for name, value in request["headers"].items()}
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        print("too old")
        return 1
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request["body"].encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    genuine = any(hmac.compare_digest(wanted, given) for given in headers["webhook-signature"].split(" "))
    print("genuine" if genuine else "forged")
    return 0 if genuine else 1


if __name__ == "__main__":
    commands = {"order": order, "follow": follow, "verify": verify}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
