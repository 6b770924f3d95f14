"""What a document in OpenAPI cannot say, so that schemathesis would take a rightful refusal for a fault.

A page token is only good if the page before gave it. A subscription is only made where the server can reach its target.
"""

import schemathesis


@schemathesis.hook
def before_load_schema(context, raw_schema):
    del raw_schema["paths"]["/subscriptions"]["post"]
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [it for it in operation["parameters"] if it["name"] != "pageToken"]
