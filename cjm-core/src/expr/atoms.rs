//! A condition taken apart: each comparison with the values at hand, and which would have to be otherwise.
//!
//! Answers: what of a condition holds, with which operands, and the fewest comparisons whose turn would make it hold.
//! Does not know: where values come from. The value is that of [`Program::holds`]; this only shows its parts.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::code::{Body, Code};
use super::eval::Evaluation;
use super::tree::{Binary, Id, Kind, Tree};
use super::val::Budget;
use super::{Program, Scope, json, parse};
use crate::base::value::Value;

/// Longest text of an operand's value that is told, in characters.
const MAX_SHOWN: usize = 256;

/// A condition and what each of its comparisons came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assessed {
    /// The condition as written.
    pub text: String,
    /// Whether it holds; `None` when it ends in an error, and then it counts as not holding.
    pub holds: Option<bool>,
    /// Its comparisons in the order written: what stands between `&&`, `||` and `!`.
    pub atoms: Vec<Atom>,
    /// The fewest comparisons that would have to be otherwise for it to hold, or not to hold where that is what lets
    /// a rule act; empty when it is so already.
    pub needs: Vec<Needed>,
}

/// One comparison, or whatever else is true or false in a condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Atom {
    /// As written.
    pub text: String,
    /// Whether it holds; `None` when it ends in an error.
    pub holds: Option<bool>,
    /// What it compares, literals left out.
    pub operands: Vec<Operand>,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Operand {
    /// As written.
    pub text: String,
    /// Its value: null where there is none, `None` when it ends in an error.
    #[serde(serialize_with = "plain")]
    pub value: Option<Value>,
}

/// A comparison that would have to be otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Needed {
    /// Its position among the atoms.
    pub atom: usize,
    /// What it would have to be.
    pub holds: bool,
    /// The side that would have to change, as written.
    pub operand: String,
    /// What it is; null where it has no value.
    #[serde(serialize_with = "plain")]
    pub from: Option<Value>,
    /// How it would have to stand to the other side, as in `>`; `None` where there is no other side.
    pub relation: Option<&'static str>,
    /// The other side's value.
    #[serde(serialize_with = "plain")]
    pub than: Option<Value>,
    /// The nearest value that would do, where there is a nearest.
    #[serde(serialize_with = "plain")]
    pub to: Option<Value>,
}

impl Program {
    /// Takes a condition apart over a scope.
    ///
    /// ```
    /// use cjm_core::{Value, expr};
    /// struct Names;
    /// impl expr::Types for Names {
    ///     fn lookup(&self, path: &[&str]) -> Option<expr::Name> {
    ///         (path == ["visits"]).then_some(expr::Name { slot: 0, ty: expr::Type::Int })
    ///     }
    ///     fn children(&self, _: &[&str]) -> Vec<String> { vec!["visits".into()] }
    /// }
    /// struct Once(cjm_core::Zone);
    /// impl expr::Scope for Once {
    ///     fn value(&self, _: u32) -> cjm_core::ValueRef<'_> { cjm_core::ValueRef::Int(1) }
    ///     fn member(&self, _: u32, _: &str) -> bool { false }
    ///     fn names(&self, _: u32) -> Vec<Value> { Vec::new() }
    ///     fn zone(&self) -> &cjm_core::Zone { &self.0 }
    /// }
    /// let program = expr::condition("visits >= 1 && visits > 3", &Names).map_err(|f| format!("{f:?}"))?;
    /// let assessed = program.assess(&Once(cjm_core::Zone::utc()));
    /// assert_eq!((assessed.holds, assessed.atoms[0].holds), (Some(false), Some(true)));
    /// let need = &assessed.needs[0];
    /// assert_eq!((&*need.operand, &need.from, &need.to), ("visits", &Some(Value::Int(1)), &Some(Value::Int(4))));
    /// # Ok::<(), String>(())
    /// ```
    pub fn assess<S: Scope + ?Sized>(&self, scope: &S) -> Assessed {
        self.assess_for(scope, true)
    }

