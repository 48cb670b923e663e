//! Process: facts become clean. Quality figures, duplicates, merges.
