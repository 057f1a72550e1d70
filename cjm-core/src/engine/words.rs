//! The words of decisions and tickets: what is sent to a customer, what staff are told.
//!
//! Answers: the text of a message filled with a decision's arguments, in one language; subject and lines of a ticket.
//! Does not know: chat tools and their limits (see [`crate::outreach::payload`]), addresses, whether anything is sent.

use hashbrown::HashMap;

use crate::base::text::{Language, Text};
use crate::base::zone::Zone;
use crate::error::{Error, ErrorCode, Result};
use crate::outreach::payload::Matter;
use crate::outreach::{Bodies, Markup};
use crate::plan::Plan;
use crate::ticket::{Status, TicketRow};

use super::decision::Decision;

/// The messages of a blueprint, ready to be filled.
///
/// ```
/// use std::sync::Arc;
/// use cjm_core::engine::words::Messages;
/// use cjm_core::outreach::Markup;
/// use cjm_core::outreach::payload::{Note, Wording, wecom};
/// use cjm_core::{Blueprint, Engine, Event, Language};
/// let text = r#"
/// cjm: 1
/// id: shop
/// zone: UTC
/// identities: [{ id: member }]
/// channels: [{ id: wechat, kind: digital }]
/// consent: { purposes: [{ id: service, default: allow }] }
/// events: { cart: { dish: text } }
/// messages: [{ id: hello, body: { en: "Still hungry for {{ dish }}?", zh: "{{ dish }}还在等您" } }]
/// outreach: { order: [wechat] }
/// rules: [{ id: greet, when: { event: cart }, do: [{ send: hello, purpose: service, with: { dish: event.dish } }] }]
/// "#;
/// let plan = Arc::new(Blueprint::from_yaml(text)?.compile()?);
/// let messages = Messages::of(&plan, Markup::Chat)?;
/// let mut engine = Engine::new(plan);
/// let cart = Event::new("cart", "2026-03-01T12:00:00Z".parse()?).identity("member", "m1").with("dish", "<soup>");
/// let decisions = engine.push(&cart)?;
/// assert_eq!(messages.text(&decisions[0], Language::Zh)?, "＜soup＞还在等您");
/// let words = messages.text(&decisions[0], Language::En)?;
/// let note = Note { text: Wording::Markdown(&words), ..Note::default() };
/// assert_eq!(wecom::robot_text(&note)?.body["text"]["content"], "Still hungry for ＜soup＞?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Messages {
    bodies: Bodies,
    /// By message and language, where the blueprint tells them apart.
    numbers: HashMap<(Box<str>, Option<Language>), u32, foldhash::fast::FixedState>,
}

impl Messages {
    /// The messages of a plan; `markup` says how arguments are written into them.
    ///
    /// # Errors
    /// `format` or `limit` for a body that can not be written; a check of the blueprint finds it before.
    pub fn of(plan: &Plan, markup: Markup) -> Result<Self> {
        let mut all = Self { bodies: Bodies::default(), numbers: HashMap::default() };
        for message in &plan.document.messages {
            let Some(body) = &message.body else { continue };
            let languages: &[Option<Language>] = match body {
                Text::One(_) => &[None],
                Text::Many(_) => &[Some(Language::En), Some(Language::Zh)],
            };
            for language in languages {
                let text = body.get(language.unwrap_or(plan.language));
                let number = all.bodies.add(text, markup)?;
                all.numbers.insert((message.id.as_str().into(), *language), number);
            }
        }
        Ok(all)
    }

    /// What a decision to send says, in a language; where the message has one text alone, that.
    ///
    /// # Errors
    /// `not_found` for a decision that sends nothing, or a message without a body; `argument` when the body needs what
    /// the decision does not give; `limit` when the text becomes too long.
    pub fn text(&self, decision: &Decision, language: Language) -> Result<String> {
        let known = |language| self.numbers.get(&(Box::from(&*decision.target), language));
        let number = known(Some(language)).or_else(|| known(None)).ok_or_else(|| {
            let words = format!("the blueprint has no text for `{}`", decision.target);
            Error::new(ErrorCode::NotFound, words)
        })?;
        let arguments = decision.arguments.iter().map(|(name, value)| (&**name, value.as_ref()));
        Ok(self.bodies.render(*number, arguments)?)
    }
}