    /// The same with what it would need for being what is wanted.
    pub(crate) fn assess_for<S: Scope + ?Sized>(&self, scope: &S, wanted: bool) -> Assessed {
        let text = self.text().to_owned();
        let holds = self.holds(scope).ok();
        let Ok(tree) = parse::parse(&text) else {
            return Assessed { text, holds, atoms: Vec::new(), needs: Vec::new() };
        };
        let mut parts = Parts { tree: &tree, body: &self.0.body, text: &text, scope, leaves: Vec::new() };
        parts.gather(tree.root);
        let atoms = parts.leaves.iter().map(|leaf| parts.atom(*leaf)).collect();
        let needs = if holds == Some(wanted) { Vec::new() } else { parts.needs(tree.root, wanted) };
        let needs = needs.into_iter().filter_map(|(leaf, wanted)| parts.needed(leaf, wanted)).collect();
        Assessed { text, holds, atoms, needs }
    }
}

/// One condition being taken apart. The code has one instruction for each node of the tree, under the same id.
struct Parts<'a, S: ?Sized> {
    tree: &'a Tree,
    body: &'a Body,
    text: &'a str,
    scope: &'a S,
    /// What is no logic, in the order written.
    leaves: Vec<Id>,
}

impl<S: Scope + ?Sized> Parts<'_, S> {
    /// Finds the leaves. INVARIANT (bounded): a tree is at most [`super::MAX_DEPTH`] deep.
    fn gather(&mut self, id: Id) {
        match self.tree.kind(id) {
            Kind::And(ids) | Kind::Or(ids) => {
                for child in self.tree.ids(*ids).to_vec() {
                    self.gather(child);
                }
            }
            Kind::Not(a) => self.gather(*a),
            _ => self.leaves.push(id),
        }
    }

    fn truth(&self, id: Id) -> Option<bool> {
        Evaluation::new(self.body, self.scope, Budget::FULL).truth(id).ok()
    }

    fn value(&self, id: Id) -> Option<Value> {
        let mut evaluation = Evaluation::new(self.body, self.scope, Budget::FULL);
        let val = evaluation.eval(id).ok()?;
        let value = val.to_value(&mut evaluation.budget).ok()?;
        Some(match value {
            Value::Text(text) if text.chars().count() > MAX_SHOWN => {
                Value::Text(text.chars().take(MAX_SHOWN).collect::<String>().into())
            }
            value => value,
        })
    }

    /// The text of a node; brackets around a comparison are left out.
    fn written(&self, id: Id) -> String {
        let range = match self.tree.kind(id) {
            Kind::Binary(_, a, b) => self.tree.range(*a).start..self.tree.range(*b).end,
            _ => self.tree.range(id),
        };
        self.text.get(range).unwrap_or("").trim().to_owned()
    }

    fn atom(&self, id: Id) -> Atom {
        let operands = self.operands(id).into_iter();
        let operands = operands.filter(|id| !self.is_known(*id));
        let operands = operands.map(|id| Operand { text: self.written(id), value: self.value(id) });
        Atom { text: self.written(id), holds: self.truth(id), operands: operands.collect() }
    }

    /// What a leaf compares; itself when it compares nothing.
    fn operands(&self, id: Id) -> Vec<Id> {
        match self.tree.kind(id) {
            Kind::Binary(_, a, b) => vec![*a, *b],
            Kind::Has(a) => vec![*a],
            Kind::Loop(l) => vec![l.over],
            Kind::If(test, ..) => vec![*test],
            Kind::Call { on, args, .. } => on.iter().chain(self.tree.ids(*args)).copied().collect(),
            _ => vec![id],
        }
    }

    /// Whether a value was known before anything happened.
    fn is_known(&self, id: Id) -> bool {
        matches!(self.body.at(id), Code::Const(_))
    }

    /// The fewest leaves that would have to be otherwise for a node to be what is wanted.
    fn needs(&self, id: Id, wanted: bool) -> Vec<(Id, bool)> {
        if self.truth(id) == Some(wanted) {
            return Vec::new();
        }
        let (all, ids) = match self.tree.kind(id) {
            Kind::And(ids) => (wanted, *ids),
            Kind::Or(ids) => (!wanted, *ids),
            Kind::Not(a) => return self.needs(*a, !wanted),
            _ => return vec![(id, wanted)],
        };
        let each = self.tree.ids(ids).iter().map(|child| self.needs(*child, wanted));
        if all { each.flatten().collect() } else { each.min_by_key(Vec::len).unwrap_or_default() }
    }

    /// What would have to be otherwise in a leaf.
    fn needed(&self, id: Id, wanted: bool) -> Option<Needed> {
        let atom = self.leaves.iter().position(|leaf| *leaf == id)?;
        let Kind::Binary(op, a, b) = self.tree.kind(id) else {
            let (operand, from) = (self.written(id), self.truth(id).map(Value::Bool));
            let to = Some(Value::Bool(wanted));
            return Some(Needed { atom, holds: wanted, operand, from, relation: None, than: None, to });
        };
        // `1 < x` asks of x what `x > 1` does; of `'a' in tags` the tags are what changes
        let turned = self.is_known(*a) && !self.is_known(*b);
        let (changed, other) = if turned { (*b, *a) } else { (*a, *b) };
        if *op == Binary::In {
            return Some(self.needed_in(atom, wanted, turned, (changed, other)));
        }
        let op = if turned { mirrored(*op) } else { *op };
        let op = if wanted { Some(op) } else { opposite(op) };
        let (from, than) = (self.value(changed), self.value(other));
        let to = op.and_then(|op| nearest(op, from.as_ref(), than.as_ref()?));
        let relation = op.map(Binary::mark);
        Some(Needed { atom, holds: wanted, operand: self.written(changed), from, relation, than, to })
    }

    /// The same of `x in list`; `turned` where the list is what changes.
    fn needed_in(&self, atom: usize, wanted: bool, turned: bool, (changed, other): (Id, Id)) -> Needed {
        let relation = match (turned, wanted) {
            (true, true) => "has",
            (true, false) => "has not",
            (false, true) => "in",
            (false, false) => "not in",
        };
        let (from, than) = (self.value(changed), self.value(other));
        let first = match &than {
            Some(Value::List(items)) if !turned && wanted => items.first().cloned(),
            _ => None,
        };
        let operand = self.written(changed);
        Needed { atom, holds: wanted, operand, from, relation: Some(relation), than, to: first }
    }
}

