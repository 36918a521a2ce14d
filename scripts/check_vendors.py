"""Check that no code outside `vendors/` branches on a vendor's name: what is particular to a vendor is in its file."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path


def vendor_names(vendors: Path) -> set[str]:
    """The names of the modules with a `VENDOR`, found without importing them."""
    return {module.stem for module in vendors.glob("*.py") if "VENDOR" in _assigned(_parse(module))}


def branches(module: ast.Module, names: set[str]) -> Iterator[int]:
    """The lines at which a vendor's name is compared or matched."""
    for node in ast.walk(module):
        match node:
            case ast.Compare():
                operands = [node.left, *node.comparators]
            case ast.MatchValue():
                operands = [node.value]
            case _:
                continue
        if any(_strings(operand) & names for operand in operands):
            yield node.lineno


def _strings(node: ast.AST) -> set[str]:
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def _assigned(module: ast.Module) -> set[str]:
    targets: list[ast.expr] = []
    for statement in module.body:
        if isinstance(statement, ast.Assign):
            targets += statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets.append(statement.target)
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _parse(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def main(root: Path) -> int:
    source = root / "src/waystation"
    names = vendor_names(source / "vendors")
    problems = [
        f"{module.relative_to(root)}:{line}: a vendor's name is compared outside vendors/"
        for module in sorted(source.rglob("*.py"))
        if not module.is_relative_to(source / "vendors")
        for line in branches(_parse(module), names)
    ]
    print("\n".join(problems) or f"vendors: none of {len(names)} names is compared outside vendors/")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[1]))
