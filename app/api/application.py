"""The application: all endpoints, their description at /api/v1/openapi.json, and a page to try them."""

from importlib import metadata
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.api import errors
from app.api.alarm_reports import happened
from app.api.alarms import AlarmBody, watching
from app.api.answers import REFUSALS, ROOT
from app.api.causes import reasons
from app.api.cdr import OfDay, Sent, cdr
from app.api.edits import PART, part_of
from app.api.figures import figures
from app.api.lists import Listing, numbers
from app.api.mail_reports import MailReportBody, mailed
from app.api.record import Record
from app.api.sources import SourceBody, origins
from app.api.switches import SwitchBody, machines
from app.api.users import UserBody, people
from app.api.who import Asked, Door
from app.gate import COOKIE, Gate
from store.database import Store

ABOUT = """
Calls, figures, lists and alarms for programs, narrowed to what their user may see.

* **Who**: name and password (basic authentication), an API key (`Authorization: Bearer cdr_...`, made by
  `cdr-stats user key add`), or the session of the pages.
* **Lists** are `{"meta": {"limit", "next", "previous", "total_count"}, "objects": [...]}`; `total_count` is
  there where it is known exactly.
* **Times** are ISO 8601 with zone, lengths are seconds unless their name says otherwise.
* **Changes**: PUT changes all of something, PATCH what is sent. An answer bears a `version`, and an `ETag`,
  which `If-Match` takes: who changes what somebody else changed meanwhile gets 412, or 409 by the `version`
  of the body. DELETE takes something away, and is 404 once it is gone. What you get may be sent back.
* **Errors** are `{"error": {"sentence", "field"}}`.
"""
ROUTERS = (cdr, figures, machines, reasons, numbers, watching, happened, mailed, origins, people)
EDITED: tuple[type[BaseModel], ...] = (
    AlarmBody,
    MailReportBody,
    SourceBody,
    SwitchBody,
    UserBody,
)
"""What a PATCH takes some fields of."""
BODIES: tuple[type[BaseModel], ...] = (Record, Sent, OfDay, Listing, *EDITED)
"""What endpoints read by themselves."""
SCHEMES = {
    "password": {"type": "http", "scheme": "basic"},
    "key": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>REST API – CDR-Stats</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/assets/logo.svg"><link rel="stylesheet" href="{ROOT}/swagger-ui.css"></head>
<body><main id="api"></main><script src="{ROOT}/swagger-ui-bundle.js"></script><script>
SwaggerUIBundle({{url: "{ROOT}/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null,
  defaultModelsExpandDepth: 0, docExpansion: "list", filter: true, persistAuthorization: false}});
</script></body></html>"""


def make(store: Store, gate: Gate) -> FastAPI:
    """The application over a store, with the gate of the pages."""
    app = FastAPI(title="CDR-Stats", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.door = Door(store, gate)
    errors.handle(app)
    for router in ROUTERS:
        app.include_router(router, prefix=ROOT, responses=REFUSALS)
    app.add_api_route(f"{ROOT}/", top, include_in_schema=False)
    app.add_api_route(f"{ROOT}/openapi.json", _description, include_in_schema=False)
    app.add_api_route(f"{ROOT}/docs", _page, include_in_schema=False)
    return app


def top(ask: Asked, request: Request) -> JSONResponse:
    """What there is: the address of every list by its name."""
    paths = described(request.app)["paths"]
    lists = [path for path, ways in paths.items() if "{" not in path and "get" in ways]
    return JSONResponse({path.split("/")[3]: {"list_endpoint": path} for path in lists})


async def _page() -> HTMLResponse:
    return HTMLResponse(PAGE)


async def _description(request: Request) -> JSONResponse:
    return JSONResponse(described(request.app))


def described(app: FastAPI) -> dict[str, Any]:
    """The description of the API, OpenAPI 3.1."""
    if not app.openapi_schema:
        made = get_openapi(
            title="CDR-Stats",
            version=metadata.version("cdr-stats"),
            description=ABOUT,
            routes=app.routes,
            license_info={"name": "MPL-2.0", "identifier": "MPL-2.0"},
        )
        _, bodies = models_json_schema(
            [(model, "validation") for model in BODIES], ref_template="#/components/schemas/{model}"
        )
        schemas = bodies["$defs"]
        schemas |= {f"{one.__name__}{PART}": part_of(schemas[one.__name__]) for one in EDITED}
        parts = made.setdefault("components", {})
        parts["schemas"] = schemas | parts.get("schemas", {})
        parts["securitySchemes"] = SCHEMES
        made["security"] = [{name: []} for name in SCHEMES]
        app.openapi_schema = made
    return app.openapi_schema
