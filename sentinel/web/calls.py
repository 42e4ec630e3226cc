"""The calls for those who run a crisis: channels, messages, and how everything stands."""

from __future__ import annotations

from typing import Final

from sentinel.domain.message import MessageState
from sentinel.service.bodies import AllClearIn, MessageIn
from sentinel.web import bodies, replies_channels, replies_figures, replies_staff
from sentinel.web import replies_messages as sent
from sentinel.web.access import Scope
from sentinel.web.operations import API, KEY, PAGED, TEXT, TIME, Operation, Query, get, post
from sentinel.web.replies import Listed

_S, _O = Scope.SEND, Scope.OPERATE
_STATES: Final = {"type": "string", "enum": [state.value for state in MessageState]}

CHANNELS: Final = (
    get("/channels", "the channels", Listed[replies_channels.ChannelOut], takes=PAGED),
    get("/channels/{id}", "one channel", replies_channels.ChannelOut),
    get(
        "/channels/{id}/availability",
        "the last days of one channel",
        replies_figures.AvailabilityOut,
        takes=(Query(name="days", what="how many; 30", schema={"type": "integer", "minimum": 1}),),
    ),
    post("/channels/{id}/check", "every probe now", _O, replies_channels.CheckedOut),
    post(
        "/channels/{id}/freeze",
        "take it out of service",
        _O,
        replies_channels.FrozenOut,
        body=bodies.FreezeIn,
    ),
    post("/channels/{id}/release", "put it back", _O, replies_channels.FrozenOut),
)

MESSAGES: Final = (
    post(
        "/messages",
        "send a message",
        _S,
        sent.MessageOut,
        body=MessageIn,
        takes=(KEY,),
        status=201,
        also=(200, 409),
    ),
    get(
        "/messages",
        "the messages, latest first",
        Listed[sent.MessageOut],
        takes=(
            *PAGED,
            Query(name="state", what="only in this state", schema=_STATES),
            Query(name="since", what="only accepted since", schema=TIME),
            Query(name="chain", what="all of the chain with this id, at once", schema=TEXT),
        ),
    ),
    get("/messages/{id}", "one message, by id or number", sent.MessageOut),
    post(
        "/messages/{id}/update",
        "send what holds now",
        _S,
        sent.MessageOut,
        body=MessageIn,
        takes=(KEY,),
        status=201,
        also=(200, 409),
    ),
    post(
        "/messages/{id}/all-clear",
        "send that it is over",
        _S,
        sent.MessageOut,
        body=AllClearIn,
        takes=(KEY,),
        status=201,
        also=(200, 409),
    ),
    post(
        "/messages/{id}/withdraw",
        "stop what is unsent, and take down what is live",
        _S,
        sent.MessageOut,
        body=bodies.WithdrawIn,
        also=(409,),
    ),
    post(
        "/messages/{id}/approve",
        "agree as the second person",
        Scope.APPROVE,
        sent.MessageOut,
        body=bodies.ApproveIn,
        also=(409,),
    ),
    post(
        "/messages/{id}/resume",
        "let go of what a crisis holds",
        _O,
        sent.MessageOut,
        also=(409,),
    ),
    post(
        "/deliveries/{id}/confirm",
        "a person says that it is out",
        _S,
        sent.ConfirmedOut,
        body=bodies.ConfirmationIn,
        also=(409,),
    ),
    post("/preview", "how it would look, sending nothing", _S, sent.PreviewsOut, body=MessageIn),
)

STANDING: Final = (
    post("/hold", "stop all publishing", _O, replies_staff.HeldOut, body=bodies.ReasonIn),
    post("/resume", "go on publishing", _O, replies_staff.HeldOut),
    get("/posture", "calm or crisis", replies_staff.StanceOut),
    post("/posture", "turn it", _O, replies_staff.StanceOut, body=bodies.PostureIn),
    get("/outages", "the outages, latest first", Listed[replies_channels.OutageOut], takes=PAGED),
    get("/outages/{id}", "one outage", replies_staff.WholeOutageOut),
    post(
        "/outages/{id}/acknowledge",
        "take care of it",
        _O,
        replies_staff.WholeOutageOut,
        body=bodies.AcknowledgeIn,
        also=(409,),
    ),
    get(
        "/silences",
        "what alarms nobody now, or is planned to",
        Listed[replies_staff.SilenceOut],
        takes=(
            *PAGED,
            Query(
                name="all",
                what="1: also what is over",
                schema={"type": "string", "enum": ["0", "1"]},
            ),
        ),
    ),
    post(
        "/silences",
        "plan one",
        _O,
        replies_staff.SilenceOut,
        body=bodies.SilenceIn,
        status=201,
    ),
    Operation(
        method="delete",
        path=f"{API}/silences/{{id}}",
        what="end one now",
        scope=_O,
        answers=(replies_staff.SilenceOut,),
    ),
    get("/rotas", "who is on call", Listed[replies_staff.RotaOut], takes=PAGED),
)
