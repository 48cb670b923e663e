//! The ASCII form of a domain label with letters beyond ASCII.
//!
//! It only encodes: a label is compared by its ASCII form and shown as it was typed. It does not map letters (the
//! caller gives NFC in small letters) and does not check the tables of IDNA.
//!
//! **Source:** RFC 3492, section 6.3.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

/// The Punycode of a label, without its `xn--`; nothing if the arithmetic would overflow.
///
/// ```
/// use records::values::punycode::encode;
/// assert_eq!(encode("bücher").as_deref(), Some("bcher-kva"));
/// ```
pub fn encode(label: &str) -> Option<String> {
    let signs: Vec<u32> = label.chars().map(u32::from).collect();
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let n_basic = out.len() as u32;
    let mut n_handled = n_basic;
    if n_basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias) = (INITIAL_N, 0_u32, INITIAL_BIAS);
    while (n_handled as usize) < signs.len() {
        let next = signs.iter().copied().filter(|&sign| sign >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(n_handled + 1)?)?;
        n = next;
        for &sign in &signs {
            if sign < n {
                delta = delta.checked_add(1)?;
            }
            if sign == n {
                push_number(&mut out, delta, bias);
                bias = adapted(delta, n_handled + 1, n_handled == n_basic);
                delta = 0;
                n_handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n += 1;
    }
    Some(out)
}

fn push_number(out: &mut String, delta: u32, bias: u32) {
    let mut rest = delta;
    let mut k = BASE;
    loop {
        let t = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if rest < t {
            out.push(digit(rest));
            return;
        }
        out.push(digit(t + (rest - t) % (BASE - t)));
        rest = (rest - t) / (BASE - t);
        k += BASE;
    }
}

fn digit(value: u32) -> char {
    char::from_digit(value, BASE).map_or('?', |_| {
        let offset = if value < 26 { b'a' + value as u8 } else { b'0' + (value - 26) as u8 };
        char::from(offset)
    })
}

fn adapted(delta: u32, n_points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / n_points;
    let mut k = 0;
    while delta > ((BASE - T_MIN) * T_MAX) / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3492, section 7.1, samples B, C, F and L, and well-known domains.
    #[test]
    fn labels_are_encoded_as_rfc_3492_prints_them() {
        for (label, wanted) in [
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            ("他們爲什麽不說中文", "ihqwctvzc91f659drss3x8bo0yb"),
            ("यहलोगहिन्दीक्योंनहींबोलसकतेहैं", "i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd"),
            ("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"),
            ("münchen", "mnchen-3ya"),
        ] {
            assert_eq!(encode(label).as_deref(), Some(wanted), "{label}");
        }
    }
}
