//! Whether a condition makes sense: it may hold always, or never, also for what is declared.
//!
//! Answers: conditions that their text alone decides, and those that no declared value meets (a star beyond `[1, 5]`, an
//! NPS of 11, a count below zero), with two parts that exclude each other. Does not know: what values really come.

use crate::base::catalogue::{Entry, expr as words};
use crate::base::finding::Finding;
use crate::blueprint::DocPath;
use crate::blueprint::model::{Aggregate, AttributeKind, Expr, QuestionKind};
use crate::event::AttributeId;
use crate::expr::{self, MAX_BYTES, Program};

use super::super::slots::Slot;
use super::super::types::{InReach, Reach};
use super::Builder;

/// Most names of one condition, and most conditions of one check, that are judged against what is declared.
const MAX_NAMES: usize = 8;
const MAX_JUDGED: usize = 4_000;
/// Most choices that are judged.
const MAX_CHOICES: usize = 32;

impl Builder<'_> {
    /// Says when a condition holds always or never.
    pub(super) fn judge(&mut self, path: &DocPath, program: &Program, reach: &Reach) {
        let (entry, witness) = match expr::verdict(program) {
            Some(true) => (&words::EXPR_ALWAYS_TRUE, None),
            Some(false) => (&words::EXPR_NEVER_TRUE, expr::conflict(program)),
            None => match self.against_declared(program, reach) {
                Some(impossible) => (&words::EXPR_NEVER_TRUE, expr::conflict(&impossible)),
                None if self.always(program, reach) => (&words::EXPR_ALWAYS_TRUE, None),
                None => return,
            },
        };
        self.tell(entry, path, program, witness);
    }

    /// Says when a condition can not hold where another one has selected the event already.
    pub(super) fn judge_after(&mut self, path: &DocPath, program: &Program, before: &Expr, reach: &Reach) {
        let alone = |program: &Program| expr::verdict(program).is_none();
        if !alone(program) || !self.probe(before.0.clone(), reach).is_some_and(|before| alone(&before)) {
            return;
        }
        let both = self.probe(format!("({}) && ({})", before.0, program.text()), reach);
        if let Some(impossible) = both.filter(|both| expr::verdict(both) == Some(false)) {
            self.tell(&words::EXPR_NEVER_TRUE, path, program, expr::conflict(&impossible));
        }
    }

    fn tell(
        &mut self,
        entry: &'static Entry,
        path: &DocPath,
        program: &Program,
        witness: Option<(String, String)>,
    ) {
        let position = self.blueprint.position(path.as_str());
        let finding = Finding::new(entry, path.as_str(), position).with("expression", program.text());
        self.findings.push(match witness {
            Some((first, second)) => finding.with("first", first).with("second", second),
            None => finding,
        });
    }

    /// The condition together with what is declared of one name, when they can not hold together.
    fn against_declared(&mut self, program: &Program, reach: &Reach) -> Option<Program> {
        // a value that is none of the choices is told by itself
        if program.warnings().iter().any(|f| f.entry.code == words::EXPR_UNKNOWN_CHOICE.code) {
            return None;
        }
        let facts: Vec<String> =
            program.slots().iter().filter_map(|slot| self.fact(*slot, reach)).take(MAX_NAMES).collect();
        facts.into_iter().find_map(|fact| {
            let both = self.probe(format!("({}) && {fact}", program.text()), reach)?;
            (expr::verdict(&both) == Some(false)).then_some(both)
        })
    }

    /// Whether the condition holds whatever the counts are that it reads, and reads nothing else: a count is never
    /// null, so that what is never false is true.
    fn always(&mut self, program: &Program, reach: &Reach) -> bool {
        let count = |slot: &u32| self.count(*self.slots.borrow().get_index(*slot as usize)?);
        let facts: Option<Vec<String>> = program.slots().iter().map(count).collect();
        let Some(facts) = facts.filter(|facts| !facts.is_empty() && facts.len() <= MAX_NAMES) else {
            return false;
        };
        let opposite = self.probe(format!("!({}) && {}", program.text(), facts.join(" && ")), reach);
        opposite.is_some_and(|opposite| expr::verdict(&opposite) == Some(false))
    }

    /// A condition to be judged and not to be kept; `None` beyond the bounds.
    fn probe(&mut self, text: String, reach: &Reach) -> Option<Program> {
        if text.len() > MAX_BYTES || self.n_judged >= MAX_JUDGED {
            return None;
        }
        self.n_judged += 1;
        let own = std::cell::RefCell::default();
        let scope = InReach {
            names: &self.names,
            document: self.document,
            feature_types: &self.feature_types,
            reach,
            slots: &own,
            all: &self.all,
            suggest: Some(&self.suggest),
        };
        expr::compile(&text, &scope).ok()
    }

    /// What always holds for a feature that counts.
    fn count(&self, slot: Slot) -> Option<String> {
        let Slot::Feature(place) = slot else { return None };
        let features = self.document.customer.as_ref().map(|customer| &customer.features)?;
        let (name, model) = features.get_index(place as usize)?;
        let counts = matches!(model.aggregate, Aggregate::Count | Aggregate::Distinct);
        counts.then(|| format!("customer.{name} >= 0"))
    }

    /// What always holds for a name because of its declaration.
    fn fact(&self, slot: u32, reach: &Reach) -> Option<String> {
        let slot = *self.slots.borrow().get_index(slot as usize)?;
        match slot {
            Slot::Feature(_) => self.count(slot),
            Slot::Profile(place) => {
                let (name, ty) = self.names.fields().get_index(place as usize)?;
                Bounds::of([&ty.kind])?.fact(&format!("customer.{name}"))
            }
            Slot::Attribute(attribute) => {
                let name = self.names.attribute_name(attribute)?;
                if reach.answer.contains(&attribute) || reach.bare.contains(&attribute) {
                    let path = if reach.answer.contains(&attribute) {
                        format!("answer.{name}")
                    } else {
                        name.to_string()
                    };
                    return self.asked(name)?.fact(&path);
                }
                self.attribute_bounds(attribute, reach)?.fact(&format!("event.{name}"))
            }
            _ => None,
        }
    }

    /// The bounds of an attribute in all events that are possible.
    fn attribute_bounds(&self, attribute: AttributeId, reach: &Reach) -> Option<Bounds> {
        let declaring = self.all.declaring(&reach.events, attribute);
        let types = declaring.iter().flat_map(|event| self.names.attributes_of(*event));
        Bounds::of(types.filter(|(known, _)| *known == attribute).map(|(_, ty)| &ty.kind))
    }

    /// The bounds of the answers to the questions of one id.
    fn asked(&self, id: &str) -> Option<Bounds> {
        let questions = self.document.surveys.iter().flat_map(|s| &s.questions).filter(|q| q.id == id);
        let scale = |kind| match kind {
            QuestionKind::Nps => Some((0, 10)),
            QuestionKind::Csat => Some((1, 5)),
            QuestionKind::Ces => Some((1, 7)),
            _ => None,
        };
        let scales = questions.map(|question| scale(question.kind)).collect::<Option<Vec<_>>>()?;
        scales
            .into_iter()
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
            .map(|(low, high)| Bounds::Range(low, high))
    }
}

