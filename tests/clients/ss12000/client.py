"""Walks through the SS12000 face as the public Python client does: `requests`, `urljoin`, `True`, repeated lists.

Usage: client.py BASE_URL. The path of BASE_URL is dropped by `urljoin`, so the face must be at the root of the server.
"""

import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import urljoin

import requests

BASE = sys.argv[1]
HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Authorization": "Bearer demo"}


def ask(method, path, params=None, json=None, status=200):
    answer = requests.request(method, urljoin(BASE, path), params=params, json=json, headers=HEADERS, timeout=30)
    assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:200]}"
    return answer.json() if answer.content else None


def pages():
    whole = ask("GET", "/persons", {"limit": 1000})["data"]
    walked, token = [], None
    while True:
        page = ask("GET", "/persons", {"limit": 7, **({"pageToken": token} if token else {})})
        walked += page["data"]
        token = page["pageToken"]
        if token is None:
            break
    assert walked == whole and len({it["id"] for it in whole}) == len(whole) > 100
    return whole


def times(whole):
    last = max(it["meta"]["modified"] for it in whole)
    later = (datetime.fromisoformat(last.replace("Z", "+00:00"))).isoformat()
    assert ask("GET", "/persons", {"meta.modified.after": later})["data"] == []
    assert len(ask("GET", "/persons", {"meta.modified.before": later, "limit": 1000})["data"]) == len(whole)


def looked_up(whole):
    some = whole[::40]
    found = ask("POST", "/persons/lookup", json={"ids": [it["id"] for it in some]})
    assert found == some


def expanded(whole):
    pupil = next(it for it in whole if it["enrolments"])
    params = {"expand": ["groupMemberships", "responsibleFor"], "expandReferenceNames": True}
    found = ask("GET", f"/persons/{pupil['id']}", params)
    assert found["_embedded"]["groupMemberships"] and found["_embedded"]["responsibleFor"] == []
    assert found["enrolments"][0]["enroledAt"]["displayName"]


def filtered():
    groups = ask("GET", "/groups", {"groupType": ["Klass", "Undervisning"], "limit": 1000})["data"]
    assert {it["groupType"] for it in groups} == {"Klass", "Undervisning"}


def subscription():
    body = {"name": "Python", "target": "https://1.1.1.1/hook", "resourceTypes": [{"resource": "Person"}]}
    made = ask("POST", "/subscriptions", json=body, status=201)
    path = f"/subscriptions/{made['id']}"
    ask("PATCH", path, json={"expires": "2030-01-01T00:00:00Z"})
    assert any(it["id"] == made["id"] for it in ask("GET", "/subscriptions")["data"])
    assert ask("DELETE", path, status=204) is None and ask("GET", path, status=404) is None


def reports():
    ask("POST", "/log", json={"message": "m", "severityLevel": "Info"}, status=201)
    counts = {"resourceType": "Person", "newCount": 1, "updatedCount": 0, "deletedCount": 0}
    ask("POST", "/statistics", json=counts, status=201)


def gone():
    since = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat()
    answer = ask("GET", "/deletedEntities", {"entities": ["Person", "Group"], "meta.modified.after": since})
    assert isinstance(answer["data"], dict)


def refused():
    assert set(ask("GET", "/persons", {"nope": 1}, status=400)) == {"code", "message"}
    answer = requests.get(urljoin(BASE, "/persons"), timeout=30)
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")


print("version", requests.__version__)
persons = pages()
print("ok pages")
for check in (times, looked_up, expanded):
    check(persons)
    print("ok", check.__name__)
for check in (filtered, subscription, reports, gone, refused):
    check()
    print("ok", check.__name__)
