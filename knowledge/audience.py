"""Who is asking, as far as knowledge is concerned."""

from dataclasses import dataclass
from typing import Any

# Whether now is a's time, and an audience may see it, in SQL; takes `Audience.parameters`.
ADMITTED = """
    (a.valid_from IS NULL OR a.valid_from <= statement_timestamp())
    AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
    AND (%(everything)s OR a.audience = 'everyone' OR %(identified)s)
    AND (%(everything)s OR cardinality(a.tags) = 0 OR a.tags && %(tags)s::varchar[])
"""
# The same of article a.
VISIBLE = f"a.status = 'published' AND {ADMITTED}"


@dataclass(frozen=True)
class Audience:
    """What a searcher may see.

    tags: an untagged article is for everybody, a tagged one for audiences that share a tag.
    identified: whether the customer's identity is proven; some articles are for those only.
    everything: staff and unrestricted integrations, who see every published article.
    """

    tags: tuple[str, ...] = ()
    identified: bool = False
    everything: bool = False

    def parameters(self) -> dict[str, Any]:
        """What VISIBLE asks for."""
        return {"everything": self.everything, "identified": self.identified, "tags": list(self.tags)}


EVERYTHING = Audience(everything=True)
