//! Why two records are held to be one: what each field says, in the words of the queue.

use linkage::{Explanation, Model};
use serde::{Deserialize, Serialize};

use super::rows::Rows;

/// What one field says about a pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    pub field: String,
    /// What was found, such as `same`, `nickname`, `different`.
    pub found: String,
    /// **Units.** Bits; above zero speaks for one, below for two.
    pub bits: f64,
}

/// The name under which stands what is known before any field is looked at.
pub const BEFORE: &str = "before";
/// The name under which stands another reason than being one for what two records share.
pub const ELSE: &str = "otherwise";

/// Score and reasons of two records, the strongest for them first; the reasons add up to the score.
pub(crate) fn of_pair(model: &Model, rows: &Rows, left: u32, right: u32) -> (f64, Vec<Reason>) {
    let explanation = model.explain(&rows.records, left, right);
    (explanation.bits, reasons(explanation))
}

fn reasons(explanation: Explanation) -> Vec<Reason> {
    let tenths = |bits: f64| (bits * 10.0).round() / 10.0;
    let reason = |field: &str, found: &str, bits: f64| Reason {
        field: field.to_string(),
        found: found.to_string(),
        bits: tenths(bits),
    };
    let mut reasons: Vec<Reason> = explanation
        .reasons
        .iter()
        .map(|said| match (said.field.as_str(), said.found) {
            ("given_name", "names swapped") => reason("name", "given and family name swapped", said.bits),
            ("given_name" | "family_name", "one slip" | "similar") => {
                reason(&said.field, "spelt similarly", said.bits)
            }
            // Postcode, town and country are compared together.
            (field, found) if field.contains('+') => reason("place", found, said.bits),
            (field, found) => reason(field, found, said.bits),
        })
        .collect();
    reasons.extend(explanation.relation.map(|said| reason(ELSE, &said.field, said.bits)));
    reasons.push(reason(BEFORE, "two records are seldom one", explanation.prior_bits));
    reasons.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    reasons
}
