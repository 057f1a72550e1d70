//! One map of a blueprint in hand: its graph and every form it can be written in.
//!
//! Answers: Mermaid, DOT, JSON and SVG of a journey with the blueprint's channels and language at hand.
//! Does not know: how each form is written.

use super::graph::Map;
use super::svg::{self, CurvePoint, Style};
use super::{dot, json, mermaid};
use crate::base::text::Language;
use crate::blueprint::Blueprint;
use crate::blueprint::model::{Channel, Document, Journey};
use crate::error::Result;

/// A journey of a blueprint. Texts are in the blueprint's language unless [`JourneyMap::in_language`] says otherwise.
#[derive(Debug, Clone, Copy)]
pub struct JourneyMap<'a> {
    journey: &'a Journey,
    channels: &'a [Channel],
    language: Language,
}

impl Blueprint {
    /// The journey maps in document order.
    ///
    /// ```
    /// let text = "cjm: 1\nid: shop\njourneys: [{ id: buy, stages: [{ id: s, touchpoints: [{ id: pay }] }] }]\n";
    /// let blueprint = cjm_core::Blueprint::from_yaml(text)?;
    /// assert_eq!(blueprint.journeys()[0].to_mermaid(), "journey\n    section s\n      pay: 3\n");
    /// # Ok::<(), cjm_core::Error>(())
    /// ```
    pub fn journeys(&self) -> Vec<JourneyMap<'_>> {
        JourneyMap::all(self.document())
    }

    /// The journey map with this id.
    pub fn journey(&self, id: &str) -> Option<JourneyMap<'_>> {
        self.journeys().into_iter().find(|j| j.id() == id)
    }
}

impl<'a> JourneyMap<'a> {
    /// The journey maps of a document in their order.
    pub fn all(document: &'a Document) -> Vec<Self> {
        let language = document.language.as_deref().and_then(Language::of_tag).unwrap_or_default();
        let map = |journey| Self { journey, channels: &document.channels, language };
        document.journeys.iter().map(map).collect()
    }

    /// The same map with its texts in another language.
    #[must_use]
    pub fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// Id of the journey.
    pub fn id(&self) -> &'a str {
        &self.journey.id
    }

    /// What people call it; its id without a title.
    pub fn title(&self) -> &'a str {
        self.journey.title.as_ref().map_or(self.id(), |t| t.get(self.language))
    }

    /// What the document says of it.
    pub fn journey(&self) -> &'a Journey {
        self.journey
    }

    /// Its graph.
    ///
    /// # Errors
    /// As [`Map::new`].
    pub fn map(&self) -> Result<Map> {
        Map::new(self.journey)
    }

    /// A Mermaid `journey` diagram: sections are stages, scores 1 to 5 are expected emotions, actors are owners.
    pub fn to_mermaid(&self) -> String {
        mermaid::journey(self.journey, self.channels, self.language)
    }

    /// A Mermaid flowchart of what follows what.
    ///
    /// # Errors
    /// As [`Map::new`].
    pub fn to_flowchart(&self) -> Result<String> {
        Ok(mermaid::flowchart(self.journey, &self.map()?, self.language))
    }

    /// A DOT graph for Graphviz.
    ///
    /// # Errors
    /// As [`Map::new`].
    pub fn to_dot(&self) -> Result<String> {
        Ok(dot::write(self.journey, &self.map()?, self.language))
    }

    /// A JSON object `{format, version, journey, graph}` on one line, safe inside a script element.
    ///
    /// # Errors
    /// As [`Map::new`].
    pub fn to_json(&self) -> Result<String> {
        json::write(self.journey, &self.map()?)
    }

    /// The map drawn with its expected emotions.
    pub fn to_svg(&self) -> String {
        self.draw(None)
    }

    /// The map drawn, with measured emotions beside the expected ones when there are any.
    pub fn draw(&self, curve: Option<&[CurvePoint]>) -> String {
        let style = Style { channels: self.channels, ..Style::default() };
        svg::draw(self.journey, curve, self.language, &style)
    }
}
