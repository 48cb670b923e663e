//! Small dense symmetric matrices: factors, solutions and inverses.
//!
//! For a regression's information matrix of up to some hundreds of columns, row by row in one slice; not a linear algebra
//! package.

/// A column whose rest after the others is below this share of it is taken to be a combination of them.
const DEPENDENT: f64 = 1e-9;

/// The lower Cholesky factor of a symmetric positive definite n × n matrix; `None` where it is not one.
pub fn cholesky(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let (factor, dependent) = cholesky_skipping(matrix, n);
    dependent.iter().all(|d| !d).then_some(factor)
}

/// As [`cholesky`], but rows that depend on earlier ones are left at 0 and marked.
pub fn cholesky_skipping(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<bool>) {
    let mut factor = vec![0.0; n * n];
    let mut dependent = vec![false; n];
    for i in 0..n {
        for j in 0..=i {
            if dependent[j] {
                continue;
            }
            let sum: f64 = (0..j).map(|k| factor[i * n + k] * factor[j * n + k]).sum();
            let rest = matrix[i * n + j] - sum;
            if i != j {
                factor[i * n + j] = rest / factor[j * n + j];
            } else if rest.is_nan() || rest <= DEPENDENT * matrix[i * n + i].abs() {
                dependent[i] = true;
                factor[i * n..i * n + i].fill(0.0);
            } else {
                factor[i * n + i] = rest.sqrt();
            }
        }
    }
    (factor, dependent)
}

/// Solves factor · factorᵀ · x = right; rows whose diagonal is 0 give 0.
pub fn back_substitute(factor: &[f64], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let over = |value: f64, diagonal: f64| if diagonal == 0.0 { 0.0 } else { value / diagonal };
    let mut y = vec![0.0; n];
    for i in 0..n {
        let sum: f64 = (0..i).map(|k| factor[i * n + k] * y[k]).sum();
        y[i] = over(right[i] - sum, factor[i * n + i]);
    }
    let mut x = vec![0.0; n];
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| factor[k * n + i] * x[k]).sum();
        x[i] = over(y[i] - sum, factor[i * n + i]);
    }
    x
}

/// Solves matrix · x = right for a symmetric positive definite matrix; `None` where it is not one.
pub fn solve_positive(matrix: &[f64], right: &[f64]) -> Option<Vec<f64>> {
    Some(back_substitute(&cholesky(matrix, right.len())?, right))
}

/// The inverse of a matrix from its Cholesky factor.
pub fn inverse_from(factor: &[f64], n: usize) -> Vec<f64> {
    let mut inverse = Vec::with_capacity(n * n);
    let mut unit = vec![0.0; n];
    for i in 0..n {
        unit[i] = 1.0;
        inverse.extend(back_substitute(factor, &unit));
        unit[i] = 0.0;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_of_a_small_matrix_is_its_inverse() {
        let matrix = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let inverse = inverse_from(&cholesky(&matrix, 3).expect("positive definite"), 3);
        for i in 0..3 {
            for j in 0..3 {
                let sum: f64 = (0..3).map(|k| matrix[i * 3 + k] * inverse[k * 3 + j]).sum();
                assert!((sum - if i == j { 1.0 } else { 0.0 }).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn a_column_that_is_a_combination_of_others_is_found() {
        let (_, dependent) = cholesky_skipping(&[1.0, 2.0, 0.0, 2.0, 4.0, 0.0, 0.0, 0.0, 9.0], 3);
        assert_eq!(dependent, [false, true, false]);
        assert_eq!(cholesky(&[1.0, 2.0, 2.0, 4.0], 2), None);
    }
}
