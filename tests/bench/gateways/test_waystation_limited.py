from pathlib import Path

from bench.gateways.waystation_limited import manifest
from tests.adapters.sqlite.made import make_all
from waystation.house import operations
from waystation.settings import Settings


def test_the_manifest_has_500_keys_for_each_model_and_limits_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "setup.yaml"
    path.write_text(manifest({"plain": "http://127.0.0.1:1", "stream": "http://127.0.0.1:2"}))
    settings = Settings(data_dir=tmp_path / "data")
    make_all(settings.data_dir)
    with operations(settings) as catalogue:
        catalogue.apply_file(path, environ={}, prune=False)
        with catalogue.repository.reading():
            now = catalogue.repository.snapshot().catalogue
    assert [len(model.routes) for model in now.models] == [20, 20]
    assert sum(len(upstream.keys) for upstream in now.upstreams) == 1000
    assert all(upstream.key_limits is not None and upstream.model_limits for upstream in now.upstreams)
    limits = [one.limits for of in (now.organizations, now.nodes, now.tokens) for one in of]
    assert [len(one) for one in limits] == [1] * (1 + 3 + 1)
    assert all(model.limit is not None for model in now.models)
