"""What a document in OpenAPI cannot say, so that schemathesis would take a rightful refusal for a fault.

A page token is good if the page before gave it: a question that has one gets the one of a first page with the same filters.
A target of notices is good if it is a public address: a subscription that is to be made is sent to one. Nothing is ever sent there,
because nothing changes in the demo.
Nothing is left out, and questions that are meant to be wrong stay as they were made.
"""

from urllib.parse import urlsplit

import schemathesis
from schemathesis import GenerationMode

PUBLIC = "https://1.1.1.1"


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if case.query and "pageToken" in case.query:
        turn_the_page(case, kwargs)
    if case.operation.label == "POST /subscriptions" and isinstance(case.body, dict):
        case.body["target"] = PUBLIC + (urlsplit(case.body["target"]).path or "/")


def turn_the_page(case, kwargs):
    filters = {name: value for name, value in case.query.items() if name not in ("pageToken", "limit")}
    # Random filters seldom find more than one page; then the token is that of a walk through everything, and stands alone.
    for repeated in (filters, {}):
        page = case.operation.Case(query={**repeated, "limit": 1}, headers=case.headers).call(**kwargs)
        token = page.json().get("pageToken") if page.status_code == 200 else None
        limit = {"limit": case.query["limit"]} if "limit" in case.query else {}
        case.query = {**repeated, **limit}
        if token is not None:
            case.query["pageToken"] = token
            return
