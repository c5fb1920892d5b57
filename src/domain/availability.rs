//! `availability` and `availability_rank` kept in step (contract 04 §3).
