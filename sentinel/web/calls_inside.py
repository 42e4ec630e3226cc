"""The other calls: figures, the journal, who may do what, monitoring, and calls back."""

from __future__ import annotations

from typing import Final

from sentinel.web import bodies, replies, replies_figures, replies_staff
from sentinel.web.access import Scope
from sentinel.web.operations import (
    AFTER,
    DAY,
    LIMIT,
    NUMBER,
    PAGED,
    TEXT,
    Operation,
    Query,
    get,
    post,
)
from sentinel.web.replies import Listed

_A: Final = Scope.ADMIN

FIGURES: Final = (
    get("/risks", "the risk register", replies_figures.RisksOut),
    get(
        "/report",
        "what happened between two days",
        replies_figures.ReportOut,
        takes=(
            Query(name="from", what="the first day (UTC)", schema=DAY, required=True),
            Query(name="to", what="the last day (UTC)", schema=DAY, required=True),
        ),
    ),
    get(
        "/journal",
        "the journal, in its order; with `verify`, whether its chain holds",
        Listed[replies.EntryOut],
        replies.VerifiedOut,
        takes=(
            LIMIT,
            AFTER,
            Query(name="cursor", what="the same as `after`", schema=NUMBER),
            Query(name="verify", what="read the whole chain instead", schema=TEXT),
        ),
    ),
    Operation(
        method="get",
        path="/api/v1/events",
        what="the journal as server-sent events, from now on; the data of each is an entry",
        scope=Scope.READ,
        takes=(
            AFTER,
            Query(
                name="Last-Event-ID",
                what="go on after this one; holds before `after`",
                schema=NUMBER,
                place="header",
            ),
        ),
        media="text/event-stream",
    ),
    get("/openapi.json", "this document"),
)

ACCESS: Final = (
    post("/rules/reload", "read the rules again", Scope.OPERATE, replies.ReloadedOut),
    Operation(
        method="get",
        path="/api/v1/tokens",
        what="the tokens, without themselves",
        scope=_A,
        takes=PAGED,
        answers=(Listed[replies_staff.TokenOut],),
    ),
    post(
        "/tokens",
        "make a token; it is shown this once",
        _A,
        replies_staff.NewTokenOut,
        body=bodies.TokenIn,
        status=201,
    ),
    post("/tokens/{id}/revoke", "end a token at once", _A, replies_staff.RevokedOut),
    Operation(
        method="get",
        path="/api/v1/users",
        what="the people who may log in",
        scope=_A,
        takes=PAGED,
        answers=(Listed[replies_staff.UserOut],),
    ),
    post(
        "/users",
        "let somebody log in from now on",
        _A,
        replies_staff.UserOut,
        body=bodies.UserIn,
        status=201,
        also=(409,),
    ),
    post(
        "/users/password",
        "give somebody another password",
        _A,
        replies_staff.UserOut,
        body=bodies.PasswordIn,
    ),
)

_PLAIN: Final = "text/plain"
_HOOK: Final = "/hooks/{channel}"

OUTSIDE: Final = (
    Operation(method="get", path="/healthz", what="whether the process can serve", media=_PLAIN),
    Operation(method="get", path="/readyz", what="whether it is ready", media=_PLAIN, also=(503,)),
    Operation(
        method="get",
        path="/health",
        what="how everything stands; 503 with `fail`",
        answers=(replies_figures.HealthOut,),
        media="application/health+json",
        also=(503,),
    ),
    Operation(method="get", path="/metrics", what="metrics for Prometheus", media=_PLAIN),
    Operation(
        method="get", path=_HOOK, what="a platform makes sure of us", media=_PLAIN, also=(403,)
    ),
    Operation(
        method="post",
        path=_HOOK,
        what="a platform calls back, under its own signature",
        media=_PLAIN,
        also=(403, 413),
    ),
)
