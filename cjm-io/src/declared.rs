//! What a blueprint declares about columns before they are read.
//!
//! Answers: which attributes must keep their exact text or amount. Does not know: events: an attribute that two
//! events declare differently is kept as text, which every type can be read from.

use std::collections::BTreeMap;

use cjm_core::blueprint::model::{AttributeKind, Document};

use crate::columns::Role;

/// The declared role of each attribute by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declared(BTreeMap<String, Role>);

impl Declared {
    pub(crate) fn of(document: &Document) -> Self {
        let mut roles = BTreeMap::new();
        for (name, kind) in document.events.values().flat_map(|e| &e.attributes) {
            let role = match kind.kind {
                AttributeKind::Text | AttributeKind::Enum(_) | AttributeKind::List(_) => Role::Text,
                AttributeKind::Money => Role::Money,
                _ => Role::Any,
            };
            let known = roles.entry(name.clone()).or_insert(role);
            if *known != role {
                *known = Role::Text;
            }
        }
        Self(roles)
    }

    pub(crate) fn role(&self, attribute: &str) -> Role {
        self.0.get(attribute).copied().unwrap_or(Role::Any)
    }
}
