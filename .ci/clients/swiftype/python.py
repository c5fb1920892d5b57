"""Has an official Python client make an engine, fill it, search it and take it away again.

Usage: VETRINA_URL=… VETRINA_SWIFTYPE_KEY=… PYTHONPATH=… python.py MODULE
"""
import importlib
import os
import sys
import time

# Where the package keeps its client.
INNER = {"swiftype": "swiftype.swiftype", "elastic_site_search": "elastic_site_search.client"}
module = importlib.import_module(INNER[sys.argv[1]])

HOST = os.environ["VETRINA_URL"].split("//")[1]
KEY = os.environ["VETRINA_SWIFTYPE_KEY"]
client = module.Client(api_key=KEY, host=HOST)
NAME = "python " + sys.argv[1]
ENGINE = NAME.replace(" ", "-").replace("_", "-")


def expect(actual, expected):
    if actual != expected:
        raise AssertionError("expected %r, got %r" % (expected, actual))


def fails_with(status, call, *arguments):
    try:
        call(*arguments)
    except module.HttpException as error:
        expect(error.status, status)
        return error.msg
    raise AssertionError("%s did not fail" % call)


def field(name, value, kind):
    return {"name": name, "value": value, "type": kind}


def book(external_id, title, pages):
    fields = [field("title", title, "string"), field("pages", pages, "integer")]
    return {"external_id": external_id, "fields": fields}


def eventually(ask, expected):
    for _ in range(100):
        if ask() == expected:
            return
        time.sleep(0.05)
    expect(ask(), expected)


engine = client.create_engine(NAME)["body"]
expect(engine["slug"], ENGINE)
expect(client.engine(ENGINE)["body"]["id"], engine["id"])
expect(ENGINE in [one["slug"] for one in client.engines(page=1, per_page=100)["body"]], True)
made = client.create_document_type(ENGINE, "books")["body"]
expect(made["slug"], "books")
expect([one["slug"] for one in client.document_types(ENGINE)["body"]], ["books"])

created = client.create_document(ENGINE, "books", book("1", "The lion in winter", 90))["body"]
expect(created["title"], "The lion in winter")
expect(client.create_or_update_document(ENGINE, "books", book("1", "Lion", 91))["body"]["pages"], 91)
documents = [book("2", "Lionheart", 300), book("3", "Summer", 40)]
expect(client.create_documents(ENGINE, "books", documents)["body"], [True, True])
expect(client.create_or_update_documents(ENGINE, "books", documents)["body"], [True, True])
wrong = {"external_id": "4", "fields": [field("pages", "many", "enum")]}
verbose = client.create_or_update_documents_verbose(ENGINE, "books", [documents[0], wrong])["body"]
expect(verbose[0], True)
expect(
    verbose[1],
    "Invalid type for pages: Got enum, but pages is already defined as integer in schema.",
)
expect(client.update_document(ENGINE, "books", "3", {"pages": 41})["body"]["pages"], 41)
update = {"external_id": "3", "fields": {"pages": 42}}
expect(client.update_documents(ENGINE, "books", [update])["body"], [True])
expect(client.document(ENGINE, "books", "3")["body"]["pages"], 42)
listed = client.documents(ENGINE, "books", page=1, per_page=2)["body"]
expect([one["external_id"] for one in listed], ["1", "2"])


def found(call, *arguments):
    records = call(*arguments)["body"]["records"]["books"]
    return sorted(one["external_id"] for one in records)


eventually(lambda: found(client.search, ENGINE, "summer"), ["3"])
options = {"filters": {"books": {"pages": {"type": "range", "from": 80}}}}
expect(found(client.search, ENGINE, None, options), ["1", "2"])
expect(found(client.search_document_type, ENGINE, "books", "lion"), ["1"])
expect(found(client.suggest, ENGINE, "lio"), ["1", "2"])
expect(found(client.suggest_document_type, ENGINE, "books", "summ"), ["3"])
expect(client.analytics_searches(ENGINE)["body"], [])
expect(client.analytics_top_queries(ENGINE, page=1, per_page=5)["body"], [])

fails_with(409, client.create_document, ENGINE, "books", book("1", "Lion", 91))
fails_with(404, client.document, ENGINE, "books", "9")
fails_with(404, client.engine, "bogus")
unknown = fails_with(400, client.update_document, ENGINE, "books", "3", {"author": "x"})
expect(b"Known keys are: title, pages" in unknown, True)
fails_with(401, module.Client(api_key="wrong", host=HOST).engines)

expect(client.destroy_document(ENGINE, "books", "1")["status"], 204)
expect(client.destroy_documents(ENGINE, "books", ["2", "9"])["body"], [True, False])
expect(client.destroy_document_type(ENGINE, "books")["status"], 204)
expect(client.destroy_engine(ENGINE)["status"], 204)
fails_with(404, client.engine, ENGINE)
print("complete")
