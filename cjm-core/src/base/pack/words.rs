//! What a plan knows beforehand: texts and stable ids that packed values name by number.
//!
//! Answers: text and id to number and back. Does not know: where they come from.

use std::sync::Arc;

use hashbrown::HashMap;

type Places<K> = HashMap<K, u32, foldhash::fast::FixedState>;

/// Known texts and ids by number. The empty text is always known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Words {
    texts: Vec<Arc<str>>,
    text_places: Places<Arc<str>>,
    ids: Vec<u64>,
    id_places: Places<u64>,
}

impl Words {
    /// The words of texts and ids, each once, in the order given.
    pub(crate) fn of<'a>(
        texts: impl IntoIterator<Item = &'a str>,
        ids: impl IntoIterator<Item = u64>,
    ) -> Self {
        let mut words = Self::default();
        for text in [""].into_iter().chain(texts) {
            if !words.text_places.contains_key(text) {
                let place = words.texts.len() as u32;
                words.texts.push(text.into());
                words.text_places.insert(text.into(), place);
            }
        }
        for id in ids {
            if !words.id_places.contains_key(&id) {
                words.id_places.insert(id, words.ids.len() as u32);
                words.ids.push(id);
            }
        }
        words
    }

    /// The number of a text.
    pub(super) fn text_place(&self, text: &str) -> Option<u32> {
        self.text_places.get(text).copied()
    }

    /// The text of a number.
    pub(super) fn text(&self, place: u64) -> Option<&Arc<str>> {
        self.texts.get(usize::try_from(place).ok()?)
    }

    /// The number of an id.
    pub(super) fn id_place(&self, id: u64) -> Option<u32> {
        self.id_places.get(&id).copied()
    }

    /// The id of a number.
    pub(super) fn id(&self, place: u64) -> Option<u64> {
        self.ids.get(usize::try_from(place).ok()?).copied()
    }
}
