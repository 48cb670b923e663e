//! How far cases leave the usual path: activities that are skipped, and activities that are added.

use super::{Log, Variant};

/// The path that most cases take.
#[derive(Debug, Clone, PartialEq)]
pub struct UsualPath {
    pub path: Vec<u32>,
    /// Cases that take exactly this path.
    pub n_cases: usize,
}

/// The most frequent path, if it is taken more often than once.
pub fn usual_path(variants: &[Variant]) -> Option<UsualPath> {
    let most = variants.first()?;
    let is_usual = most.cases.len() > 1 || variants.len() == 1;
    is_usual.then(|| UsualPath { path: most.path.clone(), n_cases: most.cases.len() })
}

/// What separates a path from the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// Activities of the usual path that are missing, in its order.
    pub skipped: Vec<u32>,
    /// Activities that are not at this place of the usual path.
    pub added: Vec<u32>,
}

impl Deviation {
    /// Smallest number of activities that must be added or taken away to make the paths equal.
    pub fn distance(&self) -> usize {
        self.skipped.len() + self.added.len()
    }
}

/// Longer paths are not compared: the table of the comparison would not fit.
const LONGEST: usize = 20_000;

/// The smallest set of skipped and added activities, by the longest common subsequence.
///
/// **Shape.** Paths of at most 20,000 activities whose product is at most 10⁸; nothing for longer ones.
///
/// **Source.** Hirschberg, "Algorithms for the longest common subsequence problem", *Journal of the ACM* 24 (1977).
///
/// ```
/// let found = statistics::process::deviation(&[1, 2, 3, 2, 4], &[1, 2, 4, 5]).unwrap();
/// assert_eq!((found.added, found.skipped), (vec![3, 2], vec![5]));
/// ```
pub fn deviation(path: &[u32], usual: &[u32]) -> Option<Deviation> {
    if path.len().max(usual.len()) > LONGEST || path.len() * usual.len() > 100_000_000 {
        return None;
    }
    let width = usual.len() + 1;
    // The length of the longest common subsequence of what is left from each pair of places.
    let mut common = vec![0u16; (path.len() + 1) * width];
    for i in (0..path.len()).rev() {
        for j in (0..usual.len()).rev() {
            common[i * width + j] = if path[i] == usual[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Deviation { skipped: Vec::new(), added: Vec::new() };
    while i < path.len() && j < usual.len() {
        if path[i] == usual[j] {
            (i, j) = (i + 1, j + 1);
        } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
            found.added.push(path[i]);
            i += 1;
        } else {
            found.skipped.push(usual[j]);
            j += 1;
        }
    }
    found.added.extend(&path[i..]);
    found.skipped.extend(&usual[j..]);
    Some(found)
}

impl Log {
    /// Median of the durations of the cases at some places.
    ///
    /// **Units.** Seconds.
    pub fn median_duration(&self, places: &[u32]) -> Option<f64> {
        let mut seconds: Vec<f64> = places
            .iter()
            .map(|&at| {
                super::seconds_between(self.times(at as usize).first(), self.times(at as usize).last())
            })
            .collect();
        super::Durations::of(&mut seconds).map(|d| d.median)
    }
}
