"""Signs what schemathesis makes up, as a shop would, and shows the keys of the other dialects."""

import base64
import email.utils
import hashlib
import hmac
import json
import os
import urllib.request
from urllib.parse import urlsplit

import schemathesis

TYPE = "application/json; charset=utf-8"


def signature(method: str, path: str) -> dict[str, str]:
    date = email.utils.formatdate(usegmt=True)
    words = "\n".join([method.upper(), TYPE, date, path])
    key = os.environ["VETRINA_KEY"].encode()
    digest = base64.b64encode(hmac.new(key, words.encode(), hashlib.sha256).digest()).decode()
    tracker = os.environ["VETRINA_TRACKER"]
    return {"Content-Type": TYPE, "Date": date, "Authorization": f"check {tracker}:{digest}"}


@schemathesis.auth()
class Keys:
    def get(self, case, context):
        return context.operation.definition.raw.get("security", [])

    def set(self, case, data, context):
        named = {name for schemes in data for name in schemes}
        if "signature" in named:
            # What is signed is the path as it goes over the wire.
            path = urlsplit(case.as_transport_kwargs(base_url="http://server")["url"]).path
            case.headers.update(signature(case.method, path))
        elif "apiKey" in named:
            case.headers["Authorization"] = "Bearer " + os.environ["VETRINA_SWIFTYPE_KEY"]


def engine_key() -> str:
    url = os.environ["VETRINA_URL"] + "/api/v1/engines?auth_token=" + os.environ["VETRINA_SWIFTYPE_KEY"]
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)[0]["key"]


ENGINE_KEY = engine_key()


@schemathesis.hook
def map_query(context, query):
    """Public searches get a key that opens something, unless they are about one that does not."""
    if query and query.get("engine_key", "nobodys") != "nobodys":
        query["engine_key"] = ENGINE_KEY
    return query
