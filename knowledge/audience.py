"""Who is asking, as far as knowledge is concerned."""

from dataclasses import dataclass


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


EVERYTHING = Audience(everything=True)
