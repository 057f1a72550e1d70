"""From a blueprint to a decision, step by step. Run it as it stands, or cell by cell in a notebook.

    python tutorial.py
"""

# %% A blueprint says what the journey is. Here is a small one; `Blueprint.load` reads a file.
from datetime import datetime, timedelta

import cjm

blueprint = cjm.Blueprint.parse(
    """
cjm: 1
id: shop
zone: UTC
currency: EUR
identities: [{ id: member }]
events:
  visit: {}
  cart: { item: text, amount: money }
  paid: {}
  review: { stars: { int: [1, 5] } }
customer:
  features: { orders: { count: paid } }
journeys:
  - id: order
    title: { en: Order, zh: 下单 }
    enter: visit
    goal: { event: paid }
    idle: 1d
    stages:
      - id: choose
        title: { en: Choose, zh: 选购 }
        touchpoints:
          - { id: look, event: visit, expected: 0.2, repeat: true }
          - { id: basket, event: cart, expected: 0.3, repeat: true }
      - id: pay
        title: { en: Pay, zh: 支付 }
        touchpoints: [{ id: checkout, event: paid, expected: 0.4, wait: 10m }]
      - id: enjoy
        title: { en: Enjoy, zh: 使用 }
        touchpoints: [{ id: review, event: review, optional: true, expected: 0.4, score: { csat: event.stars } }]
rules:
  - id: forgot
    when: { after: cart, without: paid, for: 30m }
    do: [{ call: remind, with: { item: event.item } }]
"""
)

# %% Everything that is wrong with it, with the place and what to do.
for finding in blueprint.check():
    print(f"{finding.severity} {finding.code} {finding.line}:{finding.column} {finding.message} {finding.help}")

# %% The map, for a page, a notebook or a diagram: Mermaid, Graphviz, SVG.
(order,) = blueprint.journeys
print(order.to_mermaid())

# %% Events: a file with `cjm.read_events`, any data frame, or made-up customers who walk the maps.
log = blueprint.simulate(customers=500, days=60, seed=7)
print(log)

# %% The study: every customer walks the maps once. Every figure has its n and its interval.
study = blueprint.study(log)
for row in study.stages():
    print(row["stage"], row["entered"], "entered,", row["dropped"], "dropped off")
for row in study.curve():
    print(row["touchpoint"], "expected", row["expected"], "actual", row["actual"], "n", row["n"])
print(study.text(language="zh"))

# %% What the rule would have done with these events, and why it did for one customer.
replay = blueprint.replay(log, until="end_of_waits")
print(replay)
decision = replay.decisions[0]
print(blueprint.explain(log, decision.customer, decision.rule, at=decision.due))

# %% The same rule, live: time is an argument.
engine = cjm.Engine(blueprint)
noon = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
cart = cjm.Event("cart", noon, {"member": "m-1"}, {"item": "tea", "amount": "38.00"}, id="e1", source="web")
assert engine.push(cart) == []
assert engine.next_due() == noon + timedelta(minutes=30)
(reminder,) = engine.advance(noon + timedelta(minutes=31))
print(reminder, reminder.arguments)
engine.ack(reminder, "delivered")
print(engine.customer({"member": "m-1"}))

# %% Keep it, and go on where it was.
snapshot = engine.snapshot()
assert cjm.Engine.restore(blueprint, snapshot).snapshot() == snapshot
