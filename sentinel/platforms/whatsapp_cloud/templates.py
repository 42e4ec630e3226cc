"""The text as a template takes it: one placeholder, `{{1}}`, without line breaks.

WhatsApp lets nobody write first but with a template that Meta approved before.
So the template's own words are fixed, and all of a message goes into its one
placeholder: what stands on lines of its own elsewhere is parted by dashes here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sentinel.domain.delivery import Rendered
from sentinel.domain.message import Content
from sentinel.domain.text import fit
from sentinel.platforms import NO_IMAGE, Account, Draft

LIMIT: Final = 1024
"""Of a template's body, filled in; in UTF-16 units, the stricter way to count."""

RESERVE: Final = 124
"""Kept for the template's own words."""

LONGEST_KEY: Final = 512
_BETWEEN: Final = " – "


def units(text: str) -> int:
    """Return the number of UTF-16 units."""
    return len(text.encode("utf-16-le", "replace")) // 2


def one_line(text: str) -> str:
    """Return the text without line breaks, tabs, rows of blanks and halves of surrogates."""
    paragraphs = (" ".join(line.split()) for line in text.splitlines())
    joined = _BETWEEN.join(paragraph for paragraph in paragraphs if paragraph)
    return joined.encode("utf-8", "replace").decode()


def render(draft: Draft, account: Account) -> Rendered:
    """Return the text in the message's language, and beside it those in its others."""
    content = draft.message.content
    text, cut = _fitted(content, draft, account)
    language = account.setting("template_language") or content.language
    others = {
        code_of(variant.language): _fitted(
            replace(
                content,
                headline=variant.headline,
                text=variant.text,
                short_text=variant.short_text,
                instruction=None,
                texts={},
            ),
            draft,
            account,
        )[0]
        for variant in content.variants
    }
    return Rendered(
        text=text,
        key=draft.delivery_id,
        length=units(text),
        limit=LIMIT,
        payload={
            "template": account.setting("template"),
            "language": code_of(language),
            "others": others,
        },
        cut=cut,
        warnings=(NO_IMAGE,) if content.image else (),
    )


def code_of(language: str) -> str:
    """Return a language as templates are named: `en_US` for `en-US`."""
    return language.encode("ascii", "ignore").decode().replace("-", "_")


def spoken_by(language: str, rendered: Rendered) -> str:
    """Return the language of the text for somebody who speaks `language`."""
    main, others = str(rendered.payload.get("language", "")), _others(rendered)
    wanted = code_of(language)
    short = wanted.partition("_")[0]
    known = [code for code in (wanted, short) if code in (main, *others)]
    return known[0] if known else main


def body(to: str, key: str, rendered: Rendered, language: str) -> Mapping[str, Any]:
    """Return one sending. `key` comes back with every receipt."""
    text = _others(rendered).get(language, rendered.text)
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to.removeprefix("+"),
        "type": "template",
        "template": {
            "name": rendered.payload.get("template", ""),
            "language": {"code": language},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": text}]},
            ],
        },
        "biz_opaque_callback_data": key[:LONGEST_KEY],
    }


def _others(rendered: Rendered) -> Mapping[str, str]:
    found = rendered.payload.get("others")
    return found if isinstance(found, Mapping) else {}


def _fitted(content: Content, draft: Draft, account: Account) -> tuple[str, tuple[str, ...]]:
    mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
    fitted = fit(
        content,
        channel=account.channel,
        mark=mark,
        link=draft.link,
        limit=LIMIT - RESERVE,
        length=lambda text: units(one_line(text)),
    )
    return one_line(fitted.text), fitted.cut
