//! Folds of a cross-validation in which what is looked for is equally frequent.

use crate::pseudo_random::Generator;

/// The fold of each row, from 0 to `n_folds` − 1: the rows in which it happened, and the others, are each dealt out in a
/// shuffled order.
///
/// `groups`, where given, holds a group for each row (a customer with several rows): a group lies in one fold only.
///
/// ```
/// let folds = statistics::scoring::folds::stratified(&[true, false, true, false], None, 2, 1);
/// assert_ne!(folds[0], folds[2]);
/// assert_ne!(folds[1], folds[3]);
/// ```
pub fn stratified(happened: &[bool], groups: Option<&[u32]>, n_folds: usize, seed: u64) -> Vec<usize> {
    let n_folds = n_folds.max(1);
    let mut generator = Generator::from_seed(seed);
    let (unit_of, unit_happened) = match groups {
        None => ((0..happened.len()).collect::<Vec<_>>(), happened.to_vec()),
        Some(groups) => {
            let n_units = groups.iter().map(|g| *g as usize + 1).max().unwrap_or(0);
            let mut any = vec![false; n_units];
            groups.iter().zip(happened).for_each(|(g, h)| any[*g as usize] |= h);
            (groups.iter().map(|g| *g as usize).collect(), any)
        }
    };
    let mut fold_of_unit = vec![0; unit_happened.len()];
    let mut next = 0;
    for kind in [true, false] {
        let mut units: Vec<usize> = (0..unit_happened.len()).filter(|u| unit_happened[*u] == kind).collect();
        for i in (1..units.len()).rev() {
            units.swap(i, generator.below(i + 1));
        }
        for unit in units {
            fold_of_unit[unit] = next % n_folds;
            next += 1;
        }
    }
    unit_of.into_iter().map(|u| fold_of_unit[u]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fold_has_its_share_of_what_happened() {
        let happened: Vec<bool> = (0..1000).map(|i| i % 10 == 0).collect();
        let folds = stratified(&happened, None, 5, 7);
        for fold in 0..5 {
            let rows: Vec<usize> = (0..1000).filter(|r| folds[*r] == fold).collect();
            assert_eq!(rows.len(), 200);
            assert_eq!(rows.iter().filter(|r| happened[**r]).count(), 20);
        }
    }

    #[test]
    fn a_group_is_never_torn() {
        let groups: Vec<u32> = (0..300).map(|i| i / 3).collect();
        let happened: Vec<bool> = (0..300).map(|i| i % 7 == 0).collect();
        let folds = stratified(&happened, Some(&groups), 4, 7);
        assert!(folds.chunks(3).all(|c| c[0] == c[1] && c[1] == c[2]));
        assert_eq!(stratified(&[], None, 3, 1), Vec::<usize>::new());
    }
}
