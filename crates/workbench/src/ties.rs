//! An order of customers that no chance and no order of rows decides: by number if all are numbers, else by their letters.

use rayon::slice::ParallelSliceMut;
use tables::columns::Texts;

/// The place of each name in the order of names.
pub(crate) fn places(names: &Texts) -> Vec<u32> {
    let n = names.len();
    let numbers: Option<Vec<i64>> = names.iter().map(|name| name.parse().ok()).collect();
    let mut order: Vec<u32> = (0..n as u32).collect();
    match numbers {
        Some(numbers) => order.par_sort_unstable_by_key(|&at| (numbers[at as usize], at)),
        None => order.par_sort_unstable_by(|&a, &b| names.get(a as usize).cmp(names.get(b as usize))),
    }
    let mut places = vec![0; n];
    for (place, &at) in order.iter().enumerate() {
        places[at as usize] = place as u32;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_as_numbers_and_words_as_words() {
        assert_eq!(places(&["10", "9", "-1"].into_iter().collect()), [2, 1, 0]);
        assert_eq!(places(&["10", "9", "x"].into_iter().collect()), [0, 1, 2]);
    }
}