/// The relation with its sides exchanged.
const fn mirrored(op: Binary) -> Binary {
    match op {
        Binary::Less => Binary::Greater,
        Binary::LessEqual => Binary::GreaterEqual,
        Binary::Greater => Binary::Less,
        Binary::GreaterEqual => Binary::LessEqual,
        other => other,
    }
}

/// The relation that holds when another does not; `None` where no mark says it.
const fn opposite(op: Binary) -> Option<Binary> {
    Some(match op {
        Binary::Less => Binary::GreaterEqual,
        Binary::LessEqual => Binary::Greater,
        Binary::Greater => Binary::LessEqual,
        Binary::GreaterEqual => Binary::Less,
        Binary::Equal => Binary::NotEqual,
        Binary::NotEqual => Binary::Equal,
        _ => return None,
    })
}

/// The nearest value that stands so to another one: of whole numbers the next, of amounts the next at their scale.
fn nearest(op: Binary, from: Option<&Value>, than: &Value) -> Option<Value> {
    let side = match op {
        Binary::Equal | Binary::LessEqual | Binary::GreaterEqual => 0,
        Binary::Less => -1,
        Binary::Greater => 1,
        _ => return None,
    };
    match (from, than) {
        (Some(Value::Money(amount)), than) => {
            let bound = decimal(than)?;
            let step = Decimal::new(side, amount.scale().max(bound.scale()));
            bound.checked_add(step).map(Value::Money)
        }
        (_, Value::Int(bound)) => bound.checked_add(side).map(Value::Int),
        (_, Value::Money(bound)) => bound.checked_add(Decimal::new(side, bound.scale())).map(Value::Money),
        (_, than) if side == 0 => Some(than.clone()),
        _ => None,
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(i) => Some(Decimal::from(*i)),
        Value::Money(d) => Some(*d),
        _ => None,
    }
}