impl TicketRow {
    /// Subject, and labels with values, of a message or to-do item about the ticket, in a language; the limit that is
    /// next, as the clocks of `zone` show it.
    pub fn words(&self, language: Language, zone: &Zone) -> (String, Vec<(&'static str, String)>) {
        let limits = [self.accept_by, self.contact_by, self.resolve_by, self.tell_by];
        let done = match self.status {
            Status::Open | Status::Assigned => 0,
            Status::Accepted => 1,
            // a reopened one was accepted and the customer contacted before
            Status::Contacted | Status::Reopened => 2,
            Status::Resolved => 3,
            Status::Told | Status::Closed => limits.len(),
        };
        let matter = Matter {
            customer: &self.customer.value,
            kind: self.kind.as_deref(),
            queue: &self.queue,
            due: limits.into_iter().skip(done).flatten().min(),
        };
        matter.words(language, zone)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Blueprint, Engine, Event, Timestamp};

    const SHOP: &str = r#"
cjm: 1
id: shop
zone: Asia/Shanghai
identities: [{ id: member }]
channels: [{ id: app, kind: digital }]
consent: { purposes: [{ id: care, default: allow }] }
events: { cart: { dish: text }, complaint: { kind: text } }
messages:
  - { id: hello, body: { en: "Still hungry for {{ dish }}?", zh: "{{ dish }}还在等您" } }
  - { id: bye, body: "bye {{ dish | default('you') }}" }
  - { id: mute }
outreach: { order: [app] }
tickets: { queues: [{ id: care, pool: [ann] }] }
rules:
  - { id: greet, when: { event: cart }, do: [{ send: hello, purpose: care, with: { dish: event.dish } }, { send: bye, purpose: care }, { send: mute, purpose: care }, { call: note }] }
  - { id: angry, when: { event: complaint }, do: [{ ticket: care, kind: event.kind, contact_within: 2h, resolve_within: 1d }] }
"#;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_decision_says_what_its_message_says() {
        let plan = Arc::new(Blueprint::from_yaml(SHOP).unwrap().compile().unwrap());
        let messages = Messages::of(&plan, Markup::None).unwrap();
        let mut engine = Engine::new(plan);
        let cart =
            |id: &str| Event::new("cart", at("2026-03-01T12:00:00Z")).id("s", id).identity("member", "m");
        let full = engine.push(&cart("1").with("dish", "<b>soup")).unwrap();
        let text = |place: usize, language| messages.text(&full[place], language).map_err(|e| e.code());
        assert_eq!(text(0, Language::En).unwrap(), "Still hungry for <b>soup?");
        assert_eq!(text(0, Language::Zh).unwrap(), "<b>soup还在等您");
        assert_eq!(text(1, Language::Zh).unwrap(), "bye you", "it has one text alone");
        assert_eq!(text(2, Language::En).unwrap_err(), ErrorCode::NotFound, "a message without a body");
        assert_eq!(text(3, Language::En).unwrap_err(), ErrorCode::NotFound, "it sends nothing");
        let empty = engine.push(&cart("2")).unwrap();
        assert_eq!(messages.text(&empty[0], Language::En).unwrap_err().code(), ErrorCode::Argument);
    }

    #[test]
    fn a_ticket_says_what_is_next() {
        let mut engine = Engine::new(Arc::new(Blueprint::from_yaml(SHOP).unwrap().compile().unwrap()));
        let event = |name: &str, time: &str| Event::new(name, at(time)).identity("member", "m");
        engine.push(&event("complaint", "2026-03-01T12:00:00Z").with("kind", "food")).unwrap();
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let words = |engine: &Engine| engine.tickets()[0].words(Language::En, &zone);
        let (subject, lines) = words(&engine);
        assert_eq!(subject, "Ticket: food");
        assert_eq!(lines.first(), Some(&("Customer", "m".to_owned())));
        assert_eq!(lines.last(), Some(&("Due", "2026-03-01 22:00".to_owned())), "the contact comes first");
        let id = engine.tickets()[0].id.to_string();
        let step = |name: &str, time: &str| {
            event("ticket_step", time).with("ticket", id.as_str()).with("step", name)
        };
        engine.push(&step("contacted", "2026-03-01T12:30:00Z")).unwrap();
        assert_eq!(words(&engine).1.last(), Some(&("Due", "2026-03-02 20:00".to_owned())), "then the end");
        engine.push(&step("closed", "2026-03-01T12:40:00Z")).unwrap();
        assert!(words(&engine).1.iter().all(|(label, _)| *label != "Due"), "nothing is left to do");
    }
}
