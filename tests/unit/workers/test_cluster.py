"""Workers on several nodes: a node that goes away loses nothing, and blames no item."""

import secrets
import sys
import time

import pytest

from xai_core.workers.ray_pool import RayPool

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements-ray.txt")
cluster_utils = pytest.importorskip("ray.cluster_utils")
pytestmark = pytest.mark.filterwarnings("ignore")


class Squares:
    """Work that takes a while, on the node whose name is in its answer."""

    def open(self):
        node = ray.get_runtime_context().get_node_id()

        def answer(number):
            time.sleep(0.2)
            return number**2, node

        return answer


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    monkeypatch.setenv("RAY_raylet_start_wait_time_s", "120")
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    # The head has no room for workers, so that all of them are on nodes that can go away.
    started = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    yield started
    started.shutdown()


def test_a_node_that_goes_away_loses_nothing(cluster):
    nodes = [cluster.add_node(num_cpus=2) for _ in range(2)]
    cluster.wait_for_nodes()
    notes = []
    with RayPool(address=cluster.address, note=notes.append) as pool:
        assert pool.workers == 4
        found = {}
        for done in pool.run(Squares(), range(60)):
            assert done.fault is None
            assert done.item not in found
            found[done.item] = done.answer
            if len(found) == 12:
                assert len({node for _, node in found.values()}) == 2
                cluster.remove_node(nodes[1], allow_graceful=False)
    assert {number: square for number, (square, _) in found.items()} == {number: number**2 for number in range(60)}
    assert "A worker died, and another takes its place: its node went away, or cannot be reached." in notes