/// A value as plain JSON; null also where there is none.
fn plain<S: Serializer>(value: &Option<Value>, s: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map_or(serde_json::Value::Null, json::json).serialize(s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::value::ValueRef;
    use crate::base::zone::Zone;
    use crate::expr::{Name, Type, Types, condition};

    struct Shop(Zone);

    const NAMES: [(&str, Type); 5] = [
        ("visits", Type::Int),
        ("amount", Type::Money),
        ("city", Type::Text),
        ("tags", Type::Names),
        ("gone", Type::Int),
    ];

    impl Types for Shop {
        fn lookup(&self, path: &[&str]) -> Option<Name> {
            let [name] = path else { return None };
            let slot = NAMES.iter().position(|(known, _)| known == name)?;
            Some(Name { slot: slot as u32, ty: NAMES[slot].1 })
        }
        fn children(&self, _: &[&str]) -> Vec<String> {
            NAMES.iter().map(|(name, _)| (*name).to_owned()).collect()
        }
    }

    impl Scope for Shop {
        fn value(&self, slot: u32) -> ValueRef<'_> {
            match slot {
                0 => ValueRef::Int(2),
                1 => ValueRef::Money(Decimal::from(80)),
                2 => ValueRef::Text("Wuhan"),
                _ => ValueRef::Null,
            }
        }
        fn member(&self, _: u32, text: &str) -> bool {
            text == "vip"
        }
        fn names(&self, _: u32) -> Vec<Value> {
            vec!["vip".into()]
        }
        fn zone(&self) -> &Zone {
            &self.0
        }
    }

    /// A condition's atoms as `+ text`, `- text` or `! text`, then what it needs as `operand from -> relation than (to)`.
    fn told(text: &str) -> String {
        let shop = Shop(Zone::utc());
        let assessed = condition(text, &shop).unwrap().assess(&shop);
        let show = |v: &Option<Value>| v.as_ref().map_or("error".to_owned(), |v| json::json(v).to_string());
        let atoms = assessed.atoms.iter().map(|atom| {
            let mark = atom.holds.map_or('!', |holds| if holds { '+' } else { '-' });
            let values: Vec<String> =
                atom.operands.iter().map(|o| format!("{}={}", o.text, show(&o.value))).collect();
            format!("{mark} {} [{}]", atom.text, values.join(" "))
        });
        let needs = assessed.needs.iter().map(|n| {
            let relation = n.relation.unwrap_or("is");
            format!("{} {} {relation} {} ({})", n.operand, show(&n.from), show(&n.than), show(&n.to))
        });
        atoms.chain(needs).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn conditions_are_taken_apart() {
        for (text, expected) in [
            ("amount > 99.99", r#"- amount > 99.99 [amount="80"]; amount "80" > "99.99" ("100.00")"#),
            ("99.99 < amount", r#"- 99.99 < amount [amount="80"]; amount "80" > "99.99" ("100.00")"#),
            (
                "visits >= 2 && city == 'Wuhan'",
                r#"+ visits >= 2 [visits=2]; + city == 'Wuhan' [city="Wuhan"]"#,
            ),
            (
                "(visits > 9 && city == 'Jinan') || amount >= 100",
                concat!(
                    r#"- visits > 9 [visits=2]; - city == 'Jinan' [city="Wuhan"]; "#,
                    r#"- amount >= 100 [amount="80"]; amount "80" >= "100" ("100")"#
                ),
            ),
            ("!(visits > 1)", "+ visits > 1 [visits=2]; visits 2 <= 1 (1)"),
            (
                "visits == 2 && gone > 1",
                "+ visits == 2 [visits=2]; ! gone > 1 [gone=null]; gone null > 1 (2)",
            ),
            (
                "'new' in tags && visits + 1 < 3",
                concat!(
                    r#"- 'new' in tags [tags=["vip"]]; - visits + 1 < 3 [visits + 1=3]; "#,
                    r#"tags ["vip"] has "new" (error); visits + 1 3 < 3 (2)"#
                ),
            ),
            (
                "city.startsWith('J')",
                r#"- city.startsWith('J') [city="Wuhan"]; city.startsWith('J') false is error (true)"#,
            ),
            (
                "city in ['Jinan', 'Xian']",
                r#"- city in ['Jinan', 'Xian'] [city="Wuhan"]; city "Wuhan" in ["Jinan","Xian"] ("Jinan")"#,
            ),
            ("gone != null", "- gone != null [gone=null]; gone null != null (error)"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}
