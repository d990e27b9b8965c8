"""Golden latencies of coded serving: python3 scripts/golden/serving.py > test/golden/serving.json

An independent simulation of three deployments, without an event list: queues are first in, first out, so each group of tasks can be
placed after the groups before it. The draws stand in the file beside the latencies. Standard library only, any Python 3.
"""

import heapq
import json
import random

REQUESTS = 100


def draws(seed, tasks, rate, law):
    """Poisson arrivals, and a service time for each task of each request, in seconds."""
    source = random.Random(seed)
    time, arrivals = 0.0, []
    for _ in range(REQUESTS):
        time += source.expovariate(rate)
        arrivals.append(time)
    return arrivals, [[law(source) for _ in range(tasks)] for _ in range(REQUESTS)]


def any_of(arrivals, service, workers, need):
    """One queue; a request is answered by any `need` of its tasks; then those of its tasks that still wait are dropped."""
    free = [0.0] * workers
    latencies = []
    for at, times in zip(arrivals, service):
        ends = []
        for time in times:
            start = max(free[0], at)
            if len(ends) >= need and sorted(ends)[need - 1] <= start:
                continue
            heapq.heapreplace(free, start + time)
            ends.append(start + time)
        latencies.append(sorted(ends)[need - 1] - at)
    return latencies


def parities(arrivals, service, sizes):
    """A queue for the queries and one for the parities; each group of queries has one parity. What a group needs no more is dropped."""
    K = sum(sizes)
    pools = [[0.0] * K, [0.0] * len(sizes)]
    group_of = [g for g, size in enumerate(sizes) for _ in range(size)] + list(range(len(sizes)))
    latencies = []
    for at, times in zip(arrivals, service):
        waiting = [list(range(K)), list(range(K, len(times)))]
        ends = [[] for _ in sizes]  # the query's own answer or the parity's: as many as the group has queries are enough
        while waiting[0] or waiting[1]:
            # the two queues side by side, the earlier start first
            pool = min((p for p in (0, 1) if waiting[p]), key=lambda p: max(pools[p][0], at))
            task = waiting[pool].pop(0)
            group = group_of[task]
            start = max(pools[pool][0], at)
            if len(ends[group]) >= sizes[group] and sorted(ends[group])[sizes[group] - 1] <= start:
                continue
            heapq.heapreplace(pools[pool], start + times[task])
            ends[group].append(start + times[task])
        latencies.append(max(sorted(e)[size - 1] for e, size in zip(ends, sizes)) - at)
    return latencies


def copies(arrivals, service, queries, cost):
    """A queue a worker; worker n computes query `queries[n]`; the first copy counts, the others end then, which costs time."""
    free = [0.0] * len(queries)
    latencies = []
    for at, times in zip(arrivals, service):
        done = {}
        for query in set(queries):
            own = [n for n, q in enumerate(queries) if q == query]
            starts = {n: max(free[n], at) for n in own}
            done[query] = min(starts[n] + times[n] for n in own)
            for n in own:
                if starts[n] + times[n] == done[query]:
                    free[n] = done[query]
                elif starts[n] < done[query]:
                    free[n] = done[query] + cost
        latencies.append(max(done.values()) - at)
    return latencies


def pareto(source):
    return 0.012 * source.paretovariate(2.5)


def exponential(source):
    return 0.01 + source.expovariate(100.0)


def bimodal(source):
    # times that never tie: a millionth of a second of noise
    return (0.015 if source.random() < 0.95 else 0.115) + 1e-6 * source.random()


def main():
    settings = []

    arrivals, service = draws(1, 13, 40.0, pareto)
    settings.append({"name": "any 12 of 13", "need": 12, "arrivals": arrivals, "service": service,
                     "latencies": any_of(arrivals, service, 13, 12)})

    sizes = [4, 3, 3]
    arrivals, service = draws(2, 13, 40.0, bimodal)
    settings.append({"name": "parities", "sizes": sizes, "arrivals": arrivals, "service": service,
                     "latencies": parities(arrivals, service, sizes)})

    queries = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]
    arrivals, service = draws(3, 13, 30.0, exponential)
    settings.append({"name": "copies", "queries": queries, "cost": 0.002, "arrivals": arrivals, "service": service,
                     "latencies": copies(arrivals, service, queries, 0.002)})
    print(json.dumps({"settings": settings}))


main()
