//! Checks of surveys, tickets, messages, offers and outreach.
//!
//! Answers: names that lead nowhere there, quiet hours without an end, channels nobody can consent to,
//! surveys nobody is asked. Does not know: rules.

use std::collections::BTreeSet;

use super::*;
use crate::blueprint::model::{AttributeKind, Budget, Cap, ConsentDefault, QuestionKind, Survey};

/// Minutes of a day by the clock.
const DAY_MIN: u16 = 24 * 60;

pub(super) fn check(check: &mut Check<'_>) {
    surveys(check);
    tickets(check);
    let d = check.document;
    for message in &d.messages {
        if let Some(offer) = &message.offer {
            check.name(Kind::Offer, &DocPath::root().key("messages").id(&message.id).key("offer"), offer);
        }
    }
    for offer in &d.offers {
        check.budget(&DocPath::root().key("offers").id(&offer.id).key("budget"), offer.budget.as_ref());
    }
    outreach(check);
}

fn surveys(check: &mut Check<'_>) {
    let d = check.document;
    let rules: BTreeSet<&str> = d.rules.iter().map(|rule| rule.id.as_str()).collect();
    for survey in &d.surveys {
        let path = DocPath::survey(&survey.id);
        if let Some(at) = &survey.at {
            check.place(PlaceKind::Touchpoint, &path.key("at"), at);
        }
        questions(check, survey, &path.key("questions"));
        let Some(ask) = &survey.ask else { continue };
        let path = path.key("ask");
        if survey.at.is_none() {
            check.push(check.at(&entry::ASK_WITHOUT_AT, &path).with("name", &survey.id));
        }
        check.names(Kind::Channel, &path.key("channels"), &ask.channels);
        if let Some(purpose) = &ask.purpose {
            check.name(Kind::Purpose, &path.key("purpose"), purpose);
            check.consent(&path, purpose, &ask.channels);
        }
        let taken = format!("ask_{}", survey.id);
        if rules.contains(taken.as_str()) {
            check.push(check.at(&entry::DUPLICATE_ID, &DocPath::rule(&taken).key("id")).with("name", taken));
        }
    }
}

fn questions(check: &mut Check<'_>, survey: &Survey, path: &DocPath) {
    for question in &survey.questions {
        let here = path.id(&question.id);
        if let Some(of) = &question.of {
            check.place(PlaceKind::Touchpoint, &here.key("of"), of);
        }
        let chooses = matches!(question.kind, QuestionKind::Choice | QuestionKind::Multiple);
        if chooses && question.options.is_empty() {
            check.push(check.at(&entry::NO_OPTIONS, &here).with("name", &question.id));
        }
        if !chooses && !question.options.is_empty() {
            check.push(check.at(&entry::NEEDLESS_OPTIONS, &here.key("options")).with("name", &question.id));
        }
        check.twice(&here.key("options"), &question.options);
    }
}

fn tickets(check: &mut Check<'_>) {
    let d = check.document;
    let Some(tickets) = &d.tickets else { return };
    let path = DocPath::root().key("tickets");
    for queue in &tickets.queues {
        let here = path.key("queues").id(&queue.id);
        if queue.route.is_none() && queue.pool.is_empty() {
            check.push(check.at(&entry::QUEUE_WITHOUT_PEOPLE, &here).with("name", &queue.id));
        }
        check.twice(&here.key("kinds"), &queue.kinds);
        check.twice(&here.key("pool"), &queue.pool);
    }
    check.twice(&path.key("root_causes"), &tickets.root_causes);
}

fn outreach(check: &mut Check<'_>) {
    let d = check.document;
    let Some(outreach) = &d.outreach else { return };
    let path = DocPath::root().key("outreach");
    check.names(Kind::Channel, &path.key("order"), &outreach.order);
    check.caps(&path.key("caps"), &outreach.caps);
    if let Some(quiet) = &outreach.quiet {
        let here = path.key("quiet");
        check.names(Kind::Purpose, &here.key("purposes"), &quiet.purposes);
        let (from, to) = (quiet.from.0, quiet.to.0);
        // 00:00-24:00 leave no minute in which anything may be sent, other ends that meet leave none out
        let odd = match (from, to) {
            (0, DAY_MIN) => Some(&entry::QUIET_ALWAYS),
            _ if from % DAY_MIN == to % DAY_MIN => Some(&entry::QUIET_NEVER),
            _ => None,
        };
        if let Some(odd) = odd {
            let finding = check.at(odd, &here.key("from")).with("from", quiet.from.to_string());
            check.push(finding.with("to", quiet.to.to_string()));
        }
    }
}

impl Check<'_> {
    pub(super) fn caps(&mut self, path: &DocPath, caps: &[Cap]) {
        for (index, cap) in caps.iter().enumerate() {
            let here = path.index(index);
            if let Some(channel) = &cap.channel {
                self.name(Kind::Channel, &here.key("channel"), channel);
            }
            if let Some(purpose) = &cap.purpose {
                self.name(Kind::Purpose, &here.key("purpose"), purpose);
            }
        }
    }

    pub(super) fn budget(&mut self, path: &DocPath, budget: Option<&Budget>) {
        if let Some(by) = budget.and_then(|b| b.by.as_ref()) {
            self.name(Kind::Dimension, &path.key("by"), by);
        }
    }

    /// Reports channels on which nobody can ever consent to a purpose.
    ///
    /// Where the purpose's default is `deny`, only the consent event can allow it: there must be one, and its
    /// `channel` and `purpose` must be able to hold these names.
    pub(super) fn consent(&mut self, path: &DocPath, purpose: &str, channels: &[String]) {
        let Some(consent) = &self.document.consent else { return };
        let place = self.declared.all(Kind::Purpose).get_index_of(purpose);
        let declared = place.and_then(|place| consent.purposes.get(place)).filter(|p| p.id == purpose);
        if !declared.is_some_and(|p| p.default == ConsentDefault::Deny) {
            return;
        }
        let model = consent.event.as_ref().and_then(|event| self.document.events.get(event));
        let can_hold = |attribute: &str, name: &str| {
            let kind = model.and_then(|m| m.attributes.get(attribute)).map(|t| &t.kind);
            !matches!(kind, Some(AttributeKind::Enum(values)) if values.iter().all(|v| v != name))
        };
        let sayable = consent.event.is_some() && can_hold("purpose", purpose);
        let order = self.document.outreach.as_ref().map_or(&[][..], |o| &o.order);
        let own = !channels.is_empty();
        for (index, channel) in if own { channels } else { order }.iter().enumerate() {
            if !(sayable && can_hold("channel", channel)) {
                let here = if own { path.key("channels").index(index) } else { path.key("purpose") };
                let finding = self.at(&entry::NO_CONSENT, &here).with("channel", channel);
                self.push(finding.with("purpose", purpose));
            }
        }
    }
}
