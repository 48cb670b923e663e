//! The verbs of the records on the embedded store; what must hold on both engines is tested with the whole program.

mod attachments;
mod office;
mod orders;
mod products;
