//! What the frame around every page must be told: who looks, where they are, how the turn stands.
//!
//! `templates/layout.html` reads one [`Layout`] named `page`. It decides nothing: names, counts and addresses come
//! ready to print.

use crate::parts::Toast;

/// A place in the navigation. Each page names the one it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Overview,
    Turn,
    Goals,
    Actions,
    Campaigns,
    Experiments,
    Measure,
    People,
    Companies,
    Orders,
    Products,
    Imports,
    Quality,
    Duplicates,
    Segments,
    Value,
    Scores,
    Contracts,
    Cohorts,
    Forecasts,
    Moves,
    Texts,
    Insights,
    Settings,
}

impl Place {
    /// The groups of the navigation, in the order in which they are shown; the first has no heading.
    pub const GROUPS: [(&'static str, &'static [Place]); 5] = [
        ("", &[Place::Overview, Place::Turn, Place::Goals, Place::Insights]),
        ("Act", &[Place::Actions, Place::Campaigns, Place::Experiments]),
        ("Records", &[Place::People, Place::Companies, Place::Orders, Place::Products]),
        ("Data", &[Place::Imports, Place::Quality, Place::Duplicates]),
        (
            "Knowledge",
            &[
                Place::Segments,
                Place::Value,
                Place::Scores,
                Place::Contracts,
                Place::Cohorts,
                Place::Forecasts,
                Place::Moves,
                Place::Texts,
            ],
        ),
    ];

    /// The word in the navigation.
    pub fn label(self) -> &'static str {
        match self {
            Place::Overview => "Overview",
            Place::Turn => "Turn",
            Place::Goals => "Goals",
            Place::Actions => "Actions",
            Place::Campaigns => "Campaigns",
            Place::Experiments => "Experiments",
            Place::Measure => "Measure",
            Place::People => "People",
            Place::Companies => "Companies",
            Place::Orders => "Orders",
            Place::Products => "Products",
            Place::Imports => "Imports",
            Place::Quality => "Quality",
            Place::Duplicates => "Duplicates",
            Place::Segments => "Segments",
            Place::Value => "Value",
            Place::Scores => "Scores",
            Place::Contracts => "Contracts",
            Place::Cohorts => "Cohorts",
            Place::Forecasts => "Forecasts",
            Place::Moves => "What moved",
            Place::Texts => "Texts",
            Place::Insights => "Insights",
            Place::Settings => "Settings",
        }
    }

    /// Where it leads.
    pub fn href(self) -> &'static str {
        match self {
            Place::Overview => "/",
            Place::Turn => "/turn",
            Place::Goals => "/goals",
            Place::Actions => "/actions",
            Place::Campaigns => "/campaigns",
            Place::Experiments => "/experiments",
            Place::Measure => "/measure",
            Place::People => "/people",
            Place::Companies => "/companies",
            Place::Orders => "/orders",
            Place::Products => "/products",
            Place::Imports => "/imports",
            Place::Quality => "/quality",
            Place::Duplicates => "/duplicates",
            Place::Segments => "/segments",
            Place::Value => "/rfm",
            Place::Scores => "/scores",
            Place::Contracts => "/contracts",
            Place::Cohorts => "/cohorts",
            Place::Forecasts => "/forecasts",
            Place::Moves => "/moves",
            Place::Texts => "/texts",
            Place::Insights => "/insights",
            Place::Settings => "/settings",
        }
    }

    /// The symbol in `browser/icons.svg`.
    pub fn icon(self) -> &'static str {
        match self {
            Place::Overview => "overview",
            Place::Turn => "calendar",
            Place::Goals => "goal",
            Place::Actions => "act",
            Place::Campaigns => "mail",
            Place::Experiments => "scale",
            Place::Measure => "chart",
            Place::People => "people",
            Place::Companies => "company",
            Place::Orders => "order",
            Place::Products => "product",
            Place::Imports => "import",
            Place::Quality => "quality",
            Place::Duplicates => "duplicate",
            Place::Segments => "segment",
            Place::Value => "value",
            Place::Scores => "eye",
            Place::Contracts => "money",
            Place::Cohorts => "cohort",
            Place::Forecasts => "right",
            Place::Moves => "sort",
            Place::Texts => "note",
            Place::Insights => "insight",
            Place::Settings => "settings",
        }
    }

    /// The letter that leads here after `g`.
    pub fn key(self) -> &'static str {
        match self {
            Place::Overview => "h",
            Place::Turn => "t",
            Place::Goals => "g",
            Place::Actions => "a",
            Place::Campaigns => "e",
            Place::Experiments => "x",
            Place::Measure => "m",
            Place::People => "c",
            Place::Companies => "o",
            Place::Orders => "r",
            Place::Products => "p",
            Place::Imports => "f",
            Place::Quality => "q",
            Place::Duplicates => "u",
            Place::Segments => "s",
            Place::Value => "v",
            Place::Scores => "l",
            Place::Contracts => "b",
            Place::Cohorts => "k",
            Place::Forecasts => "w",
            Place::Moves => "d",
            Place::Texts => "n",
            Place::Insights => "i",
            Place::Settings => ",",
        }
    }

    /// The step of the loop that this place serves, or `None` for places that serve all of it.
    pub fn stage(self) -> Option<Stage> {
        match self {
            Place::Overview | Place::Turn | Place::Settings => None,
            Place::Goals => Some(Stage::Plan),
            Place::People | Place::Companies | Place::Orders | Place::Products | Place::Imports => {
                Some(Stage::Collect)
            }
            Place::Quality | Place::Duplicates => Some(Stage::Process),
            Place::Value
            | Place::Scores
            | Place::Contracts
            | Place::Cohorts
            | Place::Forecasts
            | Place::Moves
            | Place::Texts => Some(Stage::Analyze),
            Place::Insights => Some(Stage::Interpret),
            Place::Segments | Place::Actions | Place::Campaigns => Some(Stage::Act),
            Place::Experiments | Place::Measure => Some(Stage::Measure),
        }
    }
}

