//! The ranking recipe both backends follow (contract 05 §6): which text counts how much, and in what
//! order the signals decide.
