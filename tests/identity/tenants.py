"""An organization with departments, a project, a member and a token below them."""

from typing import Final

from waystation.wire.catalogue import Budget, Node, Organization, Token

ACME: Final = Organization("org_1", "acme", time_zone="Asia/Shanghai")


def node(id_: str, name: str, kind: str = "department", parent_id: str | None = None, /, **fields: object) -> Node:
    known = {"id": id_, "kind": kind, "name": name, "organization_id": "org_1", "parent_id": parent_id}
    return Node(**(known | fields))  # type: ignore[arg-type]  # fields by name


def token(**fields: object) -> Token:
    known: dict[str, object] = {
        "id": "tok_1",
        "name": "ci",
        "organization_id": "org_1",
        "digest": b"1" * 32,
        "hint": "sk-ws-ab…cd",
    }
    return Token(**(known | fields))  # type: ignore[arg-type]  # fields by name


def budget(id_: str, nanos: int = 100, period: str = "month", currency: str = "USD", **fields: object) -> Budget:
    known = {"amount_nanos": nanos, "currency": currency, "period": period, "id": id_}
    return Budget(**(known | fields))  # type: ignore[arg-type]  # fields by name


RESEARCH: Final = node("dep_1", "研发")
PLATFORM: Final = node("dep_2", "平台", "department", "dep_1")
CHAT: Final = node("prj_1", "chat", "project", "dep_2")
SALES: Final = node("dep_3", "销售")
ALICE: Final = node("mem_1", "alice", "member", "dep_3")
NODES: Final = {one.id: one for one in (RESEARCH, PLATFORM, CHAT, SALES, ALICE)}
