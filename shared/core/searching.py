"""Finding something by words: every word must be somewhere in it. Pure."""

import unicodedata

from shared.core.models import Content, Post


def folded(text: str) -> str:
    """The same for all ways of writing it: small and capital letters, wide and narrow ones."""
    return unicodedata.normalize("NFKC", text).casefold()


def holds(words: str, *texts: str) -> bool:
    """Whether every word stands in one of the texts, also as a part of a longer word."""
    known = folded(" ".join(texts))
    return all(word in known for word in folded(words).split())


def texts_of(post: Post) -> tuple[str, ...]:
    """All that people wrote in a post, for every account that it goes to."""
    return (*_texts(post.content), *post.tags)


def _texts(content: Content) -> list[str]:
    found = [content.text, content.first_comment, content.options.content_warning]
    found += [part.text for part in content.parts]
    for variant in content.variants.values():
        found += [variant.text or "", variant.first_comment or ""]
        found += [part.text for part in variant.parts or ()]
        if variant.options is not None:
            found.append(variant.options.content_warning)
    return found
