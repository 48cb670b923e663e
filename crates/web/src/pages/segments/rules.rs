//! The tree of conditions as a form holds it: read from fields, changed by a button, drawn as lines, made into a filter.
//!
//! Fields are named after the path of their line (`match.0`, `field.0.1`, …), as `parts::RuleLine` describes it.

use platform::{Error, Problem, Result, Snapshot};
use records::filter::{Filter, MAX_DEPTH};
use records::people;

use super::conditions::{self, Condition};
use crate::forms::{Fields, Problems};
use crate::parts::{Choice, RuleLine};

/// What the builder offers that depends on the data.
pub(super) struct Known {
    pub(super) countries: Vec<String>,
}

impl Known {
    pub(super) fn read(snapshot: &mut Snapshot<'_>) -> Result<Self> {
        Ok(Self { countries: people::countries(snapshot)? })
    }
}

/// How many of a group's conditions must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matching {
    All,
    Any,
    None,
}

impl Matching {
    const NAMES: [(&'static str, Matching); 3] =
        [("all", Matching::All), ("any", Matching::Any), ("none", Matching::None)];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, one)| *one == self).map_or("all", |(name, _)| name)
    }

    fn parse(name: &str) -> Self {
        Self::NAMES.iter().find(|(known, _)| *known == name).map_or(Matching::All, |(_, one)| *one)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Group(Group),
    Condition(Condition),
}

#[derive(Debug, Clone, PartialEq)]
struct Group {
    matching: Matching,
    rules: Vec<Rule>,
}

/// The outermost group, and the line that was just added.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    root: Group,
    fresh: Option<String>,
}

impl Tree {
    /// The tree of a filter.
    pub(super) fn of(filter: &Filter) -> Self {
        let root = match group_of(filter) {
            Some(group) => group,
            None => Group { matching: Matching::All, rules: vec![rule_of(filter)] },
        };
        Self { root, fresh: None }
    }

    /// The tree as a form sends it; lines come in their order.
    pub(super) fn read(fields: &Fields) -> Self {
        let mut root = Group { matching: Matching::parse(fields.get("match.0")), rules: Vec::new() };
        for (name, value) in fields.iter() {
            let (path, rule) = if let Some(path) = name.strip_prefix("match.") {
                (path, Rule::Group(Group { matching: Matching::parse(value), rules: Vec::new() }))
            } else if let Some(path) = name.strip_prefix("field.") {
                let operator = fields.get(&format!("operator.{path}"));
                let typed = fields.get(&format!("value.{path}"));
                (path, Rule::Condition(Condition::read(value, operator, typed)))
            } else {
                continue;
            };
            let Some((parent, _)) = path.rsplit_once('.') else { continue };
            if let Some(group) = group_at(&mut root, parent) {
                group.rules.push(rule);
            }
        }
        Self { root, fresh: None }
    }

    /// Does what a button asks for: `add PATH`, `group PATH` or `remove PATH`.
    pub(super) fn change(&mut self, wanted: &str) {
        let Some((what, path)) = wanted.split_once(' ') else { return };
        match what {
            "remove" => {
                let Some((parent, place)) = path.rsplit_once('.') else { return };
                if let (Some(group), Ok(place)) = (group_at(&mut self.root, parent), place.parse::<usize>())
                    && place < group.rules.len()
                {
                    group.rules.remove(place);
                }
            }
            "add" | "group" => {
                let Some(group) = group_at(&mut self.root, path) else { return };
                let first = Rule::Condition(Condition::first());
                let place = group.rules.len();
                if what == "add" {
                    group.rules.push(first);
                    self.fresh = Some(format!("{path}.{place}"));
                } else {
                    group.rules.push(Rule::Group(Group { matching: Matching::Any, rules: vec![first] }));
                    self.fresh = Some(format!("{path}.{place}.0"));
                }
            }
            _ => {}
        }
    }

    /// The filter of the tree.
    ///
    /// **Errors** at the path of the line (`0.1`) that cannot be read.
    pub(super) fn filter(&self) -> Result<Filter> {
        let mut problems = Vec::new();
        let filter = filter_of(&self.root, "0", &mut problems);
        if problems.is_empty() { Ok(filter) } else { Err(Error::Invalid(problems)) }
    }

    /// Problems by the path of their line; those that a verb told by the path in the filter are brought into that form.
    pub(super) fn problems(&self, problems: &Problems) -> Vec<(String, String)> {
        problems.list().iter().map(|(field, message)| (path_in_tree(field), message.clone())).collect()
    }

    /// A line for each group and condition, as they are drawn.
    pub(super) fn lines(&self, known: &Known, problems: &[(String, String)]) -> Vec<RuleLine> {
        let mut lines = Vec::new();
        self.draw(&self.root, "0", 0, known, problems, &mut lines);
        lines
    }

    fn draw(
        &self,
        group: &Group,
        path: &str,
        depth: u8,
        known: &Known,
        problems: &[(String, String)],
        lines: &mut Vec<RuleLine>,
    ) {
        let matching =
            Matching::NAMES.map(|(name, _)| Choice::new(name, name, group.matching.name())).to_vec();
        lines.push(RuleLine::Group { path: path.to_string(), depth, matching });
        for (place, rule) in group.rules.iter().enumerate() {
            let here = format!("{path}.{place}");
            match rule {
                Rule::Group(inner) => self.draw(inner, &here, depth + 1, known, problems, lines),
                Rule::Condition(condition) => {
                    let problem = problems.iter().find(|(at, _)| *at == here);
                    let problem = problem.map(|(_, message)| message.clone()).unwrap_or_default();
                    let fresh = self.fresh.as_deref() == Some(&here);
                    lines.push(condition.line(here, depth + 1, known, problem, fresh));
                }
            }
        }
    }
}

