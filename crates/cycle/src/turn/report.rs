//! The report of a turn: what was wanted, done, found and decided, as a document that becomes one HTML file or a PDF.
//!
//! It computes nothing: goals, effects, costs and verdicts are read where they were worked out. Without a verdict or an
//! effect it says so.

mod html;
mod parts;

pub use html::html;

use super::chain::{self, Chain};
use super::gates::{self, Gate};
use super::{close, records_of_runs};
use crate::calendar::Day;
use crate::interpret::{self, Status};
use crate::measure::effects::Effect;
use crate::plan::turns::{State, Turn};
use crate::plan::{budget, sources};
use crate::process::quality;
use paper::{Block, Document};
use platform::store::Snapshot;
use platform::{Result, settings};
use std::collections::BTreeMap;

/// What the report is made from.
struct Material {
    turn: Turn,
    firm: String,
    currency: String,
    champion: Option<String>,
    chain: Chain,
    gates: Vec<Gate>,
    looks: Vec<Effect>,
    cost: budget::Totals,
    review: close::Review,
    insights: BTreeMap<Status, u64>,
    /// Share of checked values without a fault, and of how many.
    quality: Option<(f64, u64)>,
    sources: Vec<(sources::Source, sources::Arrivals)>,
    last_day: Option<Day>,
    today: Day,
}

impl Material {
    fn money(&self, minor: i64) -> String {
        super::words::money(minor, &self.currency)
    }
}

/// The report as things stand.
pub fn document(snapshot: &mut Snapshot<'_>, turn: &Turn) -> Result<Document> {
    let material = read(snapshot, turn)?;
    let mut blocks: Vec<Block> = Vec::new();
    blocks.extend(parts::in_short(&material));
    blocks.extend(parts::goals(&material));
    blocks.extend(parts::actions(&material));
    blocks.extend(parts::lessons(&material));
    blocks.extend(parts::next(&material));
    blocks.extend(parts::cost(&material));
    blocks.extend(parts::gates(&material));
    blocks.extend(parts::data(&material));
    Ok(Document { title: title(&material), subtitle: subtitle(&material), blocks })
}

fn title(material: &Material) -> String {
    format!("{}: the report of the turn", material.turn.name)
}

fn subtitle(material: &Material) -> String {
    let turn = &material.turn;
    let mut text = format!("{}, {} to {}", material.firm, turn.starts_on, turn.ends_on);
    text.push_str(&match (turn.state, turn.closed_at) {
        (State::Closed, Some(at)) => format!(". Closed on {}.", Day::of(at)),
        _ => format!(". As it stands on {}: the turn is not closed.", material.today),
    });
    if let Some(champion) = &material.champion {
        text.push_str(&format!(" Champion: {champion}."));
    }
    text
}

fn read(snapshot: &mut Snapshot<'_>, turn: &Turn) -> Result<Material> {
    let chain = chain::of_turn(snapshot, &turn.id)?;
    let champion = match turn.champion_id.as_deref().map(|id| platform::auth::get(snapshot, id)) {
        Some(Ok(user)) => Some(user.name),
        Some(Err(platform::Error::Missing { .. })) | None => None,
        Some(Err(other)) => return Err(other),
    };
    let mut known = Vec::new();
    for source in sources::list(snapshot)? {
        let arrivals = sources::arrivals(snapshot, &source.key)?;
        known.push((source, arrivals));
    }
    let quality = quality::latest(snapshot)?.and_then(|run| {
        let n_good: u64 = run.board.checks.iter().map(|check| check.n_good).sum();
        let n: u64 = run.board.checks.iter().map(|check| check.n_checked).sum();
        (n > 0).then(|| (n_good as f64 / n as f64, n))
    });
    Ok(Material {
        firm: settings::get(snapshot, settings::FIRM_NAME)?.unwrap_or_else(|| "Rondel".to_string()),
        currency: records::orders::workspace_currency(snapshot)?.code().to_string(),
        champion,
        gates: gates::of_turn(snapshot, turn, &chain)?,
        looks: close::looks(snapshot, &turn.id)?,
        cost: budget::of_turn(snapshot, &turn.id)?,
        review: close::review(snapshot, &turn.id)?,
        insights: interpret::counts(snapshot)?,
        quality,
        sources: known,
        last_day: records_of_runs::last_done(snapshot)?.map(|run| run.last_day()),
        today: Day::of(snapshot.now()),
        chain,
        turn: turn.clone(),
    })
}

/// The report as a PDF.
pub fn pdf(document: &Document) -> Vec<u8> {
    paper::render(document)
}

/// The report as JSON, for programs.
pub fn json(document: &Document) -> serde_json::Value {
    serde_json::to_value(document).unwrap_or_default()
}