/// One of the seven steps of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Plan,
    Collect,
    Process,
    Analyze,
    Interpret,
    Act,
    Measure,
}

impl Stage {
    pub const ALL: [Stage; 7] = [
        Stage::Plan,
        Stage::Collect,
        Stage::Process,
        Stage::Analyze,
        Stage::Interpret,
        Stage::Act,
        Stage::Measure,
    ];

    /// The word on the loop bar.
    pub fn label(self) -> &'static str {
        match self {
            Stage::Plan => "Plan",
            Stage::Collect => "Collect",
            Stage::Process => "Process",
            Stage::Analyze => "Analyze",
            Stage::Interpret => "Interpret",
            Stage::Act => "Act",
            Stage::Measure => "Measure",
        }
    }
}

/// How far a step of the current turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Nothing has happened here in this turn.
    Waiting,
    /// Work is going on.
    Running,
    /// The step is finished.
    Done,
    /// Somebody must look: the note says at what.
    Attention,
}

impl StepState {
    /// The class of the mark on the loop bar.
    pub fn class(self) -> &'static str {
        match self {
            StepState::Waiting => "waiting",
            StepState::Running => "running",
            StepState::Done => "done",
            StepState::Attention => "attention",
        }
    }

    /// What a screen reader says for the mark.
    pub fn spoken(self) -> &'static str {
        match self {
            StepState::Waiting => "not begun",
            StepState::Running => "running",
            StepState::Done => "done",
            StepState::Attention => "needs attention",
        }
    }
}

/// One step on the loop bar.
#[derive(Debug, Clone)]
pub struct Step {
    pub stage: Stage,
    pub state: StepState,
    /// What there is to see, in a few words: "3 files", "12 to review". May be empty.
    pub note: String,
    /// Where the step is worked on; a step without a page yet has none.
    pub href: Option<String>,
}

/// The current turn, as the loop bar shows it.
#[derive(Debug, Clone)]
pub struct TurnStrip {
    /// "Turn 3".
    pub name: String,
    /// "12 days left".
    pub days: Option<String>,
    /// The goal that this screen serves, if it serves one.
    pub goal: Option<String>,
    pub href: String,
    /// All seven, in order.
    pub steps: Vec<Step>,
}

/// The colours a person has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the device says.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// The value of the cookie [`Theme::COOKIE`] and of the form field `theme`.
    pub fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Reads the cookie; anything unknown means "as the device says".
    pub fn from_name(name: &str) -> Theme {
        match name {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// Name of the cookie in which the choice is kept.
    pub const COOKIE: &'static str = "rondel_theme";
}

/// A number beside a place in the navigation: work that waits there.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub place: Place,
    pub count: u64,
}

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Layout {
    pub title: String,
    pub user_name: String,
    pub user_email: String,
    /// Name of the firm whose data this is.
    pub firm: String,
    pub theme: Theme,
    /// True where the navigation is folded to its icons; kept in the cookie `rondel_nav` ("narrow").
    pub narrow_navigation: bool,
    pub csrf_token: String,
    /// Path and query of this page: forms of the frame come back to it.
    pub path: String,
    pub current: Place,
    pub waiting: Vec<Waiting>,
    pub turn: Option<TurnStrip>,
    /// The time of a clock that is held, for whom everything on the page would otherwise look like today's.
    pub held_at: Option<String>,
    pub toast: Option<Toast>,
}

impl Layout {
    /// The number beside a place, if work waits there.
    pub fn waiting_at(&self, place: &Place) -> Option<u64> {
        self.waiting.iter().find(|entry| entry.place == *place && entry.count > 0).map(|entry| entry.count)
    }

    /// True if the page lies in this place.
    pub fn is_at(&self, place: &Place) -> bool {
        self.current == *place
    }

    /// True if the page serves this step of the loop.
    pub fn serves(&self, stage: &Stage) -> bool {
        self.current.stage() == Some(*stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_key_and_an_address_of_its_own() {
        let mut places: Vec<Place> =
            Place::GROUPS.iter().flat_map(|(_, group)| group.iter().copied()).collect();
        places.push(Place::Settings);
        for (i, one) in places.iter().enumerate() {
            for other in &places[..i] {
                assert_ne!(one.key(), other.key(), "{} and {}", one.label(), other.label());
                assert_ne!(one.href(), other.href());
            }
            assert!(crate::assets::icons().contains(&format!("id=\"{}\"", one.icon())), "{}", one.icon());
        }
    }
}