/// `filter.all.2.any.1` is the line `0.1.0`: the parts count from 1, and what turns a condition round is no line.
fn path_in_tree(field: &str) -> String {
    let Some(rest) = field.strip_prefix("filter") else { return field.to_string() };
    let places = rest.split('.').filter_map(|part| part.parse::<usize>().ok());
    places.fold("0".to_string(), |path, place| format!("{path}.{}", place.saturating_sub(1)))
}

fn group_at<'g>(root: &'g mut Group, path: &str) -> Option<&'g mut Group> {
    let mut group = root;
    let mut places = path.split('.');
    (places.next() == Some("0")).then_some(())?;
    for (depth, place) in places.enumerate() {
        if depth >= MAX_DEPTH {
            return None;
        }
        match group.rules.get_mut(place.parse::<usize>().ok()?)? {
            Rule::Group(inner) => group = inner,
            Rule::Condition(_) => return None,
        }
    }
    Some(group)
}

fn filter_of(group: &Group, path: &str, problems: &mut Vec<Problem>) -> Filter {
    let mut parts = Vec::with_capacity(group.rules.len());
    for (place, rule) in group.rules.iter().enumerate() {
        let here = format!("{path}.{place}");
        match rule {
            Rule::Group(inner) => parts.push(filter_of(inner, &here, problems)),
            Rule::Condition(condition) => match condition.filter() {
                Ok(filter) => parts.push(filter),
                Err(message) => problems.push(Problem { field: here, message }),
            },
        }
    }
    match group.matching {
        Matching::All => Filter::All(parts),
        Matching::Any => Filter::Any(parts),
        Matching::None => Filter::Not(Box::new(Filter::Any(parts))),
    }
}

fn group_of(filter: &Filter) -> Option<Group> {
    let (matching, parts) = match filter {
        Filter::All(parts) => (Matching::All, parts),
        Filter::Any(parts) => (Matching::Any, parts),
        Filter::Not(inner) => match inner.as_ref() {
            Filter::Any(parts) => (Matching::None, parts),
            _ => return None,
        },
        _ => return None,
    };
    Some(Group { matching, rules: parts.iter().map(rule_of).collect() })
}

fn rule_of(filter: &Filter) -> Rule {
    match group_of(filter) {
        Some(group) => Rule::Group(group),
        None => Rule::Condition(conditions::of(filter)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &str = r#"{"all":[{"field":{"name":"country","op":"is","value":"DE"}},
        {"any":[{"tag":"garden"},{"not":{"tag":"lost"}},
          {"orders":{"measure":"count","op":"at_least","value":"2","within_days":90,"sku":null}}]},
        {"not":{"any":[{"events":{"verb":"note.written","op":"at_least","value":"1","within_days":null}}]}},
        {"consent":{"purpose":"newsletter","channel":"email","state":"granted"}},
        {"orders":{"measure":"revenue","op":"at_most","value":"10","within_days":null,"from":"2026-01-01","sku":null}}]}"#;

    fn fields_of(tree: &Tree) -> Fields {
        let mut pairs = Vec::new();
        for line in tree.lines(&Known { countries: Vec::new() }, &[]) {
            match line {
                RuleLine::Group { path, matching, .. } => {
                    let chosen = matching.iter().find(|choice| choice.chosen).unwrap();
                    pairs.push((format!("match.{path}"), chosen.value.clone()));
                }
                RuleLine::Condition { path, fields, operators, value, answers, .. } => {
                    let chosen = |choices: &[Choice]| {
                        choices
                            .iter()
                            .find(|choice| choice.chosen)
                            .map(|choice| choice.value.clone())
                            .unwrap_or_default()
                    };
                    pairs.push((format!("field.{path}"), chosen(&fields)));
                    pairs.push((format!("operator.{path}"), chosen(&operators)));
                    let value = if answers.is_empty() { value } else { chosen(&answers) };
                    pairs.push((format!("value.{path}"), value));
                }
            }
        }
        Fields::from_pairs(pairs)
    }

    #[test]
    fn a_filter_survives_the_way_through_the_form_and_back() {
        let filter: Filter = serde_json::from_str(NESTED).unwrap();
        let tree = Tree::of(&filter);
        assert_eq!(tree.filter().unwrap(), filter);
        assert_eq!(Tree::read(&fields_of(&tree)).filter().unwrap(), filter);
    }

    #[test]
    fn buttons_add_and_remove_lines_at_their_place() {
        let mut tree = Tree::of(&Filter::default());
        tree.change("add 0");
        tree.change("group 0");
        tree.change("add 0.1");
        let paths = |tree: &Tree| -> Vec<String> {
            let lines = tree.lines(&Known { countries: Vec::new() }, &[]);
            lines
                .iter()
                .map(|line| match line {
                    RuleLine::Group { path, .. } | RuleLine::Condition { path, .. } => path.clone(),
                })
                .collect()
        };
        assert_eq!(paths(&tree), ["0", "0.0", "0.1", "0.1.0", "0.1.1"]);
        tree.change("remove 0.0");
        tree.change("remove 0.9");
        tree.change("remove 7.7.7");
        tree.change("nonsense");
        assert_eq!(paths(&tree), ["0", "0.0", "0.0.0", "0.0.1"]);
    }

    #[test]
    fn a_problem_in_the_filter_is_told_at_its_line() {
        assert_eq!(path_in_tree("filter.all.2.not.any.1.not"), "0.1.0");
        assert_eq!(path_in_tree("filter"), "0");
        assert_eq!(path_in_tree("name"), "name");
    }
}
