"""Reading CAP 1.2: what may be published, and a reason for everything else."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Severity
from sentinel.domain.message import Kind, Variant
from sentinel.errors import InputError
from sentinel.notices.cap import cap
from sentinel.notices.notice import Notice, Site
from sentinel.service.bodies import AllClearIn, MessageIn, parse
from sentinel.service.inbox.cap import read_cap
from sentinel.service.inbox.letter import Letter
from tests.service.letters import CAP, HEAD, alert, info, triple

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def read(data: bytes, language: str = "de") -> Letter:
    return read_cap(data, language=language, at=NOON)


def fields(*infos: str, **head: str) -> dict[str, Any]:
    return dict(read(alert(*infos, **head)).fields)


def refused(data: bytes) -> InputError:
    with pytest.raises(InputError) as error:
        read(data)
    return error.value


def test_an_alert_says_what_its_info_block_says() -> None:
    block = info(
        "Innenstadt",
        "Hafen",
        instruction="Gehen Sie zur Sammelstelle.",
        web="https://musterstadt.example/bombe",
        expires="2030-01-01T18:00:00+01:00",
    )

    letter = read(alert(block))

    assert letter.kind is Kind.ALERT
    assert letter.fields == {
        "exercise": False,
        "headline": "Bombe wird entschärft",
        "text": "Bitte verlassen Sie das Gebiet.",
        "severity": "moderate",
        "instruction": "Gehen Sie zur Sammelstelle.",
        "area": "Innenstadt, Hafen",
        "category": "Safety",
        "urgency": "Immediate",
        "certainty": "Observed",
        "event": "Bombenfund",
        "language": "de",
        "link": "https://musterstadt.example/bombe",
        "expires_at": datetime(2030, 1, 1, 17, tzinfo=UTC),
    }


def test_what_it_says_is_a_message_as_the_api_takes_it() -> None:
    content = parse(fields(), MessageIn).content(NOON)

    assert content.severity is Severity.MODERATE
    assert content.language == "de"


def test_the_key_is_sender_identifier_and_moment_however_the_moment_is_written() -> None:
    one = read(alert(sent="2030-01-01T11:59:00+00:00")).key
    other = read(alert(sent="2030-01-01T12:59:00+01:00")).key

    assert one == "cap:leitstelle@musterstadt.example,LEITSTELLE.17,2030-01-01T11:59:00+00:00"
    assert other == one


def test_a_key_too_long_to_keep_is_still_one_of_its_own() -> None:
    keys = {read(alert(identifier="x" * 300 + end)).key for end in ("1", "2")}

    assert len(keys) == 2
    assert all(key.startswith("cap:sha256:") and len(key) <= 255 for key in keys)


def test_an_exercise_is_an_exercise() -> None:
    assert fields(status="Exercise")["exercise"] is True


@pytest.mark.parametrize(
    ("changed", "where", "said"),
    [
        ({"status": "Test"}, "status", "only Actual is published"),
        ({"status": "System"}, "status", "only Actual is published"),
        ({"status": "Draft"}, "status", "only Actual is published"),
        ({"status": "actual"}, "status", "possible are: Actual"),
        ({"msgType": "Ack"}, "msgType", "msgType is Ack"),
        ({"msgType": "Error"}, "msgType", "msgType is Error"),
        ({"msgType": "Warning"}, "msgType", "possible are: Alert"),
        ({"msgType": ""}, "msgType", "missing"),
        ({"scope": "Restricted"}, "scope", "only Public"),
        ({"scope": "Private"}, "scope", "only Public"),
        ({"scope": ""}, "scope", "missing"),
        ({"identifier": ""}, "identifier", "missing"),
        ({"identifier": "a b"}, "identifier", "no blank"),
        ({"sender": "a,b"}, "sender", "no blank, comma"),
        ({"sent": ""}, "sent", "missing"),
        ({"sent": "gestern"}, "sent", "'gestern' is no time"),
        ({"sent": "2030-01-01T12:00:00"}, "sent", "is no time"),
        ({"sent": "0001-01-01T00:00:00+14:00"}, "sent", "is no time"),
        ({"msgType": "Update"}, "references", "missing"),
        ({"msgType": "Cancel", "references": "nur-einer"}, "references", "sender,identifier,sent"),
        ({"msgType": "Update", "references": "a,b,c"}, "references", "'c' is no time"),
    ],
)
def test_an_alert_that_may_not_be_published_is_refused_with_the_place(
    changed: dict[str, str], where: str, said: str
) -> None:
    error = refused(alert(**changed))

    assert error.field == where
    assert said in error.phrase.en
    assert error.phrase.de != error.phrase.en


@pytest.mark.parametrize(
    ("changed", "where", "said"),
    [
        ({"severity": "Unknown"}, "info/severity", "severity is Unknown"),
        ({"severity": "Schlimm"}, "info/severity", "possible are: Extreme"),
        ({"severity": ""}, "info/severity", "missing"),
        ({"urgency": "Soon"}, "info/urgency", "possible are: Immediate"),
        ({"certainty": ""}, "info/certainty", "missing"),
        ({"category": "Wetter"}, "info/category", "possible are: Geo"),
        ({"category": ""}, "info/category", "missing"),
        ({"event": ""}, "info/event", "missing"),
        ({"description": ""}, "info/description", "missing"),
        ({"description": "Bitte <b>sofort</b> gehen"}, "info/description", "only text"),
        ({"responseType": "Run"}, "info/responseType", "possible are: Shelter"),
        ({"responseType": "AllClear"}, "msgType", "must say what it ends"),
        ({"expires": "morgen"}, "info/expires", "is no time"),
        ({"language": "Deutsch!"}, "info/language", "de-DE"),
    ],
)
def test_an_info_block_that_says_too_little_is_refused_with_the_place(
    changed: dict[str, str], where: str, said: str
) -> None:
    error = refused(alert(info(**changed)))

    assert error.field == where
    assert said in error.phrase.en


def test_a_headline_that_is_too_long_is_left_for_acceptance_to_refuse_and_never_cut() -> None:
    assert fields(info(headline="x" * 161))["headline"] == "x" * 161


def test_a_block_without_a_headline_is_headed_by_its_event() -> None:
    assert fields(info(headline=""))["headline"] == "Bombenfund"


def test_an_alert_without_an_info_block_says_nothing() -> None:
    data = alert().replace(info().encode(), b"")

    assert refused(data).field == "info"


def test_the_block_in_the_organisations_language_is_the_message_and_others_are_variants() -> None:
    english = info(language="en-GB", headline="Bomb disposal", description="Please leave.")
    easy = info(language="de-x-ls", headline="Eine Bombe", description="Gehen Sie weg.")

    said = fields(english, easy, info())

    assert (said["language"], said["headline"]) == ("de", "Bombe wird entschärft")
    assert said["variants"] == [
        {"language": "en", "headline": "Bomb disposal", "text": "Please leave."},
        {"language": "de-x-ls", "headline": "Eine Bombe", "text": "Gehen Sie weg."},
    ]


def test_without_a_block_in_that_language_the_first_is_the_message() -> None:
    letter = read(alert(info(language=""), info(language="fr-FR")), language="de")

    assert letter.fields["language"] == "en"  # what the standard says of an unstated one
    assert [one["language"] for one in letter.fields["variants"]] == ["fr"]


def test_blocks_of_different_gravity_make_a_message_of_the_gravest() -> None:
    assert fields(info(), info(language="en", severity="Extreme"))["severity"] == "extreme"


def test_two_blocks_in_one_language_are_two_messages_and_refused() -> None:
    assert refused(alert(info(), info(headline="Anderswo"))).field == "info/language"


def test_an_instruction_stays_with_its_language() -> None:
    block = info(language="en", headline="Bomb", description="Leave.", instruction="Go north.")

    assert fields(info(), block)["variants"][0]["text"] == "Leave.\n\nGo north."


def test_a_response_is_said_in_plain_words_where_no_instruction_is() -> None:
    bare = fields(info(responseType="Evacuate"))
    told = fields(info(responseType="Evacuate", instruction="Gehen Sie zur Sammelstelle."))

    assert bare["instruction"] == "Verlassen Sie das Gebiet."
    assert told["instruction"] == "Gehen Sie zur Sammelstelle."


def test_what_takes_effect_later_waits_and_what_begins_later_is_warned_of_now() -> None:
    later, past = "2030-01-01T20:00:00+00:00", "2030-01-01T10:00:00+00:00"

    assert fields(info(effective=later))["not_before"] == datetime(2030, 1, 1, 20, tzinfo=UTC)
    assert "not_before" not in fields(info(effective=past))
    assert "not_before" not in fields(info(onset=later))


def test_the_indentation_of_the_file_and_line_break_tags_do_not_reach_the_text() -> None:
    said = fields(
        info(headline="Bombe\n        entdeckt", description="Eins.\n     Zwei.&lt;br/&gt;Drei.")
    )

    assert said["headline"] == "Bombe entdeckt"
    assert said["text"] == "Eins.\nZwei.\nDrei."


def test_an_update_refers_to_the_keys_of_what_it_updates() -> None:
    both = f"{triple('A')}\n  {triple('B', '2030-01-01T12:59:00+01:00')}"

    letter = read(alert(msgType="Update", references=both))

    assert letter.kind is Kind.UPDATE
    assert letter.follows == (read(alert(identifier="A")).key, read(alert(identifier="B")).key)


@pytest.mark.parametrize(
    ("kind", "response"), [("Cancel", ""), ("Cancel", "AllClear"), ("Update", "AllClear")]
)
def test_a_cancel_and_an_update_that_says_all_clear_are_all_clears(
    kind: str, response: str
) -> None:
    block = info(responseType=response, headline="Entwarnung", severity="Unknown")

    letter = read(alert(block, msgType=kind, references=triple()))

    assert letter.kind is Kind.ALL_CLEAR
    assert letter.fields["headline"] == "Entwarnung"
    assert "severity" not in letter.fields
    assert parse(letter.fields, AllClearIn).headline == "Entwarnung"


def test_a_cancel_needs_no_words() -> None:
    data = alert(msgType="Cancel", references=triple()).replace(info().encode(), b"")

    assert read(data).fields == {"exercise": False}


def test_an_all_clear_is_not_refused_because_the_alarms_end_has_passed() -> None:
    block = info(expires="2030-01-01T11:00:00+00:00")

    assert "expires_at" not in read(alert(block, msgType="Cancel", references=triple())).fields


def test_our_own_notices_can_be_read_again() -> None:
    notice = Notice(
        site=Site(organisation="Stadt", timezone="Europe/Berlin", public_url="https://w.example"),
        id="0190a1b2-0000-7000-8000-000000000017",
        number=17,
        chain="0190a1b2-0000-7000-8000-000000000017",
        severity=Severity.SEVERE,
        language="de",
        headline="Bombe",
        text="Bitte gehen.\n\nSofort.",
        variants=(Variant(language="en", headline="Bomb", text="Please leave."),),
        event="Bombenfund",
        sent=NOON,
        expires_at=NOON.replace(hour=18),
    )

    said = read(cap(notice)).fields

    assert (said["headline"], said["text"]) == ("Bombe", "Bitte gehen.\n\nSofort.")
    assert said["severity"] == "severe"
    assert said["variants"] == [{"language": "en", "headline": "Bomb", "text": "Please leave."}]


def test_what_belongs_to_other_vocabularies_and_what_we_do_not_use_is_passed_over() -> None:
    more = (
        '<x:Signature xmlns:x="urn:x"><x:headline>Falsch</x:headline></x:Signature>'
        "<resource><resourceDesc>Bild</resourceDesc><mimeType>image/png</mimeType></resource>"
    )
    data = alert(info().replace("</info>", f"{more}</info>"), code="intern", note="Notiz")

    assert read(data).fields["headline"] == "Bombe wird entschärft"


def test_another_version_of_cap_is_named_as_such() -> None:
    error = refused(alert(namespace="urn:oasis:names:tc:emergency:cap:1.1"))

    assert "CAP 1.2 is read" in error.phrase.en
    assert "another version" in error.phrase.en


def test_a_file_that_is_something_else_is_named_as_such() -> None:
    assert "'feed'" in refused(b'<feed xmlns="http://www.w3.org/2005/Atom"/>').phrase.en
    assert "'alert'" in refused(b"<alert/>").phrase.en


BOMB = b"""<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<alert>&c;</alert>"""
FETCH = b"""<!DOCTYPE alert [<!ENTITY file SYSTEM "file:///etc/passwd">]><alert>&file;</alert>"""
REMOTE = b"""<!DOCTYPE alert SYSTEM "http://127.0.0.1:9/cap.dtd"><alert/>"""


LEADING_OUT = """<?xml version="1.0"?><?xml-stylesheet href="{url}/a.xsl"?>{doctype}
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2" xmlns:xi="http://www.w3.org/2001/XInclude"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x {url}/b.xsd">
<xi:include href="{url}/c.xml"/><resource><uri>{url}/d.png</uri></resource>{entity}</alert>"""


@pytest.mark.parametrize(
    ("doctype", "entity"),
    [
        ("", ""),
        ('<!DOCTYPE alert SYSTEM "{url}/e.dtd">', ""),
        ('<!DOCTYPE alert [<!ENTITY f SYSTEM "{url}/f">]>', "&f;"),
        ('<!DOCTYPE alert [<!ENTITY % g SYSTEM "{url}/g"> %g;]>', ""),
    ],
)
def test_reading_goes_nowhere_whatever_the_file_leads_to(doctype: str, entity: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        text = LEADING_OUT.replace("{doctype}", doctype).replace("{entity}", entity)

        refused(text.replace("{url}", url).encode())

        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("data", [BOMB, FETCH, REMOTE])
def test_a_document_type_is_refused_at_its_first_word(data: bytes) -> None:
    assert "DOCTYPE" in refused(data).phrase.en


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not valid XML"),
        (b"\x00\x01", "not valid XML"),
        (b"{}", "not valid XML"),
        (alert()[:-20], "not valid XML"),
        (alert() + b"<alert/>", "not valid XML"),
        (b"<alert>&unknown;</alert>", "not valid XML"),
        (b"<?xml version='1.0' encoding='rot13'?><alert/>", "'rot13' is not read"),
        (b"<?xml version='1.0' encoding='utf-7'?><alert/>", "'utf-7' is not read"),
        (b"<alert>\xff\xff</alert>", "not text in utf-8"),
        (b"<a>" * 30 + b"</a>" * 30, "nested too deep"),
        (b"<a>" + b"<b/>" * 50_001 + b"</a>", "nested too deep"),
    ],
)
def test_what_is_no_xml_that_we_read_is_refused(data: bytes, said: str) -> None:
    assert said in refused(data).phrase.en


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "windows-1252"])
def test_the_encodings_that_warnings_are_written_in_are_read(encoding: str) -> None:
    text = alert().decode().replace("UTF-8", encoding.removesuffix("-sig"))

    assert read(text.encode(encoding)).fields["headline"] == "Bombe wird entschärft"


def test_utf_16_is_read_by_its_mark() -> None:
    text = alert().decode().replace("UTF-8", "UTF-16")

    assert read(text.encode("utf-16")).fields["headline"] == "Bombe wird entschärft"


def letter_or_reason(data: bytes) -> Letter | InputError:
    try:
        letter = read(data)
    except InputError as error:
        return error
    try:
        parse(letter.fields, MessageIn if letter.kind is not Kind.ALL_CLEAR else AllClearIn)
    except InputError as error:
        return error
    return letter


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_random_bytes_are_always_refused_with_a_reason(data: bytes) -> None:
    assert isinstance(letter_or_reason(data), InputError)


WHOLE = alert(
    info("Innenstadt", instruction="Gehen Sie.", expires="2030-01-01T18:00:00+01:00"),
    info(language="en", headline="Bomb", description="Leave."),
    references=triple(),
)


@given(st.integers(0, len(WHOLE) - 1))
@settings(max_examples=150, deadline=None)
def test_a_file_cut_anywhere_is_never_a_message(end: int) -> None:
    assert isinstance(letter_or_reason(WHOLE[:end]), InputError)


@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 12), st.binary(max_size=8)),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=300, deadline=None)
def test_a_mutated_file_is_a_message_or_refused_and_nothing_else(
    changes: list[tuple[int, int, bytes]],
) -> None:
    data = WHOLE
    for place, gone, new in changes:
        data = data[:place] + new + data[place + gone :]

    letter_or_reason(data)


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="<&￾￿"),
    max_size=40,
)


@given(st.dictionaries(st.sampled_from(sorted(HEAD)), WORDS), st.data())
@settings(max_examples=200, deadline=None)
def test_well_formed_nonsense_is_a_message_or_refused_and_nothing_else(
    head: dict[str, str], data: st.DataObject
) -> None:
    names = ["language", "severity", "event", "effective", "expires", "web", "description"]
    block = data.draw(st.dictionaries(st.sampled_from(names), WORDS))

    letter_or_reason(alert(info(**block), **head))


def test_the_namespace_is_the_standards() -> None:
    assert CAP.encode() in alert()
