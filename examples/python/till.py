"""A till in Python. A guest agrees to be written to, then cancels an order; five minutes later a coupon is due. It is
handed over until it is acknowledged, and never again after that, whatever is sent twice and however often the till
restarts.

    python till.py examples/blueprints/restaurant.yaml till.db

The file is to be new: what is expected of it stands in examples/expected/till.txt, for C, C++ and Rust too.
"""

import sys

import cjm


def event(name: str, time: str, id: str, **attributes: object) -> dict[str, object]:
    return {
        "id": id,
        "source": "till-1",
        "name": name,
        "time": time,
        "identities": {"member": "m-1"},
        "attributes": attributes,
    }


def cancelled(reason: str) -> dict[str, object]:
    return event("order_cancelled", "2026-03-02T12:00:00+08:00", "e1", order_id="o-2", reason=reason)


def happen(store: cjm.Store) -> None:
    """What happened until six minutes after noon."""
    consent = {"channel": "wechat", "purpose": "marketing", "granted": True}
    store.push(event("consent_changed", "2026-03-01T10:00:00+08:00", "e0", **consent))
    store.push(cancelled("too_slow"))
    store.advance("2026-03-02T12:06:00+08:00")


def hand_over(store: cjm.Store, *, acknowledge: bool) -> None:
    """One pass over the outbox."""
    waiting = store.outbox()
    for one in waiting:
        ((kind, customer),) = one.customer.items()
        due = one.to_dict()["due"]
        print(f"{one.rule} {one.action} {one.target} to {kind} {customer} by {one.channel} due {due}")
        print(one.to_json())
        if acknowledge:
            store.ack(one, "delivered")
            print("acknowledged")
    if not waiting:
        print("nothing")


def main(blueprint_file: str, file: str) -> None:
    blueprint = cjm.Blueprint.load(blueprint_file)

    print("# a cancelled order, six minutes later")
    with cjm.Store.open(file, blueprint) as store:
        happen(store)
        hand_over(store, acknowledge=False)

    print("# the till starts again: what was not acknowledged comes again")
    with cjm.Store.open(file, blueprint) as store:
        hand_over(store, acknowledge=True)

        print("# the same events again")
        happen(store)
        hand_over(store, acknowledge=True)

        print("# one of them with another body")
        try:
            store.push(cancelled("other"))
        except cjm.ConflictError as error:
            print(error.code)

    print("# the till starts again")
    with cjm.Store.open(file, blueprint) as store:
        hand_over(store, acknowledge=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
