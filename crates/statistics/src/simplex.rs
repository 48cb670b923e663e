//! Minimisation without derivatives in few dimensions (Nelder and Mead's simplex).
//!
//! For functions that are cheap and not smooth, such as the squared error of a smoothing method with bounded parameters; a
//! likelihood with derivatives belongs to [`crate::newton`].

/// Searches a minimum of `value` from `start`, with first steps of `step`, in at most `most` evaluations.
///
/// Values that are not finite count as infinitely bad. The same input gives the same output.
///
/// **Source.** Nelder and Mead, "A Simplex Method for Function Minimization" (1965).
///
/// ```
/// let (x, least) = statistics::simplex::minimise([0.0, 0.0], 0.5, 200, |[x, y]| (x - 1.0).powi(2) + (y + 2.0).powi(2));
/// assert!((x[0] - 1.0).abs() < 1e-3 && (x[1] + 2.0).abs() < 1e-3 && least < 1e-5);
/// ```
pub fn minimise<const N: usize>(
    start: [f64; N],
    step: f64,
    most: u32,
    mut value: impl FnMut([f64; N]) -> f64,
) -> ([f64; N], f64) {
    let mut at = |x: [f64; N]| {
        let found = value(x);
        if found.is_finite() { found } else { f64::INFINITY }
    };
    let mut corners: Vec<([f64; N], f64)> = vec![(start, at(start))];
    for i in 0..N {
        let mut corner = start;
        corner[i] += step;
        corners.push((corner, at(corner)));
    }
    let mut n_evaluations = N as u32 + 1;
    while n_evaluations < most {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (best, worst) = (corners[0].1, corners[N].1);
        if worst - best <= 1e-7 * best.abs() + 1e-12 {
            break;
        }
        let centre: [f64; N] =
            std::array::from_fn(|i| corners[..N].iter().map(|c| c.0[i]).sum::<f64>() / N as f64);
        let along = |share: f64| -> [f64; N] {
            std::array::from_fn(|i| centre[i] + share * (corners[N].0[i] - centre[i]))
        };
        let mirrored = along(-1.0);
        let value = at(mirrored);
        n_evaluations += 1;
        if value < best {
            let far = along(-2.0);
            let farther = at(far);
            n_evaluations += 1;
            corners[N] = if farther < value { (far, farther) } else { (mirrored, value) };
        } else if value < corners[N - 1].1 {
            corners[N] = (mirrored, value);
        } else {
            let near = along(if value < worst { -0.5 } else { 0.5 });
            let nearer = at(near);
            n_evaluations += 1;
            if nearer < worst.min(value) {
                corners[N] = (near, nearer);
            } else {
                let towards = corners[0].0;
                for corner in &mut corners[1..] {
                    corner.0 = std::array::from_fn(|i| towards[i] + 0.5 * (corner.0[i] - towards[i]));
                    corner.1 = at(corner.0);
                }
                n_evaluations += N as u32;
            }
        }
    }
    corners.sort_by(|a, b| a.1.total_cmp(&b.1));
    corners[0]
}
