//! Explanations in words: what a manager of customer experience reads.
//!
//! Answers: an explanation as lines, in English and Chinese, with times by the customer's own clock. Does not know:
//! how anything was found out.

use std::sync::Arc;

use crate::base::catalogue::{Words, explain as say, refusal};
use crate::base::text::{Language, Text};
use crate::base::time::{Duration, Timestamp};
use crate::base::value::Value;
use crate::base::zone::Zone;
use crate::blueprint::model::Document;
use crate::engine::decision::Refusal;
use crate::expr::{Assessed, json};
use crate::outreach::RefusalReason;
use crate::plan::Plan;

use super::said::{
    CapUse, Change, Check, Explanation, Fate, Form, Part, PastDecision, Role, Test, Trigger, Verdict,
    Waiting, Walk,
};

/// Signs in front of checks.
const PASSES: &str = "✓";
const REFUSES: &str = "✗";
const WAITS: &str = "…";

impl Explanation {
    /// The explanation as lines to read. `plan` is the one that it was made under.
    pub fn text(&self, plan: &Plan, language: Language) -> String {
        let zone = Zone::named(&self.zone).unwrap_or_else(|_| plan.zone.clone());
        let mut teller = Teller { document: &plan.document, language, zone, lines: Vec::new() };
        teller.head(self);
        teller.trigger(self);
        teller.checks(self, plan);
        teller.past(self);
        teller.nearest(self);
        teller.lines.join("\n")
    }
}

struct Teller<'a> {
    document: &'a Document,
    language: Language,
    zone: Zone,
    lines: Vec<String>,
}

