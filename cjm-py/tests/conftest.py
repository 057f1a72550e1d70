"""What examples and tests take for granted: a small shop, what happened there, and what becomes of it.

The names of the fixtures are the names that the examples of docstrings find in scope.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cjm
import pytest

SHOP = """
cjm: 1
id: shop
title: { en: Shop, zh: 小店 }
zone: UTC
language: en
currency: EUR
identities:
  - { id: member }
  - { id: device, deny: [kiosk] }
events:
  visit: {}
  cart: { item: text, amount: money }
  paid: { order_id: optional text }
  review: { stars: { int: [1, 5] } }
customer:
  features: { orders: { count: paid } }
  lifecycle:
    - { id: guest, title: { en: Guest, zh: 访客 } }
    - { id: buyer, title: { en: Buyer, zh: 买家 }, if: orders >= 1 }
journeys:
  - id: buy
    title: { en: Buying, zh: 购买 }
    enter: [visit, cart]
    goal: { event: paid }
    idle: 2h
    stages:
      - id: look
        title: { en: Look, zh: 浏览 }
        touchpoints:
          - { id: home, title: { en: Home page, zh: 首页 }, event: visit, expected: 0.2, repeat: true }
      - id: order
        title: { en: Order, zh: 下单 }
        touchpoints:
          - { id: basket, title: { en: Basket, zh: 购物车 }, event: cart, expected: 0.3 }
          - { id: pay, title: { en: Payment, zh: 支付 }, event: paid, expected: 0.4, wait: 10m }
      - id: after
        title: { en: Afterwards, zh: 售后 }
        touchpoints:
          - { id: rate, title: { en: Review, zh: 评价 }, event: review, optional: true, score: { csat: event.stars },
              expected: 0.4 }
rules:
  - id: forgot
    title: { en: Forgotten basket, zh: 购物车提醒 }
    when: { after: cart, without: paid, for: 30m }
    do: [{ call: remind, with: { item: event.item } }]
    goal: { event: paid, within: 1d }
    cool_down: 1d
  - id: sorry
    title: { en: Bad review, zh: 差评跟进 }
    when: { event: review, where: event.stars <= 2 }
    do: [{ ticket: care, contact_within: 1d, clock: wall }]
tickets:
  queues: [{ id: care, pool: [ann] }]
surveys:
  - { id: nps, title: { en: Would you recommend us?, zh: 您会推荐我们吗？ }, kind: nps, scope: relationship,
      questions: [{ id: score, kind: nps }] }
"""
"""The shop: one journey of three stages, a reminder, and a ticket for who is not happy."""


def _event(id: str, name: str, time: str, who: dict[str, str], **attributes: Any) -> dict[str, Any]:
    at = f"2026-03-01T{time}:00Z"
    return {"id": id, "source": "web", "name": name, "time": at, "identities": who, "attributes": attributes}


def events() -> list[dict[str, Any]]:
    """One afternoon: one who forgets and comes back, one who buys at once, one who only looks."""
    m1, m2, m3 = ({"member": member} for member in ("m1", "m2", "m3"))
    return [
        _event("e1", "cart", "12:05", m1, item="tea", amount="4.50"),
        _event("e2", "visit", "12:10", m2),
        _event("e3", "cart", "12:12", m2, item="cup", amount="9.00"),
        _event("e4", "paid", "12:15", m2, order_id="o1"),
        _event("e5", "visit", "12:30", m3 | {"device": "kiosk"}),
        _event("e6", "chat", "12:31", m3),
        _event("e7", "review", "12:40", m2, stars=5),
        _event("e8", "cart", "14:00", m1, item="jam", amount="3.00"),
        _event("e9", "paid", "15:00", m1, order_id="o2"),
        _event("e10", "review", "15:10", m1, stars=2),
    ]


@pytest.fixture
def blueprint() -> cjm.Blueprint:
    """The shop."""
    return cjm.Blueprint.parse(SHOP)


@pytest.fixture
def log(blueprint: cjm.Blueprint) -> cjm.EventLog:
    """What happened there."""
    return cjm.EventLog.from_events(events(), blueprint=blueprint)


@pytest.fixture
def study(blueprint: cjm.Blueprint, log: cjm.EventLog) -> cjm.Study:
    """What it comes to."""
    return blueprint.study(log)


@pytest.fixture
def replay(blueprint: cjm.Blueprint, log: cjm.EventLog) -> cjm.Replay:
    """What the rules make of it."""
    return blueprint.replay(log, until="end_of_waits")


@pytest.fixture
def engine(blueprint: cjm.Blueprint) -> cjm.Engine:
    """A live engine that knows nobody yet."""
    return cjm.Engine(blueprint)


@pytest.fixture
def store(blueprint: cjm.Blueprint, tmp_path: Path) -> Iterator[cjm.Store]:
    """A store in an empty file."""
    with cjm.Store.open(tmp_path / "till.db", blueprint) as opened:
        yield opened


@pytest.fixture
def cart() -> dict[str, Any]:
    """The first event: somebody puts tea into the basket."""
    return events()[0]
