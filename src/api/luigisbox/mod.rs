//! The Luigi's Box dialect (contract 01 to 07).

pub mod wire;
