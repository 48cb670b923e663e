//! Tables in a report: columns aligned, numbers to the right, thousands apart.

/// Lays rows out under their headings; a cell that begins with a digit or a sign stands to the right.
pub(crate) fn aligned(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let is_number = |column: usize| {
        let mut filled =
            rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.is_empty()).peekable();
        filled.peek().is_some()
            && filled.all(|cell| {
                cell.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '–' | '+'))
            })
    };
    let right: Vec<bool> = (0..headings.len()).map(is_number).collect();
    let line = |cells: Vec<&str>| {
        let mut line = String::new();
        for (column, cell) in cells.into_iter().enumerate() {
            let blanks = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
            match right[column] {
                true => line.push_str(&format!("{blanks}{cell}  ")),
                false => line.push_str(&format!("{cell}{blanks}  ")),
            }
        }
        line.trim_end().to_owned()
    };
    let mut text = line(headings.to_vec());
    for row in rows {
        text.push('\n');
        text.push_str(&line(
            (0..headings.len()).map(|column| row.get(column).map_or("", String::as_str)).collect(),
        ));
    }
    text
}

/// A whole number with its thousands apart: 1,234,567.
pub(crate) fn counted(n: impl TryInto<i128>) -> String {
    let n = n.try_into().unwrap_or(0);
    let digits = n.unsigned_abs().to_string();
    let mut text = String::from(if n < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as a percentage with one decimal.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    if whole > 0.0 { format!("{:.1} %", 100.0 * part / whole) } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let rows = vec![vec!["Ada".to_owned(), counted(1_234_567)], vec!["Zoë Lang".to_owned(), counted(-7)]];
        assert_eq!(
            aligned(&["name", "paid"], &rows),
            "name           paid\nAda       1,234,567\nZoë Lang         -7"
        );
        assert_eq!(
            (counted(100), counted(1000u64), percent(1.0, 0.0)),
            ("100".into(), "1,000".into(), "–".into())
        );
    }
}
