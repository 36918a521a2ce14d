"""The catalogue as it would be after a file."""

import msgspec

from waystation.manifest.document import Document
from waystation.manifest.repository import Item, Snapshot
from waystation.manifest.resolve import Desired
from waystation.wire.catalogue import Model, Node, Token, Upstream


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`gone`: what pruning takes; `tokens`: those that the file does not name."""

    upstreams: dict[str, Upstream]
    models: dict[str, Model]
    nodes: tuple[Node, ...]
    tokens: tuple[Token, ...]
    gone: frozenset[Item]
    faulty: frozenset[tuple[str, str]]


def outcome(document: Document, snapshot: Snapshot, desired: Desired, *, prune: bool) -> Outcome:
    """Pruning takes what a file put there and this one does not name. Organizations stay: they have books."""
    current = snapshot.catalogue
    named = {
        *(Item("upstream", upstream.id) for upstream in desired.upstreams),
        *(Item("model", model.name) for model in desired.models),
        *(Item("organization", organization.id) for organization in desired.organizations),
        *(Item(node.kind, node.id) for node in desired.nodes),
        *(Item("token", token.id) for token in desired.tokens),
    }
    ended = {Item("token", token.id) for token in current.tokens if token.revoked_at is not None}
    gone = frozenset(
        item
        for item, keeper in snapshot.kept_by.items()
        if prune and keeper == "file" and item.kind != "organization" and item not in named and item not in ended
    )
    upstreams = [upstream for upstream in current.upstreams if Item("upstream", upstream.id) not in gone]
    models = [model for model in current.models if Item("model", model.name) not in gone]
    return Outcome(
        upstreams={upstream.name: upstream for upstream in (*upstreams, *desired.upstreams)},
        models={model.name: model for model in (*models, *desired.models)},
        nodes=(*(node for node in current.nodes if Item(node.kind, node.id) not in gone | named), *desired.nodes),
        tokens=tuple(token for token in current.tokens if Item("token", token.id) not in gone | named | ended),
        gone=gone,
        faulty=document.faulty,
    )
