"""What the peer programs share: the clock and the form of an answer."""
import json
import os
import statistics
import time

DATA = os.environ["CJM_PEERS_DATA"]


def timed(peer, work, remark):
    """Runs a work six times and prints its first call, the median of the five others and a remark on its answer."""
    walls = []
    for _ in range(6):
        started = time.perf_counter()
        answer = work()
        walls.append(time.perf_counter() - started)
    row = dict(peer=peer, first_s=walls[0], median_s=statistics.median(walls[1:]), remark=remark(answer))
    print(json.dumps(row), flush=True)


def once(peer, work, remark):
    """Runs a work one time: what takes too long for six."""
    started = time.perf_counter()
    answer = work()
    wall = time.perf_counter() - started
    print(json.dumps(dict(peer=peer, first_s=wall, median_s=wall, remark=remark(answer))), flush=True)