/// The only values that a name can have, beside none.
#[derive(Debug, Clone, PartialEq)]
enum Bounds {
    Range(i64, i64),
    Choices(Vec<String>),
}

impl Bounds {
    /// What several declarations have in common; `None` where any of them leaves the values open.
    fn of<'t>(kinds: impl IntoIterator<Item = &'t AttributeKind>) -> Option<Self> {
        let mut found: Option<Self> = None;
        for kind in kinds {
            found = Some(match (kind, found) {
                (AttributeKind::IntRange(low, high), None) => Self::Range(*low, *high),
                (AttributeKind::IntRange(low, high), Some(Self::Range(a, b))) => {
                    Self::Range(a.min(*low), b.max(*high))
                }
                (AttributeKind::Enum(values), None) => Self::Choices(values.clone()),
                (AttributeKind::Enum(values), Some(Self::Choices(mut all))) => {
                    all.extend(values.iter().cloned());
                    Self::Choices(all)
                }
                _ => return None,
            });
        }
        found
    }

    fn fact(&self, path: &str) -> Option<String> {
        match self {
            Self::Range(low, high) => {
                Some(format!("({path} >= {low} && {path} <= {high} || {path} == null)"))
            }
            Self::Choices(all) if all.len() > MAX_CHOICES => None,
            Self::Choices(all) => {
                let all: Vec<String> =
                    all.iter().map(|c| serde_json::Value::from(c.as_str()).to_string()).collect();
                Some(format!("({path} in [{}] || {path} == null)", all.join(", ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Blueprint;
    use crate::base::finding::Finding;

    const HEAD: &str = "\
cjm: 1
id: x
events:
  review: {stars: {int: [1, 5]}, kind: {enum: [food, bill]}, n: int}
  rated: {stars: {int: [0, 10]}}
  noted: {stars: int}
customer:
  profile: {level: {int: [1, 3]}, sex: {enum: [f, m]}}
  features: {visits: {count: review}, kinds: {distinct: review.kind}, last: {last: review.n}}
surveys:
- {id: nps, questions: [{id: score, kind: nps}, {id: why, kind: text, if: score <= 6}]}
- {id: ces, questions: [{id: effort, kind: ces}]}
rules:
";

    fn told(when: &str, condition: &str) -> Vec<String> {
        let text = format!("{HEAD}- {{id: r, when: {{{when}}}, if: \"{condition}\", do: [{{tag: v}}]}}\n");
        Blueprint::from_yaml(&text).unwrap().check().iter().map(Finding::to_string).collect()
    }

    #[test]
    fn what_no_declared_value_meets() {
        for (when, condition, witness) in [
            ("event: review", "event.stars > 5", "`event.stars > 5` and `event.stars <= 5`"),
            ("event: review", "event.stars < 1 && event.n == 2", "`event.stars < 1` and `event.stars >= 1`"),
            ("event: [review, rated]", "event.stars == 11", "`event.stars == 11` and `event.stars <= 10`"),
            ("event: review", "event.kind != 'food' && event.kind != 'bill'", ""),
            ("event: review", "customer.level == 4", "`customer.level == 4` and `customer.level <= 3`"),
            ("event: review", "visits < 0", "`visits < 0` and `customer.visits >= 0`"),
            ("answer: nps", "answer.score > 10", "`answer.score > 10` and `answer.score <= 10`"),
            ("answer: ces", "answer.effort == 0", "`answer.effort == 0` and `answer.effort >= 1`"),
        ] {
            let help =
                if witness.is_empty() { String::new() } else { format!(" ({witness} exclude each other)") };
            let found = told(when, condition);
            let [only] = found.as_slice() else { panic!("{condition}: {found:#?}") };
            assert!(only.starts_with("warning[expr_never_true]"), "{only}");
            assert!(only.ends_with(&format!("the condition can never hold{help}")), "{only}");
        }
    }

    #[test]
    fn what_where_has_left_out() {
        for (when, condition, witness) in [
            ("event: review, where: event.n > 5", "event.n < 3", "`event.n > 5` and `event.n < 3`"),
            (
                "count: review, at_least: 2, within: 1d, where: event.n == 1",
                "event.n == 2",
                "`event.n == 1` and `event.n == 2`",
            ),
            (
                "answer: nps, where: answer.score <= 6",
                "answer.score >= 9",
                "`answer.score <= 6` and `answer.score >= 9`",
            ),
        ] {
            let found = told(when, condition);
            let [only] = found.as_slice() else { panic!("{condition}: {found:#?}") };
            assert!(only.starts_with("warning[expr_never_true]") && only.contains(" rules.r.if: "), "{only}");
            assert!(only.ends_with(&format!("({witness} exclude each other)")), "{only}");
        }
        for (when, condition) in [
            ("event: review, where: event.n > 5", "event.n > 3"),
            ("event: review, where: event.n > 5", "event.n < 9 || visits == 0"),
            ("event: review, where: event.n > 5 // more", "event.n < 3 && event.stars == 1"),
        ] {
            assert_eq!(told(when, condition), Vec::<String>::new(), "{condition}");
        }
    }

    #[test]
    fn what_every_count_meets() {
        for condition in
            ["visits >= 0", "customer.visits > -1", "visits != null", "visits >= 0 && kinds > -2"]
        {
            let found = told("event: review", condition);
            let [only] = found.as_slice() else { panic!("{condition}: {found:#?}") };
            assert!(only.starts_with("warning[expr_always_true]"), "{only}");
        }
        for condition in
            ["visits >= 1", "last >= 0 || last < 0", "10 / visits >= 0", "visits >= 0 && event.n > 1"]
        {
            assert_eq!(told("event: review", condition), Vec::<String>::new(), "{condition}");
        }
    }

    #[test]
    fn what_some_declared_value_meets() {
        for (when, condition) in [
            ("event: review", "event.stars == 5"),
            ("event: review", "event.stars == null"),
            ("event: [review, rated]", "event.stars > 5"),
            ("event: [review, noted]", "event.stars > 5"),
            ("event: review", "event.kind != 'food'"),
            ("event: review", "event.stars >= 1 || event.stars > 5"),
            ("event: review", "visits == 0"),
            ("event: review", "customer.sex == 'f' && customer.level <= 1"),
            ("answer: nps", "answer.score == 0"),
            ("becomes: nobody", "event.stars > 10"),
        ] {
            let when = if when.starts_with("becomes") { "every: day 10:00" } else { when };
            assert_eq!(told(when, condition), Vec::<String>::new(), "{condition}");
        }
    }
}
