//! Whether what an expression gives can be taken where it goes: a field, an attribute, a score, a person.
//!
//! Answers: a finding where no value of the expression is of the type wanted there, or its only value is beyond the
//! choices or the range. Does not know: values that come with events; what does not fit then is refused by the engine.

use crate::base::catalogue::plan as words;
use crate::base::finding::Finding;
use crate::base::value::Value;
use crate::blueprint::DocPath;
use crate::blueprint::model::{AttributeKind, AttributeType, Expr};
use crate::event::typed::typed;
use crate::expr::{Program, Type};

use super::super::types::Reach;
use super::super::{Names, reserved};
use super::Builder;

/// Choices of an enum that a finding names, and characters of a value.
const MAX_NAMED: usize = 8;
const MAX_SHOWN: usize = 80;

/// What takes the value of an expression.
#[derive(Debug, Clone, Copy)]
pub(super) enum Taker<'t> {
    /// A profile field.
    Field(&'t str),
    /// An attribute of an event that is emitted.
    Attribute(&'t str, &'t str),
    /// What reads numbers.
    Number(&'t str),
    /// What reads text.
    Text(&'t str),
    /// The kind of a ticket: a text, or what is one when written out.
    Kind,
}

impl Builder<'_> {
    /// Compiles an expression whose value is taken by something; says when no value of it can be.
    pub(super) fn value(
        &mut self,
        path: &DocPath,
        text: &Expr,
        reach: &Reach,
        taker: Taker<'_>,
    ) -> Option<Program> {
        let program = self.expression(path, text, reach)?;
        if let Some((found, expected)) = self.misfit(&program, taker) {
            let position = self.blueprint.position(path.as_str());
            let finding = Finding::new(&words::VALUE_NOT_TAKEN, path.as_str(), position);
            let finding = finding.with("found", found).with("name", taker.name());
            self.findings.push(finding.with("expected", expected));
        }
        Some(program)
    }

    /// What the expression gives and what is taken instead, where the one can never be the other.
    fn misfit(&self, program: &Program, taker: Taker<'_>) -> Option<(String, String)> {
        let (ty, value) = (program.ty(), program.constant());
        let fits = match taker {
            Taker::Number(_) => ty.is_number() || ty == Type::Any,
            Taker::Text(_) => matches!(ty, Type::Text | Type::Any),
            Taker::Kind => matches!(ty, Type::Text | Type::Int | Type::Bool | Type::Any),
            Taker::Field(_) | Taker::Attribute(..) => {
                let declared = self.declared(taker)?;
                match &value {
                    Some(value) => self.holds(declared, value),
                    None => can_be(ty, &declared.kind),
                }
            }
        };
        if fits {
            return None;
        }
        let expected = match taker {
            Taker::Number(_) => Type::Number.word().to_owned(),
            Taker::Text(_) | Taker::Kind => Type::Text.word().to_owned(),
            Taker::Field(_) | Taker::Attribute(..) => said(&self.declared(taker)?.kind),
        };
        Some((value.as_ref().map_or_else(|| ty.word().to_owned(), shown), expected))
    }

    fn declared(&self, taker: Taker<'_>) -> Option<&AttributeType> {
        let field = |names: &'_ Names, name: &str| names.fields().get_index_of(name);
        match taker {
            Taker::Attribute(reserved::PROFILE_SET, name) | Taker::Field(name) => {
                self.names.fields().get_index(field(&self.names, name)?).map(|(_, ty)| ty)
            }
            Taker::Attribute(event, name) => self.document.events.get(event)?.attributes.get(name),
            _ => None,
        }
    }

    /// Whether a value can be had as declared; taken for granted once looking through choices got too much work.
    fn holds(&self, declared: &AttributeType, value: &Value) -> bool {
        if let AttributeKind::Enum(options) = &declared.kind
            && !self.suggest.spend(options.len())
        {
            return true;
        }
        typed(value.as_ref(), declared, self.document.zone.as_ref()).is_ok()
    }
}

impl Taker<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Field(name) | Self::Attribute(_, name) | Self::Number(name) | Self::Text(name) => name,
            Self::Kind => "kind",
        }
    }
}

/// Whether some value of a type can be had as declared. Texts that are to be read are converted where they stand.
fn can_be(found: Type, kind: &AttributeKind) -> bool {
    use AttributeKind as K;
    // null clears the field, or leaves the attribute out
    if matches!(found, Type::Any | Type::Null) {
        return true;
    }
    match kind {
        K::Text | K::Enum(_) => matches!(found, Type::Text | Type::Int),
        K::Int | K::IntRange(..) => matches!(found, Type::Int | Type::Number),
        K::Number | K::Money => found.is_number(),
        K::Bool => found == Type::Bool,
        K::Time => found == Type::Time,
        K::Date => found == Type::Date,
        K::List(_) => matches!(found, Type::List | Type::Names),
    }
}

/// What a declaration takes, in words.
fn said(kind: &AttributeKind) -> String {
    match kind {
        AttributeKind::IntRange(low, high) => format!("{low}..{high}"),
        AttributeKind::Enum(options) => {
            let more = if options.len() > MAX_NAMED { ", …" } else { "" };
            let named: Vec<&str> = options.iter().take(MAX_NAMED).map(String::as_str).collect();
            format!("{}{more}", named.join(", "))
        }
        other => other.name().to_owned(),
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Money(amount) => amount.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Duration(length) => length.to_string(),
        Value::List(_) => Type::List.word().to_owned(),
        Value::Record(_) => Type::Record.word().to_owned(),
    };
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(&text)),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use crate::Blueprint;
    use crate::base::finding::Finding;

    const TEXT: &str = "\
cjm: 1
id: x
zone: Asia/Shanghai
identities: [{id: member}]
events:
  paid: {n: int, amount: money, x: number, note: text, on: date, paid_at: time, ok: bool, kind: {enum: [a, b]}}
  seen: {stars: {int: [1, 5]}, kind: {enum: [a, b]}, when: time}
