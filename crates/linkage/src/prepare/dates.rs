//! Days as they are written: digits in any order that is usual, or with the name of a month.

/// A day as eight digits `yyyymmdd`. Days that no calendar has are kept, because a slip of the pen is still evidence; of
/// two small numbers before the year the first is taken for the day.
pub(crate) fn read(text: &str) -> Option<u32> {
    let text = text.trim();
    let has_time = matches!(text.as_bytes(), [b'0'..=b'9', .., _] if text.len() > 10)
        && matches!(text.as_bytes()[10], b'T' | b' ');
    let text = if has_time { &text[..10] } else { text };
    if text.len() == 8 && text.bytes().all(|sign| sign.is_ascii_digit()) {
        return compact(text);
    }
    let mut parts = [0_u32; 3];
    let mut widths = [0; 3];
    let mut n_parts = 0;
    for part in text.split(|sign: char| !sign.is_alphanumeric()).filter(|part| !part.is_empty()) {
        if n_parts == 3 {
            break;
        }
        let number = match part.trim_end_matches(|sign: char| sign.is_alphabetic()).parse() {
            Ok(number) => number,
            Err(_) => month(part)?,
        };
        widths[n_parts] = if part.as_bytes()[0].is_ascii_digit() { part.len() } else { 9 };
        parts[n_parts] = number;
        n_parts += 1;
    }
    if n_parts < 3 {
        return None;
    }
    let (year, month, day) = in_order(parts, widths)?;
    ((1..=99).contains(&month) && (1..=99).contains(&day)).then(|| year * 10_000 + month * 100 + day)
}

fn in_order(parts: [u32; 3], widths: [usize; 3]) -> Option<(u32, u32, u32)> {
    let [a, b, c] = parts;
    if widths[0] == 4 && (1000..3000).contains(&a) {
        return Some((a, b, c));
    }
    let year = match c {
        1000..3000 => c,
        0..=29 if widths[2] <= 2 => 2000 + c,
        30..=99 if widths[2] <= 2 => 1900 + c,
        _ => return None,
    };
    let month_first = widths[0] == 9 || (widths[1] != 9 && b > 12 && a <= 12);
    Some(if month_first { (year, a, b) } else { (year, b, a) })
}

/// Eight digits in a row: the year leads unless it cannot.
fn compact(digits: &str) -> Option<u32> {
    let number: u32 = digits.parse().ok()?;
    let (year, end) = (number / 10_000, number % 10_000);
    if (1500..2200).contains(&year) {
        Some(number)
    } else if (1500..2200).contains(&end) {
        let (day, month) = (year / 100, year % 100);
        let (day, month) = if month > 12 && day <= 12 { (month, day) } else { (day, month) };
        Some(end * 10_000 + month * 100 + day)
    } else {
        None
    }
}

/// A month by the first three letters of its name in English, German, French, Spanish, Italian or Dutch.
fn month(name: &str) -> Option<u32> {
    const STARTS: [&[&str]; 12] = [
        &["jan", "jän", "ene", "gen"],
        &["feb", "fév", "fev"],
        &["mar", "mär", "mrz", "maa"],
        &["apr", "avr", "abr"],
        &["may", "mai", "mag", "mei"],
        &["jun", "juin", "giu"],
        &["jul", "juil", "lug"],
        &["aug", "aoû", "aou", "ago"],
        &["sep", "set"],
        &["oct", "okt", "ott"],
        &["nov"],
        &["dec", "dez", "déc", "dic"],
    ];
    let name = name.to_lowercase();
    let found = STARTS.iter().position(|starts| starts.iter().any(|start| name.starts_with(start)))?;
    Some(found as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        for text in [
            "1971-06-24",
            "19710624",
            "24.06.1971",
            "24/6/1971",
            "6/24/1971",
            "24 June 1971",
            "June 24, 1971",
            "24.6.71",
            "1971-06-24T00:00:00",
        ] {
            assert_eq!(read(text), Some(19_710_624), "{text}");
        }
        for text in ["", "soon", "12", "1/2", "hello world again"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