impl Teller<'_> {
    fn words(&self, words: Words, values: &[(&str, &str)]) -> String {
        words.fill(self.language, values)
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.lines.push(format!("{}{text}", "  ".repeat(depth)));
    }

    fn say(&mut self, depth: usize, words: Words, values: &[(&str, &str)]) {
        let text = self.words(words, values);
        self.line(depth, &text);
    }

    /// A time by the customer's clock.
    fn time(&self, at: Timestamp) -> String {
        local(&self.zone, at)
    }

    /// A length of time.
    fn length(&self, length: Duration) -> String {
        self.units(&length.to_string())
    }

    /// The same from its text.
    fn units(&self, text: &str) -> String {
        if self.language == Language::En || text.ends_with("us") || text.ends_with("ms") {
            return text.to_owned();
        }
        let units = [('d', " 天"), ('h', " 小时"), ('m', " 分钟"), ('s', " 秒")];
        let unit = |c: char| units.iter().find(|(letter, _)| *letter == c).map(|(_, words)| *words);
        text.chars().fold(String::new(), |mut told, c| {
            match unit(c) {
                Some(words) => told.push_str(words),
                None => told.push(c),
            }
            told
        })
    }

    fn span(&self, span: &str) -> String {
        let words = match span {
            "day" => say::SPAN_DAY,
            "week" => say::SPAN_WEEK,
            "month" => say::SPAN_MONTH,
            length => return self.units(length),
        };
        self.words(words, &[])
    }

    fn value(&self, value: Option<&Value>) -> String {
        match value {
            None => self.words(say::FAILS, &[]),
            Some(Value::Null) => self.words(say::NOTHING, &[]),
            Some(Value::Text(text)) => text.to_string(),
            Some(Value::Time(at)) => self.time(*at),
            Some(Value::Money(amount)) => amount.to_string(),
            Some(_) => match value.map(json::json) {
                Some(serde_json::Value::String(text)) => text,
                Some(json) => json.to_string(),
                None => String::new(),
            },
        }
    }

    /// What people call a channel.
    fn channel(&self, id: &str) -> String {
        let channel = self.document.channels.iter().find(|channel| channel.id == id);
        self.title(channel.and_then(|channel| channel.title.as_ref()), id)
    }

    /// What people call what a moment is about: a stage, a touchpoint, a journey, a state or a segment.
    fn called(&self, moment: &str, id: &str) -> String {
        let customer = self.document.customer.as_ref();
        let journeys = || self.document.journeys.iter();
        let title = match moment {
            "becomes" => {
                let mut rows = customer.into_iter().flat_map(|customer| &customer.lifecycle);
                rows.find(|row| row.id == id).and_then(|row| row.title.as_ref())
            }
            "joins" | "quits" => {
                let mut segments = customer.into_iter().flat_map(|customer| &customer.segments);
                segments.find(|segment| segment.id == id).and_then(|segment| segment.title.as_ref())
            }
            "reached" | "abandoned" => {
                journeys().find(|journey| journey.id == id).and_then(|journey| journey.title.as_ref())
            }
            "land" | "skip" => {
                let stages = journeys().flat_map(|journey| &journey.stages);
                let mut touchpoints = stages.flat_map(|stage| &stage.touchpoints);
                touchpoints.find(|touchpoint| touchpoint.id == id).and_then(|t| t.title.as_ref())
            }
            _ => {
                let mut stages = journeys().flat_map(|journey| &journey.stages);
                stages.find(|stage| stage.id == id).and_then(|stage| stage.title.as_ref())
            }
        };
        self.title(title, id)
    }

    fn title(&self, title: Option<&Text>, id: &str) -> String {
        title.map_or(id, |title| title.get(self.language)).to_owned()
    }

    fn reason(&self, reason: RefusalReason) -> String {
        let words = refusal::find(reason.name());
        words.map_or_else(|| reason.name().to_owned(), |words| words.get(self.language).to_owned())
    }

    fn head(&mut self, told: &Explanation) {
        let customer = match &told.customer {
            Some(key) => format!("{} {}", key.kind, key.value),
            None => self.words(say::NOBODY, &[]),
        };
        let title = told.title.as_ref().map_or(&*told.rule, |title| title.get(self.language)).to_owned();
        let at = self.time(told.at);
        let values = [("rule", &*title), ("customer", &*customer), ("at", &*at), ("zone", &*told.zone)];
        self.say(0, say::HEAD, &values);
        self.say(0, if told.fires { say::ACTS_NOW } else { say::ACTS_NOT }, &[]);
    }

    fn trigger(&mut self, told: &Explanation) {
        let trigger = &told.trigger;
        let mut what = self.form(trigger);
        if let Some(key) = &trigger.key {
            let each = self.words(say::EACH_KEY, &[("key", key)]);
            what = self.joined(&[what, each]);
        }
        self.say(0, say::TRIGGER, &[("what", &*what)]);
        self.moment(&trigger.form);
        for part in &trigger.parts {
            self.part(part);
        }
        for wait in &trigger.waits {
            let (since, due) = (self.time(wait.since), self.time(wait.due));
            let text = match wait.ended_by.first() {
                None => self.words(say::WAIT_OPEN, &[("since", &since), ("due", &due)]),
                Some(by) => {
                    let (event, at) = (by.event.as_deref().unwrap_or("-"), self.time(by.at));
                    self.words(say::WAIT_ENDED, &[("since", &since), ("event", event), ("at", &at)])
                }
            };
            let text = self.keyed(text, wait.key.as_deref());
            self.line(1, &text);
        }
        for partial in &trigger.partial {
            let events: Vec<&str> = partial.events.iter().filter_map(|e| e.event.as_deref()).collect();
            let (events, next) = (events.join(", "), names(&partial.next));
            let until = self.time(partial.until);
            let text =
                self.words(say::PARTIAL, &[("events", &*events), ("next", &*next), ("until", &*until)]);
            let text = self.keyed(text, partial.key.as_deref());
            self.line(1, &text);
        }
        if let Form::Total { at_least, .. } = &trigger.form {
            let n = self.value(Some(at_least));
            for window in &trigger.windows {
                let (total, oldest) = (self.value(window.total.as_ref()), self.time(window.oldest));
                let values = [("total", &*total), ("n", &*n), ("oldest", &*oldest)];
                let text = self.words(say::WINDOW, &values);
                let text = self.keyed(text, window.key.as_deref());
                self.line(1, &text);
            }
        }
    }

    fn keyed(&self, text: String, key: Option<&str>) -> String {
        match key {
            Some(key) if self.language == Language::En => {
                format!("{text} {}", self.words(say::OF_KEY, &[("key", key)]))
            }
            Some(key) => format!("{text}{}", self.words(say::OF_KEY, &[("key", key)])),
            None => text,
        }
    }

    fn joined(&self, parts: &[String]) -> String {
        parts.join(if self.language == Language::Zh { "，" } else { ", " })
    }

    fn form(&self, trigger: &Trigger) -> String {
        let of = |wanted: fn(Role) -> bool| {
            let parts = trigger.parts.iter().filter(move |part| wanted(part.role));
            parts.flat_map(|part| part.events.iter().cloned()).collect::<Vec<Arc<str>>>()
        };
        let events = names(&of(|role| !matches!(role, Role::Without | Role::Not(_))));
        match &trigger.form {
            Form::Event { survey: Some(survey) } => self.words(say::AT_ANSWER, &[("survey", survey)]),
            Form::Event { survey: None } => self.words(say::AT_EVENT, &[("events", &events)]),
            Form::Sequence { within } => {
                self.words(say::AT_SEQUENCE, &[("events", &events), ("within", &self.length(*within))])
            }
            Form::Absence { lasts } => {
                let without = names(&of(|role| role == Role::Without));
                let lasts = self.length(*lasts);
                self.words(say::AT_ABSENCE, &[("events", &events), ("without", &without), ("lasts", &lasts)])
            }
            Form::Total { sum, at_least, within } => {
                let (n, within) = (self.value(Some(at_least)), self.length(*within));
                let values = [("events", &*events), ("n", &*n), ("within", &*within)];
                match sum {
                    None => self.words(say::AT_COUNT, &values),
                    Some(sum) => {
                        let all = [values.as_slice(), &[("attribute", &**sum)]].concat();
                        self.words(say::AT_SUM, &all)
                    }
                }
            }
            Form::Moment { moment, of, .. } => {
                self.words(moment_words(moment), &[("of", &self.called(moment, of))])
            }
            Form::Schedule { .. } => self.words(say::AT_SCHEDULE, &[]),
        }
    }

    /// Where the customer stands in what a moment is about.
    fn moment(&mut self, form: &Form) {
        match form {
            Form::Moment { moment, standing, since, due, .. } => {
                // where a trip stands is a stage, whatever the moment
                let kind = if matches!(*moment, "becomes" | "joins" | "quits") { moment } else { "enter" };
                let standing = standing.as_ref().map(|standing| self.called(kind, standing));
                match (&standing, since.map(|since| self.time(since))) {
                    (Some(standing), Some(since)) => {
                        self.say(1, say::STANDING, &[("standing", standing), ("since", &since)]);
                    }
                    (Some(standing), None) => self.say(1, say::STANDING_ONLY, &[("standing", standing)]),
                    (None, _) => self.say(1, say::STANDING_NOT, &[]),
                }
                if let Some(due) = due.map(|due| self.time(due)) {
                    self.say(1, say::DUE_BY_TIME, &[("at", &due)]);
                }
            }
            Form::Schedule { next: Some(next) } => {
                let next = self.time(*next);
                self.say(1, say::NEXT_TIME, &[("at", &next)]);
            }
            Form::Schedule { next: None } => self.say(1, say::NO_NEXT, &[]),
            _ => {}
        }
    }

    fn part(&mut self, part: &Part) {
        let (words, n) = match part.role {
            Role::Event => (say::ROLE_EVENT, 0),
            Role::After => (say::ROLE_AFTER, 0),
            Role::Without => (say::ROLE_WITHOUT, 0),
            Role::Counted => (say::ROLE_COUNTED, 0),
            Role::Step(n) => (say::ROLE_STEP, n + 1),
            Role::Not(n) => (say::ROLE_NOT, n + 1),
        };
        let who = self.words(words, &[("events", &names(&part.events)), ("n", &n.to_string())]);
        let (n, fit) = (part.n_seen.to_string(), part.n_fit.to_string());
        let seen = match part.last.first() {
            None => self.words(say::NOT_SEEN, &[]),
            Some(last) => {
                let at = self.time(last.at);
                let words = if part.n_fit == part.n_seen { say::SEEN } else { say::SEEN_FIT };
                let text = self.words(words, &[("n", &n), ("fit", &fit), ("at", &at)]);
                self.keyed(text, last.key.as_deref())
            }
        };
        let colon = self.colon();
        self.line(1, &format!("{who}{colon}{seen}"));
        if let Some(condition) = part.last.first().and_then(|last| last.condition.as_ref()) {
            self.atoms(2, condition);
        }
    }

    fn colon(&self) -> &'static str {
        if self.language == Language::Zh { "：" } else { ": " }
    }

    /// Each comparison with its values.
    fn atoms(&mut self, depth: usize, condition: &Assessed) {
        for atom in &condition.atoms {
            let holds = match atom.holds {
                Some(true) => say::HOLDS,
                Some(false) => say::HOLDS_NOT,
                None => say::FAILS,
            };
            let holds = self.words(holds, &[]);
            let mut text = self.words(say::ATOM, &[("atom", &atom.text), ("holds", &holds)]);
            let told = |o: &crate::expr::Operand| format!("{} = {}", o.text, self.value(o.value.as_ref()));
            let values: Vec<String> =
                atom.operands.iter().filter(|o| o.text != atom.text).map(told).collect();
            if !values.is_empty() {
                text = self.keyed(text, Some(&values.join(", ")));
            }
            let sign = if atom.holds == Some(true) { PASSES } else { REFUSES };
            self.line(depth, &format!("{sign} {text}"));
        }
    }

    fn checks(&mut self, told: &Explanation, plan: &Plan) {
        let at = self.time(told.at);
        self.say(0, say::CHECKS, &[("at", &at)]);
        let mut item = None;
        for check in &told.checks {
            if check.item != item {
                item = check.item;
                let rule = plan.rules.list.iter().find(|rule| rule.id == told.rule);
                let spec = rule.and_then(|rule| rule.steps.first()?.items.get(item? as usize));
                let what = spec.map(|spec| {
                    let kind = crate::engine::rules::kind_of(&spec.action);
                    format!("{kind} {}", spec.target)
                });
                let n = item.map_or(0, |item| item + 1).to_string();
                self.say(1, say::ITEM, &[("n", &n), ("what", what.as_deref().unwrap_or("-"))]);
            }
            self.check(check);
        }
        let result = match &told.result {
            Fate::Acts => self.words(say::RESULT_ACTS, &[]),
            Fate::Refused(reason) => self.words(say::RESULT_REFUSED, &[("reason", &self.reason(*reason))]),
            Fate::Deferred(until) => self.words(say::RESULT_WAITS, &[("until", &self.time(*until))]),
            Fate::Nothing => self.words(say::NONE, &[]),
        };
        self.line(1, &result);
    }

    fn check(&mut self, check: &Check) {
        let sign = match check.verdict {
            Verdict::Passes => PASSES,
            Verdict::Refuses(_) => REFUSES,
            Verdict::Waits(_) => WAITS,
        };
        let text = self.test(&check.test, check.verdict);
        let depth = if check.item.is_some() { 2 } else { 1 };
        self.line(depth, &format!("{sign} {text}"));
        match &check.test {
            Test::If(condition) | Test::Unless(condition) | Test::Exit { condition: Some(condition), .. } => {
                self.atoms(depth + 1, condition);
            }
            Test::Channel { caps, .. } => {
                for cap in caps {
                    let text = self.cap(cap);
                    self.line(depth + 1, &text);
                }
            }
            _ => {}
        }
    }

    fn test(&self, test: &Test, verdict: Verdict) -> String {
        let time = |at: &Timestamp| self.time(*at);
        match test {
            Test::If(condition) => self.words(say::IF, &[("condition", &condition.text)]),
            Test::Unless(condition) => self.words(say::UNLESS, &[("condition", &condition.text)]),
            Test::Goal { reached: Some(at), .. } if verdict != Verdict::Passes => {
                self.words(say::GOAL_REACHED, &[("at", &time(at))])
            }
            Test::Goal { since, .. } => self.words(say::GOAL, &[("since", &time(since))]),
            Test::Exit { since, .. } if verdict == Verdict::Passes => {
                self.words(say::EXIT, &[("since", &time(since))])
            }
            Test::Exit { came, condition, .. } => {
                let why = condition.as_ref().filter(|c| c.holds == Some(true)).map(|c| c.text.clone());
                let why = why.or(came.as_ref().map(time)).unwrap_or_default();
                self.words(say::EXIT_CAME, &[("why", &why)])
            }
            Test::Ramp { bucket, share } => {
                self.words(say::RAMP, &[("share", &share.to_string()), ("bucket", &format!("{bucket:.4}"))])
            }
            Test::Arm { experiment, arm, hold, serves, .. } => {
                let words = match serves {
                    Some(serves) if serves != arm => say::ARM_OTHER,
                    _ if *hold => say::ARM_HOLD,
                    _ => say::ARM,
                };
                let serves = serves.as_deref().unwrap_or_default();
                self.words(words, &[("experiment", experiment), ("arm", arm), ("serves", serves)])
            }
            Test::Running { until: None } => self.words(say::RUNNING_NOT, &[]),
            Test::Running { until: Some(until) } => self.words(say::RUNNING, &[("until", &time(until))]),
            Test::CoolDown { lasts, until: None } => {
                self.words(say::COOL_NOT, &[("lasts", &self.length(*lasts))])
            }
            Test::CoolDown { lasts, until: Some(until) } => {
                self.words(say::COOL, &[("lasts", &self.length(*lasts)), ("until", &time(until))])
            }
            Test::Group { group } => {
                let free = verdict == Verdict::Passes;
                self.words(if free { say::GROUP } else { say::GROUP_TAKEN }, &[("group", group)])
            }
            _ => self.test_of_item(test, verdict),
        }
    }

    /// The checks that each item has of its own.
    fn test_of_item(&self, test: &Test, verdict: Verdict) -> String {
        match test {
            Test::Channel { channel, purpose, consent, reachable, needs, .. } => {
                let words = match (verdict, consent, reachable) {
                    (Verdict::Passes, ..) => say::CHANNEL_FREE,
                    (_, false, _) => say::CHANNEL_CONSENT,
                    (_, true, false) => say::CHANNEL_NEEDS,
                    (_, true, true) => say::CHANNEL_FULL,
                };
                let (purpose, needs) = (purpose.as_deref().unwrap_or("-"), needs.as_deref().unwrap_or("-"));
                self.words(
                    words,
                    &[("channel", &self.channel(channel)), ("purpose", purpose), ("needs", needs)],
                )
            }
            Test::Cap(cap) => self.cap(cap),
            Test::Quiet { from, to, until } => {
                let until = until.map(|until| self.time(until));
                let words = match (verdict, &until) {
                    (Verdict::Passes, _) => say::QUIET_NOT,
                    (_, Some(_)) => say::QUIET,
                    (_, None) => say::QUIET_ALWAYS,
                };
                self.words(words, &[("from", from), ("to", to), ("until", until.as_deref().unwrap_or("-"))])
            }
            Test::Valid { until } => self.words(say::VALID, &[("until", &self.time(*until))]),
            Test::Timers { n, at_most } => {
                self.words(say::TIMERS, &[("n", &n.to_string()), ("most", &at_most.to_string())])
            }
            _ => String::new(),
        }
    }

    fn cap(&self, cap: &CapUse) -> String {
        let channel = cap.channel.iter().map(|channel| self.channel(channel));
        let named: Vec<String> = channel.chain(cap.purpose.iter().map(|p| p.to_string())).collect();
        let what = match (cap.own, named.is_empty()) {
            (true, _) => self.words(say::CAP_RULE, &[]),
            (false, true) => self.words(say::CAP_CUSTOMER, &[]),
            (false, false) => named.join(" "),
        };
        let (used, most) = (cap.used.to_string(), cap.at_most.to_string());
        let at = cap.frees.map(|at| self.time(at));
        let words = if at.is_some() { say::CAP_FULL } else { say::CAP };
        let at = at.unwrap_or_default();
        let values = [
            ("what", &*what),
            ("used", &*used),
            ("most", &*most),
            ("span", &*self.span(&cap.span)),
            ("at", &*at),
        ];
        self.words(words, &values)
    }

    fn past(&mut self, told: &Explanation) {
        if !told.matches.is_empty() {
            self.say(0, say::MATCHES, &[]);
            for walk in &told.matches {
                let text = self.walked(walk);
                self.line(1, &text);
            }
        }
        self.say(0, say::DECISIONS, &[]);
        for decision in &told.decisions {
            let text = self.decision(decision);
            self.line(1, &text);
        }
        if told.decisions.is_empty() {
            self.say(1, say::NONE, &[]);
        }
        self.say(0, say::REFUSALS, &[]);
        for refusal in &told.refusals {
            let text = self.refusal(refusal);
            self.line(1, &text);
        }
        if told.refusals.is_empty() {
            self.say(1, say::NONE, &[]);
        }
    }

    fn walked(&self, walk: &Walk) -> String {
        let at = self.time(walk.at);
        let text = match &walk.result {
            Fate::Acts => self.words(say::MATCH_ACTED, &[("at", &at)]),
            Fate::Refused(reason) => {
                self.words(say::MATCH_REFUSED, &[("at", &at), ("reason", &self.reason(*reason))])
            }
            Fate::Deferred(until) => {
                self.words(say::MATCH_WAITS, &[("at", &at), ("until", &self.time(*until))])
            }
            Fate::Nothing => self.words(say::MATCH_NOTHING, &[("at", &at)]),
        };
        self.keyed(text, walk.candidate.key.as_deref())
    }

    fn decision(&self, decision: &PastDecision) -> String {
        let action = decision.action.map_or("-", |action| action.name());
        let what = format!("{action} {}", decision.target.as_deref().unwrap_or("-"));
        let mut parts = vec![what];
        parts.extend(
            decision.channel.iter().map(|c| self.words(say::BY_CHANNEL, &[("channel", &self.channel(c))])),
        );
        parts.extend(decision.outcome.map(|o| self.words(say::OUTCOME, &[("outcome", o.name())])));
        self.words(say::DECISION, &[("at", &self.time(decision.due)), ("what", &self.joined(&parts))])
    }

    fn refusal(&self, refusal: &Refusal) -> String {
        let mut parts: Vec<String> = refusal.channel.iter().map(|channel| self.channel(channel)).collect();
        parts.push(self.reason(refusal.reason));
        let what = parts.join(self.colon());
        self.words(say::DECISION, &[("at", &self.time(refusal.due)), ("what", &what)])
    }

    fn nearest(&mut self, told: &Explanation) {
        self.say(0, say::NEAREST, &[]);
        for change in &told.nearest {
            let text = self.change(change);
            self.line(1, &text);
        }
        if told.nearest.is_empty() {
            self.say(1, say::NEAREST_NONE, &[]);
        }
    }

    fn change(&self, change: &Change) -> String {
        match change {
            Change::Event { events, n, until, within } => {
                let (events, n) = (names(events), n.to_string());
                let text = match within {
                    Some(within) => {
                        let within = self.length(*within);
                        self.words(say::NEED_EVENTS, &[("n", &n), ("events", &events), ("within", &within)])
                    }
                    None => self.words(say::NEED_EVENT, &[("events", &events)]),
                };
                match until {
                    Some(until) => {
                        self.words(say::NEED_UNTIL, &[("change", &text), ("until", &self.time(*until))])
                    }
                    None => text,
                }
            }
            Change::Amount { attribute, missing, within } => {
                let (missing, within) = (self.value(Some(missing)), self.length(*within));
                let values = [("missing", &*missing), ("attribute", &**attribute), ("within", &*within)];
                self.words(say::NEED_AMOUNT, &values)
            }
            Change::Without { events, at } => {
                self.words(say::NEED_WITHOUT, &[("event", &names(events)), ("at", &self.time(*at))])
            }
            Change::Moment { moment, of } => {
                let what = self.words(moment_words(moment), &[("of", &self.called(moment, of))]);
                self.words(say::NEED_MOMENT, &[("what", &what)])
            }
            Change::Value { operand, from, relation, than, to } => {
                let (from, than) = (self.value(from.as_ref()), than.as_ref());
                match (to, relation) {
                    (Some(Value::Bool(_)), None) => self.words(say::NEED_OTHERWISE, &[("operand", operand)]),
                    (Some(to), _) => {
                        let to = self.value(Some(to));
                        self.words(say::NEED_VALUE, &[("operand", operand), ("from", &from), ("to", &to)])
                    }
                    (None, relation) => {
                        let (relation, than) = (relation.unwrap_or("-"), self.value(than));
                        let values = [
                            ("operand", &**operand),
                            ("from", &*from),
                            ("relation", relation),
                            ("than", &*than),
                        ];
                        self.words(say::NEED_RELATION, &values)
                    }
                }
            }
            Change::Wait { until, what } => self.words(wait_words(*what), &[("until", &self.time(*until))]),
            other => self.change_of_policy(other),
        }
    }

    /// The changes that lift a check of the policy.
    fn change_of_policy(&self, change: &Change) -> String {
        match change {
            Change::Consent { purpose, channel } => {
                self.words(say::NEED_CONSENT, &[("purpose", purpose), ("channel", &self.channel(channel))])
            }
            Change::Known { what, channel } => {
                self.words(say::NEED_KNOWN, &[("what", what), ("channel", &self.channel(channel))])
            }
            Change::Ramp { share, above } => {
                let above = format!("{above:.4}");
                self.words(say::NEED_RAMP, &[("share", &share.to_string()), ("above", &above)])
            }
            Change::Arm { experiment, from } => {
                self.words(say::NEED_ARM, &[("experiment", experiment), ("arm", from)])
            }
            Change::Other { reason } => self.words(say::NEED_OTHER, &[("reason", &self.reason(*reason))]),
            _ => String::new(),
        }
    }
}