customer:
  profile: {age: int, level: {int: [1, 3]}, name: text, born: date, seen: time, vip: bool, spent: money, share: number, sex: {enum: [f, m]}}
journeys: [{id: j, enter: paid, goal: paid, idle: 1d, stages: [{id: s, touchpoints: [{id: t, event: paid, score: {csat: SCORE}}]}]}]
tickets: {queues: [{id: q, route: ROUTE, pool: [p]}]}
rules: [{id: r, when: {event: paid}, experiment: e, do: [{ITEM}]}]
experiments: [{id: e, arms: [{id: all, share: 1}], metric: {event: paid, value: VALUE}}]
";
    const RIGHT: [(&str, &str); 4] =
        [("SCORE", "event.n"), ("ROUTE", "customer.name"), ("VALUE", "event.amount"), ("ITEM", "tag: v")];

    /// What is said with one of the places filled otherwise.
    fn told(place: &str, filling: &str) -> Vec<String> {
        let mut text = TEXT.to_owned();
        for (name, right) in RIGHT {
            text = text.replace(name, if name == place { filling } else { right });
        }
        Blueprint::from_yaml(&text).unwrap().check().iter().map(Finding::to_string).collect()
    }

    #[test]
    fn what_is_not_taken() {
        for (place, filling, path, words) in [
            (
                "ITEM",
                "set: {born: \"'soon'\"}",
                "rules.r.do[0].set.born",
                "gives `soon`, `born` takes `date`",
            ),
            ("ITEM", "set: {age: event.note}", "rules.r.do[0].set.age", "gives `text`, `age` takes `int`"),
            ("ITEM", "set: {level: '4'}", "rules.r.do[0].set.level", "gives `4`, `level` takes `1..3`"),
            ("ITEM", "set: {sex: \"'x'\"}", "rules.r.do[0].set.sex", "gives `x`, `sex` takes `f, m`"),
            ("ITEM", "set: {vip: event.n}", "rules.r.do[0].set.vip", "gives `int`, `vip` takes `bool`"),
            ("ITEM", "set: {name: event.ok}", "rules.r.do[0].set.name", "gives `bool`, `name` takes `text`"),
            ("ITEM", "set: {age: event.amount}", "rules.r.do[0].set.age", "gives `money`, `age` takes `int`"),
            ("ITEM", "set: {seen: event.on}", "rules.r.do[0].set.seen", "gives `date`, `seen` takes `time`"),
            (
                "ITEM",
                "emit: seen, with: {stars: \"'many'\"}",
                "rules.r.do[0].with.stars",
                "gives `many`, `stars` takes `1..5`",
            ),
            (
                "ITEM",
                "emit: seen, with: {kind: \"'zzz'\"}",
                "rules.r.do[0].with.kind",
                "gives `zzz`, `kind` takes `a, b`",
            ),
            (
                "ITEM",
                "emit: profile_set, with: {age: event.ok}",
                "rules.r.do[0].with.age",
                "gives `bool`, `age` takes `int`",
            ),
            (
                "ITEM",
                "ticket: q, kind: event.amount",
                "rules.r.do[0].kind",
                "gives `money`, `kind` takes `text`",
            ),
            (
                "SCORE",
                "event.note",
                "journeys.j.stages.s.touchpoints.t.score.csat",
                "gives `text`, `csat` takes `number`",
            ),
            ("ROUTE", "customer.age", "tickets.queues.q.route", "gives `int`, `route` takes `text`"),
            ("VALUE", "event.ok", "experiments.e.metric.value", "gives `bool`, `value` takes `number`"),
        ] {
            let found = told(place, filling);
            let [only] = found.as_slice() else { panic!("{filling}: {found:#?}") };
            assert!(only.starts_with("error[value_not_taken]"), "{only}");
            assert!(only.ends_with(&format!(" {path}: the expression {words}")), "{only}");
        }
    }

    #[test]
    fn what_is_taken() {
        for (place, filling) in [
            ("ITEM", "set: {born: \"'2026-03-01'\", seen: event.paid_at, vip: event.ok, name: event.note}"),
            ("ITEM", "set: {born: event.on, age: event.n, level: '3', sex: \"'f'\", spent: event.n}"),
            ("ITEM", "set: {age: event.x, share: event.amount, spent: event.x, born: 'null'}"),
            ("ITEM", "set: {age: int(event.note), sex: event.note, name: event.n}"),
            ("ITEM", "emit: seen, with: {stars: event.n, kind: event.kind, when: event.paid_at}"),
            ("ITEM", "ticket: q, kind: event.kind"),
            ("ITEM", "ticket: q, kind: event.n"),
            ("SCORE", "event.x"),
            ("ROUTE", "\"customer.vip ? 'p' : customer.name\""),
            ("VALUE", "event.n * 2"),
        ] {
            assert_eq!(told(place, filling), Vec::<String>::new(), "{filling}");
        }
    }
}
