//! The house rules over this very repository.
//!
//! One test walks all rules, so that one run shows everything there is to mend. Whether each rule fires is tried beside it,
//! on a few bad lines.

use xtask::tidy::{RULES, Tree, repository_root};

#[test]
fn the_house_is_in_order() {
    let tree = Tree::read(&repository_root()).unwrap();
    let mut report = String::new();
    for (sentence, rule) in RULES {
        let found = rule(&tree);
        if !found.is_empty() {
            report += &format!("\n{sentence}:\n");
            report.extend(found.iter().map(|f| format!("  {f}\n")));
        }
    }
    assert!(report.is_empty(), "{report}");
}