/// A time by the clock of a zone, to the minute where that says it all.
pub(in crate::engine) fn local(zone: &Zone, at: Timestamp) -> String {
    let c = zone.civil(at);
    let text = format!("{:04}-{:02}-{:02} {:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute);
    if c.second == 0 { text } else { format!("{text}:{:02}", c.second) }
}

fn names(names: &[Arc<str>]) -> String {
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    names.join(" / ")
}

fn wait_words(what: Waiting) -> Words {
    match what {
        Waiting::Trigger => say::WAIT_TRIGGER,
        Waiting::CoolDown => say::WAIT_COOL,
        Waiting::Running => say::WAIT_RUNNING,
        Waiting::Cap => say::WAIT_CAP,
        Waiting::Quiet => say::WAIT_QUIET,
    }
}

fn moment_words(moment: &str) -> Words {
    match moment {
        "enter" => say::MOMENT_ENTER,
        "leave" => say::MOMENT_LEAVE,
        "stay" => say::MOMENT_STAY,
        "back" => say::MOMENT_BACK,
        "land" => say::MOMENT_LAND,
        "skip" => say::MOMENT_SKIP,
        "reached" => say::MOMENT_REACHED,
        "abandoned" => say::MOMENT_ABANDONED,
        "joins" => say::MOMENT_JOINS,
        "quits" => say::MOMENT_QUITS,
        _ => say::MOMENT_BECOMES,
    }
}
